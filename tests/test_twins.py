"""One random story told to two gateways, of which one is started anew now and then: whoever listens hears the same.

Tickets with their clocks, what people do and hide, planned work, outputs in trouble, and who is told what by which of
the channels. Restarts come where they are meant to change nothing: none while an alarm is clearing, or stands hidden.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from gateway.actions import (
    Acknowledge,
    Action,
    ArriveAtTicket,
    FinishTicket,
    NoteTicket,
    PauseTicket,
    PlanWork,
    ResumeTicket,
    ReturnToService,
    Shelve,
    TakeOutOfService,
    TakeTicket,
    Unshelve,
)
from gateway.alarms.alarm import Phase
from gateway.clock import seeded
from gateway.estate import Estate
from gateway.model import Priority, noun_and_verb
from gateway.routing.people import Shift, Team
from gateway.standards.windows import Window
from gateway.words import OutputTold
from tests.notice_story import NIGHT, NOTICE, QUIET, NoticeStory, with_routing
from tests.story import Plan, clause

STORIES = range(60 if os.environ.get("TOUCHPOINT_FULL") == "1" else 6)
CLOSED = {"point": "closed", "equals": True}
TERMS = {"trade": "fire", "acknowledge": "2min", "on_site": "10min", "resolve": "30min"}
PROVEN = {"trade": "general", "resolve": "2h", "closes_when": "finished-and-measured"}
CLAUSES = {
    "door.closed": clause("door", CLOSED, priority=Priority.P1, ticket=TERMS, off_delay=0.0),
    "gate.closed": clause("gate", CLOSED, priority=Priority.P3, ticket=PROVEN, on_delay=20.0, off_delay=0.0),
}
NAMES = ("door-0", "door-1", "gate-0", "gate-1")
ROUTES = [
    {"name": "urgent", "tell": ["team"], "by": ["chat", "mail"], "repeat": "37min", "acknowledged_for": "1h",
     "when": {"priority": ["P1", "P2"], "events": ["ticket.opened", "ticket.overdue", "ticket.escalated"]}},
    {"name": "all", "tell": ["chief"], "by": ["mail", "chat"], "wait": "30s", "repeat": "113min",
     "when": {"events": ["ticket.*", "alarm.*", "output.*", "work.*"]}},
]  # fmt: skip
BOTH = {"chat": "", "mail": ""}
A_DAY = 86_400.0


def site() -> Estate:
    """Two doors and two gates; a team that changes at night, quiet hours, and a chief who is told of everything."""
    plan = Plan(CLAUSES)
    for name in NAMES:
        plan.asset(name, name.partition("-")[0], ["closed"])
    estate = plan.estate()
    patient = {name: replace(device, stale_after=1e9) for name, device in estate.devices.items()}
    windows = {"night": NIGHT, "hours": Window.model_validate({"daily": ["06:00", "22:00"]})}
    team = Team(members=("li", "anna"), roster=(Shift(on=("li",), during="hours"), Shift(on=("anna",), during="night")))
    people = dict.fromkeys(("li", "anna", "chief"), BOTH)
    estate = replace(estate, devices=patient, windows=windows)
    return with_routing(estate, ROUTES, people, teams={"team": team}, quiet=QUIET)


class Twins:
    """The second of them is restarted."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random, self.restarts, self.restarted = seeded(seed), seeded(seed + 1000), 0
        self.stories = [NoticeStory(site(), folder / f"{number}.db") for number in (1, 2)]
        self.read(**{name.replace("-", "_"): True for name in NAMES})

    def read(self, **closed: bool) -> None:
        self._restart()
        for story in self.stories:
            story.at_once(**closed)

    def act(self, action: Action | OutputTold) -> None:
        self._restart()
        for story in self.stories:
            story.act(action)  # type: ignore[arg-type]  # a delivery's word is none of a person, and is told alike

    def wait(self, seconds: float) -> None:
        end = self.stories[0].now + seconds
        while self.stories[0].now < end:
            dues = [due for story in self.stories if (due := story.pipeline.agenda.next()) is not None]
            for story in self.stories:
                story.now = max(min([end, *dues]), story.now)
            self._restart()
            for story in self.stories:
                story.act()

    def _restart(self) -> None:
        again = self.stories[1]
        alarms = again.pipeline.alarms.values()
        changes_nothing = not any(each.phase is Phase.CLEARING or (each.standing and each.hidden) for each in alarms)
        if changes_nothing and self.restarts.random() < 0.3:
            again.crash()
            self.restarted += 1

    def happen(self) -> None:
        """One thing, at a moment of its own: of two at once nobody knows which comes first."""
        self.wait(1.0 + self.random.random())
        what = self.random.random()
        if what < 0.3:
            self.read(**{self.random.choice(NAMES).replace("-", "_"): self.random.random() < 0.5})
        elif what < 0.55:
            self.wait(self.random.choice((5.0, 12.0, 61.0, 130.0, 700.0, 3700.0, 20_000.0)))
        elif what < 0.85:
            self.act(self.random.choice(things_to_do(self.random, self.stories[0])))
        else:
            channel, mood = self.random.choice(("chat", "mail")), self.random.choice(("takes", "refuses", "hangs"))
            for story in self.stories:
                set_mood(story, channel, mood)

    def end(self) -> None:
        """All channels deliver, and a day passes."""
        for story in self.stories:
            set_mood(story, "chat", "takes")
            set_mood(story, "mail", "takes")
        self.wait(A_DAY)


