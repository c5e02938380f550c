"""Whether a site's tests can ever fit into its window: an upper bound, counted before anything runs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor

from gateway.proof_tests.rules import DAY, TestTerms
from gateway.proof_tests.schedule import GRACE, GRACE_SHARE


@dataclass(frozen=True, slots=True)
class Demand:
    """The tests of one kind that are asked of some assets."""

    terms: TestTerms
    """Those of the longest of them."""
    assets: int
    every: float
    """Seconds from one such test of an asset to the next."""
    together: bool = False
    """Whether they all fall due at the same moment, as by a calendar."""

    @property
    def within(self) -> float:
        """Seconds in which each of the assets has to have its turn."""
        return min(GRACE[self.terms.kind], GRACE_SHARE * self.every) if self.together else self.every


@dataclass(frozen=True, slots=True)
class Room:
    """The openings of a window (seconds since 1970, from and until) in the time that ``lasts`` so many seconds."""

    openings: Sequence[tuple[float, float]]
    lasts: float
    at_once: int

    @property
    def longest(self) -> float:
        """Seconds of the longest opening."""
        return max((until - since for since, until in self.openings), default=0.0)

    @property
    def share(self) -> float:
        """How many tests run on the average where the window is used to the last second."""
        return self.at_once * sum(until - since for since, until in self.openings) / self.lasts

    @property
    def widest_gap(self) -> float:
        """Seconds of the longest time between two openings."""
        pairs = zip(self.openings, self.openings[1:], strict=False)
        return max((later[0] - earlier[1] for earlier, later in pairs), default=self.lasts)

    def takes(self, length: float, within: float) -> int:
        """How many tests of ``length`` fit at most into ``within`` seconds, if there were no others."""
        one_by_one = sum(floor((until - since) / length) for since, until in self.openings)
        return floor(one_by_one * self.at_once * within / self.lasts)


def too_much(demands: Sequence[Demand], room: Room) -> str:
    """Which tests do not fit into the window, in words, "" where they may."""
    alone = all(each.assets <= room.takes(each.terms.length, each.within) for each in demands)
    if alone and sum(each.assets * each.terms.length / each.within for each in demands) <= room.share:
        return ""
    told = "; ".join(_told(each, room) for each in demands)
    return f"these tests do not fit into the window, {room.at_once} at once: {told}"


def _told(demand: Demand, room: Room) -> str:
    minutes, most = demand.terms.length / 60, room.takes(demand.terms.length, demand.within)
    return (
        f"{demand.assets} {demand.terms.kind} tests of {minutes:.0f} min in {_days(demand.within)}, "
        f"with room for at most {most}"
    )


def too_close(group: str, demands: Sequence[Demand]) -> str:
    """Why the assets of a group, of which only one at a time discharges or recharges, do not get their turns, or ""."""
    shares = [each.assets * (each.terms.length + each.terms.recharge) / each.within for each in demands]
    if sum(shares) <= 1.0:
        return ""
    share, worst = max(zip(shares, demands, strict=True), key=lambda each: each[0])
    blocked = worst.terms.length + worst.terms.recharge
    return (
        f"the {worst.assets} assets of group {group!r} wait for one another: a {worst.terms.kind} test with its "
        f"recharge takes {blocked / 3600:.1f} h, so that a round takes {_days(share * worst.within)} at least, "
        f"and is asked for in {_days(worst.within)}"
    )


def shut_too_long(demands: Sequence[Demand], room: Room) -> Iterator[str]:
    """Why tests are missed each time that the window stays shut for long."""
    for each in demands:
        grace = min(GRACE[each.terms.kind], GRACE_SHARE * each.every)
        if room.widest_gap >= grace:
            yield (
                f"the window stays shut for up to {_days(room.widest_gap)}: "
                f"{each.terms.kind} tests are missed {_days(grace)} after they were due"
            )


def _days(seconds: float) -> str:
    return f"{seconds / DAY:.3g} d"
