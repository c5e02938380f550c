"""How healthy the alarms were in a period, by the trade's metrics (modelled on EEMUA 191 and ISA-18.2).

Handed what was told of alarms, in its order; keeps counts, never the events. Times are steady seconds since 1970.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, NamedTuple, TypeAlias

from gateway.alarms.alarm import CHATTER_HOLD, CHATTER_WINDOW
from gateway.reports.figures import portion
from gateway.reports.period import Period

SPAN = 600.0
"""Seconds: alarms are counted by ten minutes, from the beginning of the period on."""
FLOOD_BEGINS, FLOOD_ENDS = 10, 5
"""A flood begins with a span of more alarms than the first, and ends before one of fewer than the second."""
CHATTER = 3
"""So many times within a minute is chattering."""
STALE, DAY = 86_400.0, 86_400.0
TOP = 10
RECOMMENDED: Mapping[str, float] = {"high": 0.05, "medium": 0.15, "low": 0.80}
BANDS: Mapping[str, str] = {"P1": "high", "P2": "high", "P3": "medium", "P4": "low"}
"""The trade's three priorities, as which ours count; proposed."""
Key: TypeAlias = tuple[str, str]


class Limit(NamedTuple):
    """What a metric is held against; ``kind`` as the basis of a clause has it."""

    most: float
    kind: str
    document: str


LIMITS: Mapping[str, Limit] = {
    "mean": Limit(1.0, "standard", "EEMUA 191, for one operator"),
    "peak": Limit(10.0, "standard", "EEMUA 191, for one operator"),
    "share_above_10": Limit(0.01, "proposed", "as ISA-18.2 is quoted"),
    "share_in_flood": Limit(0.01, "proposed", "as ISA-18.2 is quoted"),
    "chattering": Limit(0.0, "proposed", "as ISA-18.2 is quoted; 3 in a minute: EEMUA 191"),
    "stale_in_a_day": Limit(4.0, "proposed", "as ISA-18.2 is quoted: fewer than 5"),
    "top_share": Limit(0.05, "proposed", "as ISA-18.2 is quoted"),
}


class Told(NamedTuple):
    """An event: ``raised``, ``cleared`` or ``hidden``; ``occurrences`` and ``raised_at`` as of the alarm."""

    at: float
    what: str
    key: Key
    priority: str
    occurrences: int
    raised_at: float | None = None


@dataclass(slots=True)
class Standing:
    """An alarm that is told and not taken back."""

    since: float
    occurrences: int


