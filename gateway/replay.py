"""Runs recorded readings through the pipeline, at the pace of their own times; knows no file and no output.

The clock is stepped to each reading, and to every deadline between two of them, so that delays end when they end.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import ceil, inf
from operator import itemgetter
from typing import Any

from gateway.actions import Action, TicketAction
from gateway.changes import Changes
from gateway.clock import iso
from gateway.estate import Estate
from gateway.model import BadReading, Reading, Readings, noun_and_verb
from gateway.pipeline import LINE_STALE_AFTER, Pipeline
from gateway.proof_tests.entry import Entry
from gateway.recordings.names import Told, sources
from gateway.recordings.recording import Act, Recording, Row
from gateway.saved import Saved
from gateway.tickets.ticket import Ticket

A_LITTLE_LATER = 0.05
"""Seconds: when a deadline that has just been followed is due again, time goes on by what a tick gathers for."""
REPORT_EVERY = 5000
MOST_COLUMNS = 10_000
LOOKED_EVERY = 30.0
"""Seconds: so often at least, what has a battery was read while a recording of changes tells nothing new."""
START, READ, ACT, AWAY = range(4)
"""What happens first of what happens at the same moment."""

Progress = Callable[[int], None]


@dataclass(slots=True)
class Replayed:
    """What came out. ``raised``: every alarm that was raised, with the time; ``unheeded``: acts that did not fit.

    ``entries``: the lines of the log book.
    """

    pipeline: Pipeline
    since: float
    until: float
    rows: int = 0
    unheeded: int = 0
    raised: list[dict[str, Any]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    @property
    def tickets(self) -> list[Ticket]:
        """Every ticket of the time, open and closed."""
        return list(self.pipeline.tickets.values())


def replay(
    estate: Estate, recording: Recording, since: float, until: float, progress: Progress | None = None
) -> Replayed:
    """Replay what was recorded from ``since`` to ``until`` (seconds since 1970, both included).

    Nothing is known at the beginning, and time ends with the recording: what would have come later is not guessed.
    """
    return _Replay(estate, recording, max(since, recording.first), min(until, recording.last), progress).run()


class _Replay:
    def __init__(
        self, estate: Estate, recording: Recording, since: float, until: float, progress: Progress | None
    ) -> None:
        self._recording = recording
        self._estate = _as_recorded(estate, recording)
        self._feed = _Feed(self._estate, recording.only_changes)
        self._now = since
        self._progress = progress or (lambda rows: None)
        self._begun = False
        self._away_since: float | None = None
        """Since when the gateway that recorded this was not at work, while it was not."""
        self._done = Replayed(Pipeline(self._estate, Saved(), since), since, until)

    def run(self) -> Replayed:
        for at, things in groupby(self._happenings(), key=itemgetter(0)):
            self._pass_time(at)
            self._happen(at, list(things))
        self._pass_time(self._done.until)
        if self._away_since is None:
            self._tick([], [], self._done.until)
        return self._done

    def _happenings(self) -> Iterator[tuple[float, int, Any]]:
        since, until, recording = self._done.since, self._done.until, self._recording
        starts = recording.starts(since, recording.last)
        left = ((max(start.away_since, since), start.at) for start in starts)
        return heapq.merge(
            ((away_since, AWAY, None) for away_since, at in left if away_since < at and away_since <= until),
            ((start.at, START, None) for start in starts if start.at <= until),
            ((row.at, READ, row) for row in recording.rows(since, until)),
            ((act.at, ACT, act) for act in recording.acts(since, until)),
            key=itemgetter(0, 1),
        )

    def _pass_time(self, until: float) -> None:
        """Follow every deadline before ``until``; nobody did while the gateway was away."""
        if self._away_since is not None:
            return
        agenda = self._done.pipeline.agenda
        while (due := agenda.next()) is not None:
            moment = due if due > self._now else self._now + A_LITTLE_LATER
            if moment >= until:
                return
            self._tick([], [], moment)

    def _happen(self, at: float, things: Sequence[tuple[float, int, Any]]) -> None:
        sorts = {sort for _, sort, _ in things}
        if self._begun and START in sorts:
            self._restart(at)
        rows = [thing for _, sort, thing in things if sort == READ]
        actions = [self._in_this_replay(thing) for _, sort, thing in things if sort == ACT]
        self._done.unheeded += actions.count(None)
        self._tick(rows, [], at)
        if actions:  # on what was read, even if it was read at that moment
            self._tick([], [action for action in actions if action], at)
        self._begun = True
        self._away_since = at if AWAY in sorts else self._away_since
        self._done.rows += len(rows)
        if self._done.rows // REPORT_EVERY > (self._done.rows - len(rows)) // REPORT_EVERY:
            self._progress(self._done.rows)

    def _tick(self, rows: Iterable[Row], actions: Sequence[Action], now: float) -> None:
        self._now = now
        readings = self._feed.readings(rows, now, self._done.pipeline)
        changes, refusals = self._done.pipeline.tick(readings, actions, now)
        self._done.unheeded += sum(1 for refusal in refusals if refusal)
        self._note(changes)

    def _note(self, changes: Changes) -> None:
        self._done.entries += changes.entries
        for event in changes.events:
            if noun_and_verb(event.type) == "alarm.raised":
                asset, _, clause = event.subject.rpartition("/")
                self._done.raised.append({"at": iso(event.at), "asset": asset, "clause": clause})

    def _restart(self, now: float) -> None:
        """The gateway that recorded this was started anew: what it had kept goes on, what it had read is unknown."""
        old, until = self._done.pipeline, self._away_since
        saved = Saved(
            alarms=list(old.alarms.values()), tickets=self._done.tickets, last_ticket=max(old.tickets, default=0),
            memories=dict(old.judge.derivations.memories), records=list(old.records.latest.values()),
            unknown_since=old.judge.patient_unknowns(), runs=old.discharges.running(),
            last_entry=old.discharges.last_entry, tests=last_tests(self._done.entries),
            passes=dict(old.judge.passes), works=old.works.open(), last_work=max(old.works.works, default=0),
            listened_until=until,
        )  # fmt: skip
        self._away_since = None
        self._done.pipeline = Pipeline(self._estate, saved, now)
        self._done.pipeline.counters.update(old.counters)

    def _in_this_replay(self, act: Act) -> Action | None:
        """The same act on the ticket that stands for the recorded one here; None when there is none."""
        if act.about is None or not isinstance(act.action, TicketAction):
            return act.action
        ticket = self._done.pipeline.register.latest(*act.about)
        return replace(act.action, ticket=ticket.id) if ticket else None


class _Feed:
    """Makes of rows what a source would have delivered."""

    def __init__(self, estate: Estate, only_changes: bool) -> None:
        self._told = sources(estate)
        self._only_changes = only_changes
        self._columns: dict[tuple[int, ...], tuple[int, ...]] = {}
        """Columns of point ids are recognised by identity: each is made once."""
        self._lines = {name: line.answers_id for name, line in estate.connections.items()}
        self._answers = {name: device.answers_id for name, device in estate.devices.items()}
        self._line_of = estate.device_connection
        self._devices = estate.devices
        self._repeated = -inf
        self._heard: dict[str, float] = {}

    def readings(self, rows: Iterable[Row], now: float, pipeline: Pipeline) -> list[Readings]:
        """By owner, in the order of the rows."""
        found: dict[str, dict[int, Reading]] = defaultdict(dict)
        if self._only_changes:
            self._repeat_lines(found, now, pipeline.latest.values)
        for row in rows:
            told = self._told[row.point]
            found[told.owner][row.point] = row.reading
            if not self._only_changes:
                self._answer(found, told)
        unchanged = self._unchanged(found, now, pipeline) if self._only_changes else []
        for owner in found.keys() & pipeline.discharges.by_device.keys() if self._only_changes else ():
            found[owner] = self._last_told(owner, pipeline) | found[owner]
        return [*unchanged, *(self._made(owner, told, now) for owner, told in found.items())]

    def _unchanged(self, owners: Iterable[str], now: float, pipeline: Pipeline) -> list[Readings]:
        """What was read between two changes, where it matters how close together: of what has a battery.

        Not what was read before a restart: how long the gateway had been away then, the file does not say.
        """
        found: list[tuple[float, str]] = []
        for seer in [seer for owner in owners for seer in pipeline.discharges.by_device.get(owner, ())]:
            for name in seer.eyes.asset.devices:
                since, self._heard[name] = self._heard.get(name, now), now
                if pipeline.latest.values[self._answers[name]] is True:
                    found += [(each, name) for each in self._moments(name, since, now, seer.watch.run is not None)]
        return [self._made(name, self._last_told(name, pipeline), at) for at, name in sorted(found)]

    def _moments(self, name: str, since: float, until: float, runs: bool) -> list[float]:
        """When the device was read after ``since`` and before ``until``; the last only, unless a discharge runs."""
        every = min(max(self._devices[name].every, 1.0), LOOKED_EVERY)
        times = ceil((until - since) / every) - 1
        return [since + every * (number + 1) for number in range(0 if runs else max(0, times - 1), times)]

    def _last_told(self, name: str, pipeline: Pipeline) -> dict[int, Reading]:
        values = pipeline.latest.values
        points = (*self._devices[name].point_ids.values(), self._answers[name])
        return {point: values[point] for point in points if not isinstance(values[point], BadReading)}

    def _repeat_lines(self, found: dict[str, dict[int, Reading]], now: float, values: Sequence[Reading]) -> None:
        """A line's word counts for a while only, and a recording of changes has it once."""
        if now - self._repeated >= LINE_STALE_AFTER / 2:
            self._repeated = now
            for name, point in self._lines.items():
                if not isinstance(values[point], BadReading):
                    found[f"connection/{name}"][point] = values[point]

    def _answer(self, found: dict[str, dict[int, Reading]], told: Told) -> None:
        """As long as readings come, the device and its line answer, unless the recording says otherwise."""
        if told.owner in self._answers:
            found[told.owner].setdefault(self._answers[told.owner], True)
            line = self._line_of[told.owner]
            found[f"connection/{line}"].setdefault(self._lines[line], True)

    def _made(self, owner: str, told: dict[int, Reading], now: float) -> Readings:
        points = tuple(told)
        if len(self._columns) >= MOST_COLUMNS:
            self._columns.clear()
        return Readings(owner, now, now, self._columns.setdefault(points, points), list(told.values()))


