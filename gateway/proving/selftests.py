"""Has zones of the perimeter try themselves, where their device can: each day, in the window of tests, until they act.

Knows who has such a command and whether it has acted today; the day's line of the log book is written elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.assets.latest import Latest
from gateway.assets.windows import instant, local_day
from gateway.estate import Asset, Estate
from gateway.model import BadReading
from gateway.proof_tests.command import Command
from gateway.proving.surroundings import Surroundings

AGAIN = 900.0
"""Seconds after which a zone that has not acted is tried again (proposed)."""
TRIES = 3
"""A zone that has not acted after so many tries in a day needs a person (proposed)."""
ACTS_WITHIN = 60.0
"""Seconds after its try within which an activation counts as its answer; a try that is not sent by then is not sent."""


@dataclass(slots=True)
class Zone:
    """One such asset. ``acted``: the id of the point that tells when it first acted today."""

    asset: Asset
    command: str
    acted: int
    day: int = 0
    tries: int = 0
    tried_at: float = float("-inf")


class SelfTests:
    """Of all zones of a site. What was tried is not stored: after a restart a zone may be tried once more."""

    def __init__(self, estate: Estate, latest: Latest, around: Surroundings) -> None:
        self._zone, self._rules = estate.timezone, estate.proof_tests
        self._latest, self._around = latest, around
        self.zones = {each.asset.name: each for each in _zones(estate)} if self._rules else {}

    def look(self, now: float) -> list[Command]:
        """What is to be sent now."""
        if not self.zones or not self._around.trusted or self._around.open_until(now) is None:
            return []
        if self._around.fire_alarm() is not False:
            return []
        return [self._try(each, now) for each in self.zones.values() if self._is_due(each, now)]

    def due(self, now: float) -> float | None:
        """When ``look`` may have something to do."""
        waiting = [max(each.tried_at + AGAIN, now + 1.0) for each in self.zones.values() if self._waits(each, now)]
        if not waiting or self._around.open_until(now) is None:
            return self._around.next_edge(now) if self.zones else None
        return min(waiting)

    def wanted(self, command: Command, now: float) -> bool:
        """Whether a try is still to go out now that its turn has come."""
        zone = self.zones.get(command.asset)
        return zone is not None and zone.command == command.name and now - zone.tried_at <= ACTS_WITHIN

    def answers(self, asset: str, acted_at: float) -> bool:
        """Whether that activation was the answer to a try."""
        zone = self.zones.get(asset)
        return zone is not None and 0.0 <= acted_at - zone.tried_at <= ACTS_WITHIN

    def _today(self, now: float) -> int:
        return local_day(now + self._around.ahead, self._zone).toordinal()

    def _waits(self, zone: Zone, now: float) -> bool:
        tries = zone.tries if zone.day == self._today(now) else 0
        return tries < TRIES and not self._has_acted(zone, now)

    def _is_due(self, zone: Zone, now: float) -> bool:
        return self._waits(zone, now) and now - zone.tried_at >= AGAIN

    def _has_acted(self, zone: Zone, now: float) -> bool:
        told = self._latest.values[zone.acted]
        begins = instant(local_day(now + self._around.ahead, self._zone), 0, self._zone) - self._around.ahead
        return not isinstance(told, BadReading | str) and told >= begins

    def _try(self, zone: Zone, now: float) -> Command:
        today = self._today(now)
        zone.day, zone.tries, zone.tried_at = today, zone.tries + 1 if zone.day == today else 1, now
        return Command(0, zone.asset.name, zone.command, stops=False)


def _zones(estate: Estate) -> Iterator[Zone]:
    rules = estate.proof_tests
    for asset in estate.assets.values():
        daily = estate.kinds[asset.kind].daily if asset.kind in estate.kinds else None
        covered = rules is not None and rules.covers(asset.name)
        if covered and daily and daily.command in asset.commands and daily.acted in asset.ids:
            yield Zone(asset, daily.command, asset.ids[daily.acted])
