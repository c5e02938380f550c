"""From changed readings to outcomes: derives, writes history rows, judges what is touched. The hot path.

Knows readings and clauses; alarms only as the panel to which it hands outcomes that changed.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping

from gateway.alarms.alarm import Phase
from gateway.alarms.panel import Panel
from gateway.assets.derivations import Derivations
from gateway.assets.latest import Latest
from gateway.assets.site_points import SitePoints
from gateway.changes import Changes, HistoryBlock
from gateway.errors import FORMULA_FAULTS
from gateway.estate import Asset, Estate
from gateway.family import LINE
from gateway.kinds import proof_points
from gateway.model import NEVER_READ, NO_RECORD, BadReading, Reading, Record
from gateway.proof_tests import entry as log_book
from gateway.saved import Saved
from gateway.standards import dates
from gateway.standards.calm import Calm
from gateway.standards.check import Check, Glossary, answerable
from gateway.standards.verdict import Outcome, Verdict

log = logging.getLogger(__name__)

FIRST_READ = 120.0
"""Seconds within which a device that is asked has told everything after a start."""


def make_checks(estate: Estate) -> list[Check]:
    """Every clause on every asset that has the points to answer it."""
    by_kind = {kind: estate.standard.of_kind(kind) for kind in estate.kinds}
    words = {name: Glossary(kind.meanings(), kind.dates(), estate.timezone) for name, kind in estate.kinds.items()}
    stated = {name: _stated(estate, asset, words[asset.kind].dates) for name, asset in estate.assets.items()}
    return [
        Check(asset.name, name, clause, asset.ids, words[asset.kind], stated[asset.name])
        for asset in estate.assets.values()
        for name, clause in by_kind.get(asset.kind, {}).items()
        if answerable(clause, asset.ids)
    ]


def _stated(estate: Estate, asset: Asset, dates: Collection[str]) -> set[int]:
    """The dates that people state, in the site's files or as records: no device, and no test."""
    told = {asset.ids[name] for name in asset.ids.keys() & dates}
    return told & (estate.fixed.keys() | set(asset.records.values()))