@dataclass(slots=True)
class AlarmHealth:
    """Takes what was told of alarms from the oldest event that is kept on, to the end of the period.

    ``known_since``: when the oldest event is of; of the time before nothing is known, and nothing is reckoned.
    """

    period: Period
    known_since: float
    raised: int = 0
    _spans: Counter[int] = field(default_factory=Counter)
    _by_key: Counter[Key] = field(default_factory=Counter)
    _by_priority: Counter[str] = field(default_factory=Counter)
    _standing: dict[Key, Standing] = field(default_factory=dict)
    _last: dict[Key, deque[float]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=CHATTER)))
    _chattering: Counter[Key] = field(default_factory=Counter)
    _returned: Counter[Key] = field(default_factory=Counter)
    _stale: Counter[Key] = field(default_factory=Counter)
    _stale_days: Counter[int] = field(default_factory=Counter)

    @property
    def since(self) -> float:
        """From when on the period is known."""
        return min(max(self.period.since, self.known_since), self.period.until)

    def begin(self, standing: Iterable[tuple[Key, float]]) -> None:
        """Alarms that stood before the oldest event that is kept, and since when."""
        for key, since in standing:
            self._standing[key] = Standing(since, 0)

    def take(self, told: Told) -> None:
        """One more event; none before the last one that was handed in."""
        if told.at >= self.period.until:
            return
        if told.what == "raised":
            self._raise(told)
        elif told.what in ("cleared", "hidden"):
            self._end(told)

    def _raise(self, told: Told) -> None:
        self._standing.setdefault(told.key, Standing(told.at, told.occurrences))
        if told.at < self.since:
            return
        self.raised += 1
        self._spans[int((told.at - self.since) // SPAN)] += 1
        self._by_key[told.key] += 1
        self._by_priority[told.priority] += 1
        last = self._last[told.key]
        last.append(told.at)
        if len(last) == CHATTER and last[-1] - last[0] <= CHATTER_WINDOW:
            self._chattering[told.key] += 1

    def _end(self, told: Told) -> None:
        before = None if told.raised_at is None else Standing(told.raised_at, 0)
        stood = self._standing.pop(told.key, before)
        if stood is None or told.at < self.since:
            return
        self._stood(told.key, stood.since, told.at)
        again = told.occurrences - stood.occurrences if stood.occurrences else 0
        self._returned[told.key] += again
        # Whoever chatters is held for a minute before it clears: all that it did was in the time before.
        within = max(told.at - stood.since - CHATTER_HOLD, 0.0)
        if again + 1 >= CHATTER and again + 1 > (CHATTER - 1) * max(ceil(within / CHATTER_WINDOW), 1):
            self._chattering[told.key] += 1

    def _stood(self, key: Key, since: float, until: float) -> None:
        """An alarm stood for a time: if for more than a day, it was stale from then on."""
        first, last = max(since + STALE, self.since), min(until, self.period.until)
        if since + STALE < last and first < last:
            self._stale[key] += 1
            days = range(int((first - self.since) // DAY), ceil((last - self.since) / DAY))
            self._stale_days.update(days)

    def told(self, name: Callable[[Key], Mapping[str, Any]] = lambda _key: {}) -> dict[str, Any]:
        """As the API has it; ``name``: what is to be told with an alarm. Call it once, at the end."""
        now = [key for key, stood in self._standing.items() if self.period.until - stood.since > STALE]
        for key, stood in self._standing.items():
            self._stood(key, stood.since, self.period.until)
        known = self.period.until - self.since
        return {
            "known_s": known, "raised": self.raised, "spans": ceil(known / SPAN), "metrics": self._metrics(known),
            "stale_at_end": len(now), "priorities": self._mix(),
            **{list_: [_line(*each, name(each[0])) for each in _top(found)] for list_, found in self._lists().items()},
        }  # fmt: skip

    def _lists(self) -> Mapping[str, Counter[Key]]:
        return {
            "most_frequent": self._by_key, "chattering": self._chattering, "returned": +self._returned,
            "stale": self._stale,
        }  # fmt: skip

    def _metrics(self, known: float) -> dict[str, Any]:
        spans = ceil(known / SPAN)
        above = sum(count > FLOOD_BEGINS for count in self._spans.values())
        top = sum(count for _, count in _top(self._by_key))
        found: dict[str, float | None] = {
            "mean": portion(self.raised * SPAN, known), "peak": max(self._spans.values(), default=0),
            "share_above_10": portion(above, spans), "share_in_flood": portion(self._flooded(), spans),
            "chattering": len(self._chattering), "stale_in_a_day": max(self._stale_days.values(), default=0),
            "top_share": portion(top, self.raised) if len(self._by_key) > TOP else None,
        }  # fmt: skip
        return {name: _held(value if spans else None, LIMITS[name]) for name, value in found.items()}

    def _flooded(self) -> int:
        """Spans in a flood."""
        flooded, last = 0, None
        for span in sorted(self._spans):
            going_on = last is not None and span == last + 1 and self._spans[span] >= FLOOD_ENDS
            if going_on or self._spans[span] > FLOOD_BEGINS:
                flooded, last = flooded + 1, span
        return flooded

    def _mix(self) -> list[dict[str, Any]]:
        found: Counter[str] = Counter()
        for priority, count in self._by_priority.items():
            found[BANDS.get(priority, "low")] += count
        return [
            {"band": band, "priorities": [each for each, one in BANDS.items() if one == band], "raised": found[band],
             "share": portion(found[band], self.raised), "recommended": share}
            for band, share in RECOMMENDED.items()
        ]  # fmt: skip


def _line(key: Key, count: int, about: Mapping[str, Any]) -> dict[str, Any]:
    return {"asset": key[0], "clause": key[1], "count": count, **about}


def _top(found: Counter[Key]) -> list[tuple[Key, int]]:
    """The ten most frequent; of those as frequent the first by name."""
    return sorted(found.items(), key=lambda each: (-each[1], each[0]))[:TOP]


def _held(value: float | None, limit: Limit) -> dict[str, Any]:
    met = None if value is None else value <= limit.most
    return {"value": value, "limit": limit.most, "met": met, "basis": {"kind": limit.kind, "document": limit.document}}
