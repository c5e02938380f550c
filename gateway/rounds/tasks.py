"""When people have to do what only they can: a function of the clauses, the last answers and the time; never stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from gateway.errors import FORMULA_FAULTS
from gateway.model import Reading
from gateway.rounds.items import Item
from gateway.standards.check import Check
from gateway.standards.dates import moment
from gateway.standards.requirements import Answered, Requirement, Within
from gateway.standards.verdict import Outcome

LEAD, MOST_LEAD = 0.25, 7 * 86400.0
"""A task is due a quarter of its period before the clause would fail, a week at most; proposed."""
AHEAD = 400 * 86400.0
"""Seconds for which it is looked ahead: longer than any period of the book."""
TURNS = 50

State: TypeAlias = Literal["failed", "overdue", "due", "upcoming"]
"""``failed``: it was found wrong, and is to be tried again once it is mended."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a person is to do on one asset. Times are steady seconds since 1970."""

    item: Item
    state: State
    due: float
    """From when on it is to be done."""
    deadline: float
    """From when on the clause fails, or cannot be judged for longer than is right."""
    last: float | None
    """When it was last answered, or seen in use."""
    check: Check
    """The clause that asks for it first."""


class _Span(NamedTuple):
    deadline: float
    due: float
    check: Check


def tasks(items: Iterable[Item], values: Sequence[Reading], now: float) -> list[Task]:
    """Everything that lapses without a person, by place, then by what is due first; ``values`` by point id."""
    found = [task for item in items if (task := _task(item, values, now))]
    return sorted(found, key=lambda task: (*_place(task.item), task.due, task.item.what))


def _place(item: Item) -> tuple[str, str, str]:
    place = item.asset.place
    return item.asset.touchpoint, place.get("zh") or next(iter(place.values()), ""), item.asset.name


def _task(item: Item, values: Sequence[Reading], now: float) -> Task | None:
    spans = [each for check in item.checks if (each := _span(item, check, values, now))]
    if not spans:
        return None
    deadline, due, check = min(spans)
    failed = any(_failures(each.check, values) for each in spans)
    state: State = "failed" if failed else "overdue" if now > deadline else "due" if now >= due else "upcoming"
    told = [date for each in spans for date in _told(each.check, values)]
    return Task(item, state, due, deadline, max(told, default=None), check)


def _span(item: Item, check: Check, values: Sequence[Reading], now: float) -> _Span | None:
    """Until when the clause holds, and when to see to it; None where it holds for ever or there is nothing to judge."""
    outcome = _outcome(check, values, now)
    failures, lapsed = _failures(check, values), list(_lapses(check, values))
    if outcome is None:
        return None
    if outcome is Outcome.MET:
        deadline = _holds_until(check, values, now)
    elif failures or lapsed:
        deadline = max(failures or lapsed)
    else:
        since = now if check.unknown_since is None else check.unknown_since
        return _Span(since + check.clause.patience, since, check)
    if deadline is None:
        return None
    return _Span(deadline, deadline if failures else deadline - min(LEAD * item.period, MOST_LEAD), check)


def _outcome(check: Check, values: Sequence[Reading], now: float) -> Outcome | None:
    try:
        return check.judge(values, now)
    except FORMULA_FAULTS:
        return Outcome.UNKNOWN


def _holds_until(check: Check, values: Sequence[Reading], now: float) -> float | None:
    """The first moment at which time alone ends it; None for not within ``AHEAD``."""
    at = now
    for _ in range(TURNS):
        following = check.next_change(values, at)
        if following is None or following > now + AHEAD:
            return None
        if _outcome(check, values, following) is not Outcome.MET:
            return following
        at = following
    return at


def _failures(check: Check, values: Sequence[Reading]) -> list[float]:
    """When it was found wrong, and has not been found right since."""
    failed = (own[1] for part, own in _parts(check, values) if isinstance(part, Answered) and part.failed(own))
    return [date for reading in failed if (date := moment(reading)) is not None]


def _lapses(check: Check, values: Sequence[Reading]) -> Iterator[float]:
    """Until when each date that is known counts."""
    for part, own in _parts(check, values):
        period = part.period if isinstance(part, Answered) else part.within if isinstance(part, Within) else None
        date = moment(own[0]) if period is not None else None
        if date is not None and period is not None:
            yield date + period


def _told(check: Check, values: Sequence[Reading]) -> Iterator[float]:
    dates = (own for part, own in _parts(check, values) if isinstance(part, Answered | Within))
    yield from (date for own in dates for reading in own if (date := moment(reading)) is not None)


def _parts(check: Check, values: Sequence[Reading]) -> Iterator[tuple[Requirement, Sequence[Reading]]]:
    """Every single requirement with its readings."""
    told = dict(zip(check.points, check.readings(values), strict=True))
    for _, part in check.requirement.parts():
        yield part, [told[point] for point in part.points]