class Judge:
    """Judges the checks whose points changed. ``faults`` counts formulas and clauses that failed."""

    def __init__(self, estate: Estate, panel: Panel, saved: Saved, records: Mapping[tuple[str, str], Record]) -> None:
        self.latest = Latest(len(estate.points), estate.fixed)
        self._unknown_before = dict(saved.unknown_since)
        for asset in estate.assets.values():
            for name, point in asset.records.items():
                last = records.get((asset.name, name))
                self.latest.set(point, last.at if last else NO_RECORD, last.told_at if last else 0.0)
        self.derivations = Derivations(estate.assets.values(), self.latest, saved.memories, saved.left)
        self.site_points = SitePoints(estate, self.latest)
        self.passes = dict(saved.passes)
        """As in Saved."""
        self.faults = 0
        self.touched: set[str] = set()
        """Assets with a check that became unknown or known again since this was last emptied."""
        self.again: dict[tuple[str, str], float | None] = {}
        """Check → when time alone may change it; taken away by whoever plans it."""
        self.unknown_since: dict[tuple[str, str], float | None] = {}
        """Patient check → since when it is unknown, None when no longer; taken away by whoever stores it."""
        self.turned: dict[tuple[str, str], Outcome] = {}
        """Check → its outcome, where that has changed since this was last emptied."""
        self._panel = panel
        self._estate = estate
        self._coarse = {point: band for point, band in enumerate(estate.deadbands) if band > 0}
        self._stored: dict[int, float] = {}
        self._by_point: list[tuple[Check, ...]] = _by_point(len(estate.points), panel.checks.values())
        self._stated = [check for check in panel.checks.values() if check.stated]
        self._calm = Calm(self._by_point)
        self._feeds = _feeds(estate)
        self._first_word = _first_word(estate)
        self._hangs_on = _hangs_on(estate, panel.of_asset)
        self._told_by = _told_by(estate, panel.of_asset)
        self._lost: dict[str, float] = {}
        """Device or line that no longer answers → since when."""
        self._waited: dict[Check, float] = {}
        """Check → from when its patience ran anew because its device or line answered again."""

    def spread(self, changed: list[int], at: float, now: float, changes: Changes, undated: bool = False) -> None:
        """Everything that follows from readings that changed at source time ``at``, from which durations count.

        From what is ``undated`` (see ``Readings``) none does.
        """
        read = len(changed)
        changes.memories.update(self.derivations.recompute(changed, now if undated else at, undated))
        self._remember(changed, read, at, now, changes)
        by_point = self._by_point
        for point in self._calm.restless(changed, self.latest.values):
            for check in by_point[point]:
                self.judge(check, now)

    def told(self, record: Record, now: float, changes: Changes) -> None:
        """Everything that follows from a record that tells of a later time than any before."""
        point = self._estate.assets[record.asset].records[record.record]
        if self.latest.set(point, record.at, now):
            self.spread([point], now, now, changes)

    def proven(self, entry: log_book.Entry, kind: str, now: float, changes: Changes) -> None:
        """Everything that follows from a test that was passed or failed, as a word on tests of that kind."""
        ids = self._estate.assets[entry.asset].ids if entry.asset in self._estate.assets else {}
        passed, failed = proof_points(kind)
        if entry.outcome is log_book.Outcome.PASSED:
            self.passes[entry.asset, entry.kind] = (entry.ended_at, entry.id)
        point = {log_book.Outcome.PASSED: passed, log_book.Outcome.FAILED: failed}.get(entry.outcome, "")
        last = dates.moment(self.latest.values[ids[point]]) if point in ids else None
        if point in ids and self.latest.set(ids[point], max(entry.ended_at, last or 0.0), now):
            self.spread([ids[point]], now, now, changes)

    def judge(self, check: Check, now: float) -> None:
        """Judge one check and hand the outcome on if it changed."""
        try:
            found = check.judge(self.latest.values, now)
            check.judged = found is not None
            outcome = found or self._unjudged(check, now)
            if check.timed:
                self.again[check.asset, check.clause_id] = check.next_change(self.latest.values, now)
        except FORMULA_FAULTS as fault:
            outcome = self._failed(check, fault)
        if outcome is not check.outcome:
            self._changed(check, outcome, now)
        elif outcome is Outcome.UNKNOWN and check.judged is (check.unknown_since is None):
            self._set_unknown(check, now if check.judged else None)
            self.touched.add(check.asset)

    def set_wall(self, ahead: float) -> list[Check]:
        """By how much the clock on the wall is ahead; returns the checks that are to be judged anew by it."""
        changed = [check for check in self._stated if check.ahead != ahead]
        for check in changed:
            check.ahead = ahead
        return changed

    def _unjudged(self, check: Check, now: float) -> Outcome:
        """Nothing new is found, and what was found stays found: that nobody looks proves nothing repaired.

        What nobody is told of until it is decided waits for that, and is unknown.
        """
        key = (check.asset, check.clause_id)
        alarm = self._panel.alarm(key)
        if not alarm.standing:
            return Outcome.MET
        if alarm.phase is Phase.CLEARING:
            self._panel.step(key, Outcome.UNKNOWN, now)
        return Outcome.UNKNOWN if alarm.undecided else Outcome.VIOLATED

    def exempt(self, check: Check) -> bool:
        """Whether the site's files alone say that there is nothing to judge, today and ever."""
        rests_on_facts = all(point in self._estate.fixed for point in check.guard_ids)
        return not check.judged and rests_on_facts and not (check.guard and check.guard.timed)

    def _changed(self, check: Check, outcome: Outcome, now: float) -> None:
        if outcome is Outcome.UNKNOWN:
            check.known = self._stood(check)
        before, check.outcome = check.outcome, outcome
        self.turned[check.asset, check.clause_id] = outcome
        self._calm.follow(check)
        self._set_unknown(check, now if outcome is Outcome.UNKNOWN and check.judged else None)
        self._panel.step((check.asset, check.clause_id), outcome, now)
        self.touched.add(check.asset)
        if check.asset in self._feeds:
            self._device_changed(check, before, now)

    def _stood(self, check: Check) -> Outcome:
        """Violated while its alarm is raised and nothing proves that it is over, else unknown."""
        raised = self._panel.alarm((check.asset, check.clause_id)).phase is Phase.ACTIVE
        return Outcome.VIOLATED if raised else Outcome.UNKNOWN

    def _set_unknown(self, check: Check, since: float | None) -> None:
        check.unknown_since = since
        if check.is_patient:
            self.unknown_since[check.asset, check.clause_id] = since

    def _device_changed(self, feeder: Check, before: Outcome, now: float) -> None:
        """Behind a device or line that answers again patience begins anew: its values, or devices, come a moment later.

        A patience of days is not about that moment, and goes on; and so does that for what other devices tell, once
        they have told it. What is still unknown the next time goes on too: a line that blinks would hide it for ever.
        """
        self.touched.update(self._feeds[feeder.asset])
        if before is Outcome.MET:
            self._lost[feeder.asset] = now
        if feeder.outcome is not Outcome.MET:
            return
        lost_at = self._lost.pop(feeder.asset, None)
        for asset in self._feeds[feeder.asset]:
            first_word = self._first_word.get(asset, 0.0) if feeder.asset.startswith(LINE) else 0.0
            for check in self._panel.of_asset.get(asset, ()):
                if self._is_concerned(check, feeder):
                    self._wait_anew(check, lost_at, now, now + first_word)

    def _wait_anew(self, check: Check, lost_at: float | None, now: float, heard_by: float) -> None:
        since, check.unknown_since = check.unknown_since, heard_by
        if since is not None and lost_at is not None:
            if self._waited.get(check) == since:
                check.unknown_since = since + now - lost_at
            self._waited[check] = check.unknown_since

    def _is_concerned(self, check: Check, feeder: Check) -> bool:
        if check.is_patient or check.unknown_since is None:
            return False
        hangs_on = self._devices_of(check)
        return not hangs_on or not hangs_on.isdisjoint(feeder.ids) or self._is_unread(check)

    def _is_unread(self, check: Check) -> bool:
        """Whether anything that it is judged by was never told since the start."""
        return any(self.latest.values[point] is NEVER_READ for point in (*check.ids, *check.guard_ids))

    def _failed(self, check: Check, fault: Exception) -> Outcome:
        self.faults += 1
        check.judged = True
        log.error("clause %s failed on %s: %s", check.clause_id, check.asset, fault)
        return Outcome.UNKNOWN

    def _remember(self, changed: list[int], read: int, at: float, now: float, changes: Changes) -> None:
        """History rows: what was read with the source's time, what was computed with ours."""
        if self._coarse:
            changed, read = self._worth_storing(changed, read)
        values = self.latest.values
        for moment, points in ((at, changed[:read]), (now, changed[read:])):
            if points:
                changes.history.append(HistoryBlock(moment, points, [values[point] for point in points]))

    def _worth_storing(self, changed: list[int], read: int) -> tuple[list[int], int]:
        kept = [point for point in changed[:read] if self._moved(point)]
        return kept + [point for point in changed[read:] if self._moved(point)], len(kept)

    def _moved(self, point: int) -> bool:
        band = self._coarse.get(point)
        if band is None:
            return True
        value = self.latest.values[point]
        before = self._stored.get(point)
        if isinstance(value, BadReading | str):
            self._stored.pop(point, None)
            return True
        if before is not None and abs(value - before) < band:
            return False
        self._stored[point] = value
        return True

    def answering(self, asset: str, check: Check | None = None) -> bool:
        """Whether everything that the asset hangs on is known to answer: its devices, or a device's line.

        Of a ``check`` that some of its devices tell only those count: the others do not explain that it is unknown.
        """
        own = self._devices_of(check) if check else ()
        return all(self.latest.values[point] is True for point in own or self._hangs_on[asset])

    def _devices_of(self, check: Check) -> set[int]:
        """The points that say whether those devices answer that tell what the check is judged by; none for records."""
        return {each for point in (*check.ids, *check.guard_ids) for each in self._told_by.get(point, ())}

    def verdict(self, check: Check) -> Verdict:
        """The last outcome of a check with its evidence."""
        return check.verdict(self.latest.reading, self.latest.at, self._estate.units)

    def begin(self, now: float, until: float, changes: Changes) -> None:
        """Cold start: everything unknown until read, except what rests on facts or was about the past.

        ``until``: when the gateway last listened (seconds since 1970).
        """
        known, memories = self.derivations.begin(now, until)
        changes.memories.update(memories)
        self._remember(known, 0, now, now, changes)
        values = self.latest.values
        self.unknown_since.update(dict.fromkeys(self._unknown_before))  # what is no check any more is forgotten
        for check in self._panel.checks.values():
            self._begin_unknown(check, now, now + self._first_word.get(check.asset, 0.0))
            if any(not isinstance(values[point], BadReading) for point in (*check.ids, *check.guard_ids)):
                self.judge(check, now)

    def patient_unknowns(self) -> dict[tuple[str, str], float]:
        """As in Saved: since when the patient checks are unknown."""
        checks = (check for check in self._panel.checks.values() if check.is_patient)
        return {(each.asset, each.clause_id): each.unknown_since for each in checks if each.unknown_since is not None}

    def _begin_unknown(self, check: Check, now: float, heard_by: float) -> None:
        """Nothing is known but what stood. A patience that goes on does not end before a reading could have come."""
        check.known = self._stood(check)
        self.turned[check.asset, check.clause_id] = check.outcome
        check.unknown_since = heard_by
        if check.is_patient:
            check.heard_by = heard_by + FIRST_READ
            before = self._unknown_before.pop((check.asset, check.clause_id), None)
            self._set_unknown(check, now if before is None else before)


