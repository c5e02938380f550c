"""Why a test must not begin, and why it must not go on. Unknown is never a permission. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.proof_tests.entry import Kind

QUIET: Mapping[str, float] = {"function": 4 * 3600.0}
"""Seconds for which the supply must not have failed before a function test (IEC 62034, 5.1)."""
QUIET_BEFORE_A_DISCHARGE = 24 * 3600.0
"""The same before all others (IEC 62034, 5.2), and how long an empty battery is charged."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """How things stand with one asset. None stands for unknown; times are seconds since 1970."""

    mains: bool | None
    known_since: float | None = None
    """Since when it is known without a gap that it has mains and is not tested."""
    ended_at: float | None = None
    """When it was last seen to come back from its battery, whatever the reason."""
    charged: bool | None = None
    tells_charge: bool = False
    """Whether it tells how far its battery is charged."""
    runs: bool = False
    """A test of it runs already."""
    neighbour: bool = False
    """One next to it discharges or recharges."""
    neighbour_unknown: bool = False
    """Whether one next to it does so is not known."""
    too_many: bool = False
    fire: bool | None = False
    """A fire alarm; False where the site names none."""
    is_open: bool = True
    """The time of day is one at which it may run to its end."""
    trusted: bool = True
    """The clock can be believed."""


def objections(kind: Kind, seen: Conditions, now: float) -> tuple[str, ...]:
    """Every reason why such a test must not begin now, the weightiest first, as words of ``FINDINGS``."""
    return (*_hazards(seen), *_supply(kind, seen, now), *(_charge(seen, now) if kind != "function" else ()))


def hazard(seen: Conditions) -> str:
    """The reason why a test that runs must not go on, as such a word; "" for none."""
    if seen.fire is not False:
        return "fire-alarm" if seen.fire else "fire-alarm-unknown"
    return "neighbour" if seen.neighbour else ""


def _hazards(seen: Conditions) -> Iterator[str]:
    if alarm := hazard(seen):
        yield alarm
    if seen.neighbour_unknown:
        yield "neighbour-unknown"
    if seen.runs:
        yield "running"
    if seen.too_many:
        yield "at-once"
    if not seen.trusted:
        yield "clock-untrusted"
    if not seen.is_open:
        yield "outside-window"


def _supply(kind: Kind, seen: Conditions, now: float) -> Iterator[str]:
    if seen.mains is None:
        yield "mains-unknown"
    elif not seen.mains:
        yield "mains-away"
    elif seen.ended_at is not None and now - seen.ended_at < QUIET.get(kind, QUIET_BEFORE_A_DISCHARGE):
        yield "supply-failed"


def _charge(seen: Conditions, now: float) -> Iterator[str]:
    """A battery that does not tell how full it is counts as full after a day that is known to be without a gap."""
    since = None if seen.tells_charge else seen.known_since
    if seen.charged is False:
        yield "not-charged"
    elif seen.charged is None and (since is None or now - since < QUIET_BEFORE_A_DISCHARGE):
        yield "charge-unknown"


def until(kind: Kind, finding: str, seen: Conditions, now: float) -> float:
    """Until when a scheduled test is put off for that reason (IEC 62034, 5.1 and 5.2)."""
    if finding == "supply-failed" and seen.ended_at is not None:
        return seen.ended_at + QUIET.get(kind, QUIET_BEFORE_A_DISCHARGE)
    if finding == "charge-unknown" and seen.known_since is not None and not seen.tells_charge:
        return seen.known_since + QUIET_BEFORE_A_DISCHARGE
    return now + PUT_OFF.get(finding, 3600.0)


PUT_OFF: Mapping[str, float] = {"silent": 900.0, "mains-unknown": 900.0, "fire-alarm-unknown": 900.0, "at-once": 60.0}
"""Seconds until it is tried again for reasons that may pass soon; an hour for all others (proposed)."""