def last_tests(entries: Iterable[Entry]) -> dict[tuple[str, str], dict[str, tuple[float, float]]]:
    """As in Saved: of each kind of test on each asset and each outcome the last."""
    found: dict[tuple[str, str], dict[str, tuple[float, float]]] = defaultdict(dict)
    for each in sorted(entries, key=lambda entry: entry.ended_at):
        found[each.asset, each.kind][each.outcome.value] = (each.ended_at, each.lasted)
    return dict(found)


def _as_recorded(estate: Estate, recording: Recording) -> Estate:
    """The site without outputs; where a recording has changes only, nothing grows stale but by a row that says so."""
    devices = estate.devices
    if recording.only_changes:
        devices = {name: replace(device, stale_after=inf) for name, device in devices.items()}
    return replace(estate, outputs={}, devices=devices)


def difference(before: Iterable[Ticket], after: Iterable[Ticket]) -> dict[str, list[tuple[Ticket, ...]]]:
    """Tickets ``only_before``, ``only_after``, at ``another_time`` in both, or the ``same``.

    Two tickets of an asset and clause are about the same trouble when their times overlap.
    """
    left: dict[tuple[str, str], list[Ticket]] = defaultdict(list)
    for ticket in after:
        left[ticket.asset, ticket.clause].append(ticket)
    found: dict[str, list[tuple[Ticket, ...]]] = {"only_before": [], "only_after": [], "another_time": [], "same": []}
    for ticket in before:
        others = left[ticket.asset, ticket.clause]
        other = next((each for each in others if _overlap(ticket, each)), None)
        if other is None:
            found["only_before"].append((ticket,))
            continue
        others.remove(other)
        same = (ticket.opened_at, ticket.closed_at) == (other.opened_at, other.closed_at)
        found["same" if same else "another_time"].append((ticket, other))
    rest = sorted((each for others in left.values() for each in others), key=lambda each: (each.opened_at, each.id))
    found["only_after"].extend((each,) for each in rest)
    return found


def _overlap(one: Ticket, other: Ticket) -> bool:
    return one.opened_at <= (other.closed_at or inf) and other.opened_at <= (one.closed_at or inf)