def describe(reading: Reading, unit: str) -> str:
    """``0.93 MPa``, ``yes``, or why there is no value."""
    if isinstance(reading, BadReading):
        return f"unknown: {reading}"
    if isinstance(reading, bool):
        return "yes" if reading else "no"
    return f"{reading or 0.0:.4g} {unit}".rstrip() if isinstance(reading, float) else f"{reading} {unit}".rstrip()


def _by_point(size: int, checks: Iterable[Check]) -> list[tuple[Check, ...]]:
    """The checks of each point; those that others are superseded by are judged first."""
    found: dict[int, list[Check]] = defaultdict(list)
    for check in sorted(checks, key=lambda check: len(check.clause.superseded_by)):
        for point in {*check.ids, *check.guard_ids}:
            found[point].append(check)
    return [tuple(found.get(point, ())) for point in range(size)]


def _first_word(estate: Estate) -> dict[str, float]:
    """Seconds after a start in which an asset's devices may well have said nothing yet.

    A device that is asked answers at once. One that speaks of itself, each half hour say, may have just spoken when the
    gateway was started: it is not silent before its last word would be too old.
    """
    speaking = {
        name: device.stale_after for name, device in estate.devices.items() if device.profile.protocol == "mqtt"
    }
    fed = {asset.name: [*asset.devices, asset.name.removeprefix("device/")] for asset in estate.assets.values()}
    return {asset: max((speaking.get(name, 0.0) for name in names), default=0.0) for asset, names in fed.items()}


