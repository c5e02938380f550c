"""What a derived point's function is and what it returns; every family of functions is written against this.

Pure: it is handed readings, its own memory and the time, and knows neither assets nor files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gateway.kinds import PointType
from gateway.model import BadReading, Reading, Text, Value

Memory: TypeAlias = Mapping[str, Any]
"""What a function remembers from one call to the next; plain JSON values, because it is stored with the state."""
Parameters: TypeAlias = Mapping[str, float | str]


@dataclass(frozen=True, slots=True)
class Derived:
    """What a function made of its inputs.

    ``again`` is the time (steady seconds since 1970) at which the value changes by itself, without a new input.
    """

    value: Reading
    memory: Memory | None = None
    again: float | None = None


Run: TypeAlias = Callable[[Mapping[str, Value], Memory, float, Parameters], Derived]
"""Inputs (all known), memory (empty at first), now, parameters (complete)."""


@dataclass(frozen=True, slots=True)
class Function:
    """A named function: what it needs and gives. ``compute`` is what callers use."""

    run: Run
    inputs: Mapping[str, PointType]
    gives: PointType
    unit: str = ""
    """Unit of the result; empty when it has none or keeps its input's."""
    parameters: Parameters = field(default_factory=dict)
    """Every parameter with its default."""
    keeps: tuple[str, ...] = ()
    """What of the memory outlives a time without inputs; the rest would bridge a gap that nobody saw."""
    in_silence: Run | None = None
    """Run instead while an input is unknown, with those that are known: what is about the past stands although the
    sensor is silent now. ``now`` is until when all inputs were known. A BadReading means that nothing stands.
    """
    unsaved: float = 0.0
    """For so many seconds a change of the memory may go unsaved: a crash forgets that much of it."""
    takes_times: bool = False
    """It tells how long something took from one reading to another: where nobody knows when one was said, it is as if
    the inputs had been unknown before it.
    """
    optional: Mapping[str, PointType] = field(default_factory=dict)
    """Inputs that it can do without: one that is missing or bad is not handed to ``run``."""
    refuses: Callable[[Mapping[str, Value]], Text | None] | None = None
    """Handed the inputs that are facts: why, with these, there can never be a value; None when there can."""

    def compute(
        self, inputs: Mapping[str, Reading], memory: Memory | None, now: float, parameters: Parameters | None = None
    ) -> Derived:
        """The value now. An input that is missing, bad or of the wrong type gives a BadReading that names it."""
        remembered, given = memory or {}, {**self.parameters, **(parameters or {})}
        known: dict[str, Value] = {}
        unknown = ""
        for name, type_name in (*self.inputs.items(), *self.optional.items()):
            reading = inputs.get(name)
            wrong = _wrong(reading, type_name)
            if not wrong:
                known[name] = reading  # type: ignore[assignment]  # no BadReading, as _wrong says
            elif name in self.inputs:
                unknown = unknown or f"{name}: {wrong}"
        if unknown:
            return self._without(BadReading("unknown-input", unknown), known, remembered, now, given)
        return self.run(known, remembered, now, given)

    def _without(
        self, unknown: BadReading, known: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters
    ) -> Derived:
        if self.in_silence is None:
            return Derived(unknown, {key: memory[key] for key in self.keeps if key in memory} or None)
        standing = self.in_silence(known, memory, now, parameters)
        value = unknown if isinstance(standing.value, BadReading) else standing.value
        return Derived(value, standing.memory, standing.again)


def _wrong(reading: Reading | None, type_name: PointType) -> str:
    """Why ``reading`` cannot be used as an input of that type; empty when it can."""
    if reading is None:
        return "absent"
    if isinstance(reading, BadReading):
        return str(reading)
    told: PointType = "boolean" if isinstance(reading, bool) else "text" if isinstance(reading, str) else "number"
    return "" if told == type_name else f"a {told}, not a {type_name}"
