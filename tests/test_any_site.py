"""Any story on a real file: readings late and twice, silences, people, set clocks, downtimes and edited sites.

The oracle beside it knows only what was told and how old that is. It judges by itself, and knows of no alarm.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from gateway.actions import (
    Acknowledge,
    FinishTicket,
    ReturnToService,
    Shelve,
    TakeOutOfService,
    TakeTicket,
    Unshelve,
)
from gateway.changes import Changes
from gateway.clock import resumed, seeded
from gateway.estate import Estate
from gateway.model import BadReading, Event, Reading, Readings, noun_and_verb
from gateway.pipeline import Pipeline
from gateway.standards.verdict import Outcome
from gateway.store.sqlite import Database
from gateway.tickets.desk import GONE
from tests.story import NOON, Plan, clause, pass_time

STORIES = range(2000 if os.environ.get("TOUCHPOINT_FULL") == "1" else 40)
HAPPENINGS = 120
FRESH = 30.0
BAD, LINE_DOWN, NO_ANSWER = BadReading("sensor-error"), BadReading("line-down"), BadReading("no-answer")
VALUES: Mapping[str, tuple[Reading, ...]] = {
    "forced": (False, False, False, True, BAD), "closed": (True, False, BAD), "pressure": (1.2, 1.2, 0.9, 0.3, BAD),
    "lit": (True, False, BAD), "on": (True, True, False, BAD),
}  # fmt: skip


@dataclass
class Rule:
    """A clause in the oracle's words, and what it has seen of it."""

    asset: str
    kind: str
    name: str
    point: str
    holds: Callable[[Any], bool]
    on: float
    off: float
    guard: str = ""
    worse: str = ""
    latched: bool = False
    seen: str = ""
    """The last that was seen for certain: well or violated."""
    now: str = "unknown"
    since: float = 0.0

    def written(self) -> Any:
        """The same as the site has it."""
        require: dict[str, Any] = {"point": self.point, "equals": not self.name.endswith("forced")}
        if self.point == "pressure":
            require = {"point": "pressure", "at_least": f"{0.5 if self.name.endswith('critical') else 1.0} MPa"}
        others: dict[str, Any] = {"on_delay": self.on, "off_delay": self.off, "latched": self.latched}
        others |= {"only_while": {"point": self.guard, "equals": True}} if self.guard else {}
        return clause(self.kind, require, superseded_by=(self.worse,) if self.worse else (), **others)


def rules(edit: str) -> list[Rule]:
    """What the site asks for, as edited."""
    ext = "tank" if edit == "another kind" else "ext"
    held = "door.open" if edit == "another name" else "door.held"
    low = 40.0 if edit == "another delay" else 15.0
    found = [
        Rule("door", "door", "door.forced", "forced", lambda value: value is False, 0.0, 0.0, latched=True),
        Rule("door", "door", held, "closed", lambda value: value is True, 20.0, 5.0),
        Rule("ext", ext, "ext.low", "pressure", lambda value: value >= 1.0, low, 10.0, worse="ext.critical"),
        Rule("ext", ext, "ext.critical", "pressure", lambda value: value >= 0.5, 5.0, 10.0),
        Rule("light", "light", "light.lit", "lit", lambda value: value is True, 10.0, 10.0, guard="on"),
    ]
    left_out = {"no critical": "ext.critical", "no door": "door", "no light": "light"}.get(edit, "nothing")
    kept = [each for each in found if left_out not in (each.asset, each.name)]
    for each in kept:
        each.worse = each.worse if each.worse in {other.name for other in kept} else ""
    return kept


EDITS = ("", "no critical", "no door", "no light", "another kind", "another name", "another delay", "another device")


def site(edit: str) -> Estate:
    asked = rules(edit)
    plan = Plan({each.name: each.written() for each in asked})
    points = {"door": ["forced", "closed"], "ext": ["pressure"], "light": ["lit", "on"]}
    for name, kind in {each.asset: each.kind for each in asked}.items():
        plan.asset(name, kind, points[name])
    estate = plan.estate()
    if edit == "another device":  # the same place has another box: its own points, its own answers
        return replace(estate, points=[each.replace("ext-device", "ext-new") for each in estate.points])
    return estate