def _feeds(estate: Estate) -> dict[str, list[str]]:
    """``device/…`` → the assets that it feeds; ``connection/…`` → the devices on it."""
    feeds: dict[str, list[str]] = defaultdict(list)
    for asset in estate.assets.values():
        for device in asset.devices:
            feeds[f"device/{device}"].append(asset.name)
    for device, connection in estate.device_connection.items():
        feeds[f"{LINE}{connection}"].append(f"device/{device}")
    return dict(feeds)


def _hangs_on(estate: Estate, told: Container[str]) -> dict[str, list[int]]:
    """Asset → the points that must be true before it is the asset's own fault that it cannot be judged.

    ``told``: what has a clause; where the site switched off that of its devices, nothing else tells that they are lost.
    """
    devices = {
        name: [each for each in asset.devices if f"device/{each}" in told] for name, asset in estate.assets.items()
    }
    hangs = {name: [estate.devices[each].answers_id for each in names] for name, names in devices.items()}
    for device, connection in estate.device_connection.items():
        line = estate.connections[connection].answers_id
        hangs[f"device/{device}"] = [line] if f"connection/{connection}" in told else []
    return hangs


def _told_by(estate: Estate, told: Container[str]) -> dict[int, frozenset[int]]:
    """Point → whether those devices answer that tell it, or what it is computed from; ``told`` as above."""
    found: dict[int, frozenset[int]] = {}
    for name, device in estate.devices.items():
        if f"device/{name}" in told:
            found |= dict.fromkeys(device.point_ids.values(), frozenset((device.answers_id,)))
    for derived in (each for asset in estate.assets.values() for each in asset.derived):  # each after what feeds it
        found[derived.id] = frozenset().union(*(found.get(point, ()) for point in derived.inputs.values()))
    return found