def things_to_do(random: Random, story: NoticeStory) -> Sequence[Action | OutputTold]:
    asset, ticket = random.choice(NAMES), random.choice([*story.pipeline.tickets, 1])
    now, until, name = story.now, story.now + 20_000.0 * random.random(), f"{asset.partition('-')[0]}.closed"
    return (
        Acknowledge(asset, name, "wei"), Shelve(asset, name, "wei", "why", until), Unshelve(asset, name, "wei"),
        TakeOutOfService(asset, None, "wei", "why", until), ReturnToService(asset, None, "wei"),
        TakeTicket(ticket, "li"), FinishTicket(ticket, "li", "done"), NoteTicket(ticket, "li", "seen"),
        PauseTicket(ticket, "li", "parts"), ResumeTicket(ticket, "li"), ArriveAtTicket(ticket, "li"),
        PlanWork(asset, now + 60.0, until + 60.0, "wei", "paint"),
        OutputTold("chat", True, now, "503", 3), OutputTold("chat", False, now),
    )  # fmt: skip


def set_mood(story: NoticeStory, channel: str, mood: str) -> None:
    for name, channels in (("takes", story.takes), ("refuses", story.refuses)):
        (channels.add if name == mood else channels.discard)(channel)


def happened(story: NoticeStory) -> Counter[tuple[float, str, str]]:
    """All that was told but notices, and that it was started."""
    told = [(each.at, noun_and_verb(each.type), each.subject) for each in story.events if each.type != NOTICE]
    return Counter(each for each in told if each[1] not in ("gateway.started", "notice.undeliverable"))


def heard(story: NoticeStory) -> set[tuple[str, str, str]]:
    """Who was told of what, and of its end: by how many messages is a matter of moments."""
    return {(each.data["to"], *item) for each in story.told_people for item in each.everything if item[1] != "repeat"}


@pytest.mark.parametrize("seed", STORIES)
def test_a_gateway_that_is_restarted_tells_what_one_tells_that_is_not(tmp_path: Path, seed: int) -> None:
    twins = Twins(tmp_path, seed)
    one, other = twins.stories
    for _ in range(60):
        twins.happen()
        assert happened(one) == happened(other)
    twins.end()
    assert happened(one) == happened(other)
    assert heard(one) == heard(other)
    assert {each.id: (each.state, each.asset, each.owner) for each in one.tickets()} == {
        each.id: (each.state, each.asset, each.owner) for each in other.tickets()
    }
    assert one.tickets()
    assert twins.restarted > 10
