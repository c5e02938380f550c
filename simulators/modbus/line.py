"""The units on one wire and their manners: silence, delay, forced exceptions. Knows no socket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from simulators.modbus.framing import Request
from simulators.modbus.pdu import Code, Table, Unit, Write, answer, exception, parse_write


@dataclass
class Manners:
    """How a unit behaves towards who asks it. The delay is real seconds on the wire, not simulated ones."""

    delay_s: float = 0.0
    silent: bool = False
    exception: int | None = None


@dataclass(frozen=True)
class Answer:
    """What to send, and how many real seconds later."""

    pdu: bytes
    delay_s: float


@dataclass
class _Watched:
    """A unit, and whether what was written to it did anything."""

    unit: Unit
    acted: bool = False

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        return self.unit.read(table, address, count)

    def write(self, table: Table, address: int, values: Sequence[int]) -> bool:
        self.acted = self.unit.write(table, address, values)
        return self.acted


@dataclass
class Line:
    """Units by their number. A unit that is not there is silent, or refused with 0x0B as TCP gateways do."""

    units: Mapping[int, Unit]
    refuse_absent: bool = False
    on_write: Callable[[int, Write], None] = lambda _unit, _write: None
    manners: dict[int, Manners] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def manners_of(self, unit: int) -> Manners:
        """The manners of a unit, to be changed in place."""
        return self.manners.setdefault(unit, Manners())

    def reply(self, request: Request) -> Answer | None:
        """The answer to a request; None is silence."""
        self.counts["requests"] += 1
        unit = self.units.get(request.unit)
        watched = None if unit is None else _Watched(unit)
        reply = self._reply(request, watched)
        self._note_write(request, acted=watched is not None and watched.acted)
        return reply

    def _reply(self, request: Request, unit: Unit | None) -> Answer | None:
        if unit is None:
            return Answer(exception(request.pdu[0], Code.NO_TARGET), 0.0) if self.refuse_absent else None
        manners = self.manners_of(request.unit)
        if manners.silent:
            return None
        if manners.exception is not None:
            return Answer(exception(request.pdu[0], manners.exception), manners.delay_s)
        return Answer(answer(unit, request.pdu), manners.delay_s)

    def _note_write(self, request: Request, *, acted: bool) -> None:
        write = parse_write(request.pdu)
        if write is not None:
            self.counts["writes"] += 1
            self.on_write(request.unit, replace(write, acted=acted))
