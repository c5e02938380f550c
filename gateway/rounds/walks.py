"""The perimeter's daily proof: one line of the log book for every zone and calendar day, whatever happened. Pure.

What was seen of a day is in the memory of the zone's derived point by ``watched_day``; here it is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gateway.assets.daywatch import UNSEEN
from gateway.assets.windows import instant, local_day
from gateway.estate import Asset, Estate
from gateway.model import Text
from gateway.proof_tests.entry import Entry, Outcome

WATCHED, PROVEN = "watched_day", "proven_each_day"
MOST_DAYS = 400
"""So many days are written down at once: after more of them the box was not in use, or its clock is wrong."""
RESPONSE = "response_time"
ALARM, SCHEDULE, CHECK = "alarm", "schedule", "day's end"
"""Who starts what the log book tells of a day: an activation, a try that the gateway began, or nobody."""


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone. ``watched``: the id of the point in whose memory its days are."""

    asset: Asset
    watched: int
    clause: str


@dataclass(frozen=True, slots=True)
class Day:
    """One calendar day, its lines of the log book, and the memories that know that it is written down."""

    day: date
    entries: Sequence[Entry]
    memories: Mapping[int, Any]


class Walks:
    """Every zone of a site. ``number`` gives the next line of the log book its number."""

    def __init__(
        self,
        estate: Estate,
        number: Callable[[], int],
        answers: Callable[[str, float], bool] = lambda _asset, _at: False,
    ) -> None:
        """``answers``: whether an activation of an asset at a time was the answer to a try that the gateway began."""
        self._estate = estate
        self._number = number
        self._answers = answers
        self.zones = tuple(_zones(estate))

    def corrected(self, memories: Mapping[int, Any], now: float, ahead: float) -> dict[int, Any]:
        """The memories that know of days still to come, put right: a wrong clock told them."""
        today = local_day(now + ahead, self._estate.timezone).toordinal()
        known = {zone.watched: memories.get(zone.watched) or {} for zone in self.zones}
        return {
            each: {**memory, "written": today} for each, memory in known.items() if (memory.get("written") or 0) > today
        }

    def look(self, memories: Mapping[int, Any], now: float, ahead: float) -> list[Day]:
        """Every day that is over and not written down, in order; ``ahead`` as in Pipeline.tick."""
        today = local_day(now + ahead, self._estate.timezone).toordinal()
        waiting = {zone.watched: _waiting(memories.get(zone.watched), today) for zone in self.zones}
        days = sorted({day for each in waiting.values() for day in each})
        kept: dict[int, Any] = {zone.watched: memories.get(zone.watched) for zone in self.zones}
        found = []
        for number in days:
            zones = [zone for zone in self.zones if number in waiting[zone.watched]]
            entries = [self._entry(zone, number, kept[zone.watched], ahead) for zone in zones]
            written = {zone.watched: _written(kept[zone.watched], number) for zone in zones}
            kept |= written
            found.append(Day(date.fromordinal(number), entries, written))
        return found

    def _entry(self, zone: Zone, number: int, memory: Mapping[str, Any], ahead: float) -> Entry:
        day, zone_time = date.fromordinal(number), self._estate.timezone
        begins, ends = (instant(day + timedelta(days), 0, zone_time) - ahead for days in (0, 1))
        seen = next((each for each in memory["ended"] if each["day"] == number), None)
        outcome, finding = judge_day(seen, ends)
        acted = seen is not None and outcome is Outcome.PASSED
        first = seen["first"] if seen and acted else begins
        response = seen["response"] if seen else None
        by = SCHEDULE if acted and self._answers(zone.asset.name, first) else ALARM
        return Entry(
            self._number(), zone.asset.name, "walk", outcome, by if acted else CHECK,
            first, first if acted else ends - 1.0, 0.0, 0.0, finding=finding, clause=zone.clause,
            before={} if response is None else {RESPONSE: response},
        )  # fmt: skip

    def report(self, day: Day) -> dict[str, Any]:
        """The day in one event: how many zones came out how, and those that are not proven."""
        counts = {each.value: sum(entry.outcome is each for entry in day.entries) for each in OUTCOMES}
        unproven = [self._unproven(each) for each in day.entries if each.outcome is not Outcome.PASSED]
        left = [self._estate.assets[each["asset"]].place for each in unproven]
        places = {each: join.join(in_tongue(place, each) for place in left) or none for each, join, none in LISTS}
        about = {"site": self._estate.site, "day": day.day.isoformat(), "zones": len(day.entries), "places": places}
        return {**about, **counts, "unproven": unproven}

    def _unproven(self, entry: Entry) -> dict[str, Any]:
        asset = self._estate.assets[entry.asset]
        return {
            "asset": entry.asset, "place": dict(asset.place), "touchpoint": asset.touchpoint, "entry": entry.id,
            "outcome": entry.outcome.value, "finding": entry.finding, "reason": dict(entry.reason),
        }  # fmt: skip


def in_tongue(text: Text, language: str) -> str:
    """A text in a language, or in another where it has none."""
    return text.get(language) or next(iter(text.values()), "")


LISTS = (("zh", "、", "无"), ("en", ", ", "none"))
OUTCOMES = (Outcome.PASSED, Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.MISSED)
"""What can come of a day."""


def judge_day(seen: Mapping[str, Any] | None, ends: float) -> tuple[Outcome, str]:
    """What came of a day that ended at ``ends`` (s since 1970), and the finding; ``seen``: None if nobody watched."""
    if seen is None:
        return Outcome.MISSED, "gateway-down"
    if seen["first"] is not None:
        return Outcome.PASSED, ""
    if not seen["seen"]:
        return Outcome.INCONCLUSIVE, "not-seen"
    silent = seen["silent"]
    if seen["gap"] or (silent is not None and ends - silent > UNSEEN):
        return Outcome.INCONCLUSIVE, "not-watched"
    return Outcome.FAILED, "not-activated"


def _waiting(memory: Mapping[str, Any] | None, today: int) -> range:
    """The days that are over and not written down; none before the first on which it was watched."""
    if not memory or "day" not in memory:
        return range(0)
    first = memory["ended"][0]["day"] if memory["ended"] else today
    written = memory["written"]
    return range(max(first if written is None else written + 1, today - MOST_DAYS), today)


def _written(memory: Mapping[str, Any], day: int) -> dict[str, Any]:
    return {**memory, "written": day, "ended": [each for each in memory["ended"] if each["day"] > day]}


def _zones(estate: Estate) -> Iterator[Zone]:
    for asset in estate.assets.values():
        watched = [each.id for each in asset.derived if each.function == WATCHED]
        proven = {name for name, number in asset.ids.items() for each in asset.derived
                  if each.id == number and each.function == PROVEN}  # fmt: skip
        asked = (
            name for name, clause in estate.standard.of_kind(asset.kind).items() if proven & {*clause.require.points}
        )
        clause = next(asked, "")
        yield from (Zone(asset, each, clause) for each in watched)