@dataclass
class World:
    """The gateway's core on a file, and the oracle that watches it."""

    path: Path
    seed: int
    now: float = NOON
    ahead: float = 0.0
    told: dict[tuple[str, str], tuple[Reading, float, float]] = field(default_factory=dict)
    """Asset and point → value, until when it counts, and of when it is."""
    hidden: dict[tuple[str, str], float] = field(default_factory=dict)
    """Asset and clause ("" for all) → until when a person may have hidden it."""
    rules: list[Rule] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = seeded(self.seed)
        self.start("")

    def start(self, edit: str) -> None:
        """Begin with the file alone, and with the site as edited."""
        self.edit, self.estate = edit, site(edit)
        before = {(each.asset, each.name, each.kind): each.seen for each in self.rules}
        self.rules = rules(edit)
        for rule in self.rules:
            rule.seen = before.get((rule.asset, rule.name, rule.kind), "")
        self.told.clear()
        self.file = Database(self.path, self.estate)
        self.file.connection.execute("PRAGMA synchronous = OFF")
        saved = self.file.load(self.now)
        begun = resumed(self.now + self.ahead, saved.seen, saved.ahead)
        self.now, self.ahead = max(self.now, begun.now), begun.ahead
        self.pipeline = Pipeline(self.estate, saved, self.now, ahead=self.ahead)
        assert {self.pipeline.asset_outcome(each.asset) for each in self.rules} == {Outcome.UNKNOWN}
        self.tick()
        asked = {(each.asset, each.name) for each in self.rules}
        were_open = {(each.asset, each.clause) for each in saved.tickets if each.is_open}
        still = {(each.asset, each.clause) for each in self.pipeline.register.open()}
        assert were_open & asked <= still, "a start ends nothing that is still asked for"

    def stop(self) -> None:
        self.file.connection.close()

    def tick(self, *readings: Readings, act: Any = None) -> None:
        changes, _ = self.pipeline.tick(readings, [act] if act else [], self.now, self.ahead)
        self.file.commit(changes)
        for rule in self.rules:
            self.judge(rule)
        self.check(changes)

    # --- the oracle

    def value(self, rule: Rule, point: str) -> Reading:
        value, until, _ = self.told.get((rule.asset, point), (BAD, 0.0, 0.0))
        return value if until > self.now else BAD

    def judge(self, rule: Rule) -> None:
        value, guard = self.value(rule, rule.point), self.value(rule, rule.guard) if rule.guard else True
        found = "well" if guard is True and not isinstance(value, BadReading) and rule.holds(value) else "violated"
        found = "unknown" if isinstance(guard, BadReading) or (guard and isinstance(value, BadReading)) else found
        found = "nothing to judge" if guard is False else found
        if found != rule.now:
            rule.now, rule.since = found, self.now
        rule.seen = found if found in ("well", "violated") else rule.seen

    def check(self, changes: Changes) -> None:
        open_now = Counter((each.asset, each.clause) for each in self.pipeline.register.open())
        assert set(open_now.values()) <= {1}, "one open ticket for an asset and clause"
        by_name = {(each.asset, each.name): each for each in self.rules}
        for event in changes.events:
            if rule := by_name.get((event.data.get("asset", ""), event.data.get("clause", ""))):
                self.check_event(rule, event)
        for rule in self.rules:
            lasts = rule.now == "violated" and self.now - rule.since > rule.on
            worse = by_name.get((rule.asset, rule.worse))
            told_by_worse = worse and (worse.seen != "well" or open_now[worse.asset, worse.name])
            if lasts and not self.is_hidden(rule) and not told_by_worse:
                assert open_now[rule.asset, rule.name], f"a lost ticket: {rule}"
            if self.pipeline.asset_outcome(rule.asset) is Outcome.MET:
                assert rule.now in ("well", "nothing to judge"), f"OK is shown: {rule}"

    def check_event(self, rule: Rule, event: Event) -> None:
        what = noun_and_verb(event.type)
        if what in ("ticket.opened", "ticket.reoccurred") and not (rule.worse or rule.latched):
            assert rule.seen == "violated", f"a false ticket: {rule}"
            assert rule.now == "violated" or self.now in (rule.since, *self.hidden_until(rule)), f"too late: {rule}"
        if what == "ticket.closed":
            assert event.data["entry"]["text"] != GONE, "the site still asks for it"
            assert rule.seen == "well", f"closed without proof: {rule}"
            proven = rule.now == "well" and self.now - rule.since >= rule.off
            assert proven or self.now == rule.since, f"closed too soon: {rule}"

    def hidden_until(self, rule: Rule) -> Iterator[float]:
        return (until for key, until in self.hidden.items() if key in ((rule.asset, ""), (rule.asset, rule.name)))

    def is_hidden(self, rule: Rule) -> bool:
        return any(until > self.now for until in self.hidden_until(rule))

    # --- what happens

    def read(self, asset: str, late: float = 0.0) -> None:
        """A device tells some or all, does not answer, or its line is down; now and then it says it twice."""
        if asset not in self.estate.assets:
            return
        device, line = self.estate.devices[f"{asset}-device"], self.estate.connections["line"]
        points = list(device.point_ids)
        trouble = self.random.choice((NO_ANSWER, LINE_DOWN)) if self.random.random() < 0.12 else None
        if not trouble and self.random.random() < 0.3:
            points = [self.random.choice(points)]
        values = [trouble or self.random.choice(VALUES[point]) for point in points]
        answers: Reading = True if not trouble else False if trouble is NO_ANSWER else trouble
        ids = (*(device.point_ids[point] for point in points), device.answers_id)
        told = Readings(device.name, self.now - late, self.now, ids, [*values, answers])
        self.hear(asset, points, values, self.now - late)
        carries = Readings("connection/line", self.now, self.now, (line.answers_id,), (trouble is not LINE_DOWN,))
        self.tick(carries, told, *([told] if self.random.random() < 0.1 else []))

    def hear(self, asset: str, points: list[str], values: list[Reading], at: float) -> None:
        """What is older than anything of it that was told before is passed over, as a whole."""
        before = [moment for _, _, moment in (self.told.get((asset, each), (BAD, 0.0, 0.0)) for each in points)]
        if at >= max(*before, self.told.get((asset, "answers"), (BAD, 0.0, 0.0))[2]):
            self.told |= {(asset, each): (value, at + FRESH, at) for each, value in zip(points, values, strict=True)}
            self.told[asset, "answers"] = (True, at + FRESH, at)

    def people(self) -> None:
        rule, until = self.random.choice(self.rules), self.now + self.random.choice((30.0, 200.0))
        tickets = list(self.pipeline.tickets) or [0]
        act = self.random.choice((
            TakeTicket(self.random.choice(tickets), "li"), FinishTicket(self.random.choice(tickets), "li", "done"),
            Acknowledge(rule.asset, rule.name, "wei"), Shelve(rule.asset, rule.name, "wei", "why", until),
            Unshelve(rule.asset, rule.name, "wei"), TakeOutOfService(rule.asset, None, "wei", "why", until),
            ReturnToService(rule.asset, None, "wei"),
        ))  # fmt: skip
        key = (rule.asset, rule.name if isinstance(act, Shelve | Unshelve) else "")
        if isinstance(act, Shelve | TakeOutOfService):
            self.hidden[key] = until
        elif isinstance(act, Unshelve | ReturnToService):
            self.hidden[key] = min(self.hidden.get(key, 0.0), self.now)
        self.tick(act=act)

    def happen(self) -> None:
        what = self.random.random()
        if what < 0.55:
            late = self.random.choice((1.0, 5.0, 20.0, 40.0)) if what < 0.06 else 0.0
            self.read(self.random.choice(("door", "ext", "light")), late)
        elif what < 0.79:
            pass_time(self, self.random.choice((1.0, 2.0, 5.0, 9.0, 21.0, 130.0)))
        elif what < 0.88:
            self.people()
        elif what < 0.90:
            self.ahead += self.random.choice((3600.0, -7200.0, 86_400.0))
            self.tick()
        else:
            self.stop()
            self.now += self.random.choice((0.0, 3.0, 20.0, 700.0, 4000.0, 200_000.0))
            self.start(self.random.choice((self.edit, self.edit, *EDITS)))


@pytest.mark.parametrize("seed", STORIES)
def test_no_ticket_is_lost_doubled_or_false_and_nothing_unknown_is_well(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path / "gateway.db", seed)
    for _ in range(HAPPENINGS):
        world.happen()
    world.stop()
    assert world.pipeline.counters["ticks"] > 0
