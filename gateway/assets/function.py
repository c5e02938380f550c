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
    optional: Mapping[str, PointType] = field(default_factory=dict)
    """Inputs that it can do without: one that is missing or bad is not handed to ``run``."""
    refuses: Callable[[Mapping[str, Value]], Text | None] | None = None
    """Handed the inputs that are facts: why, with these, there can never be a value; None when there can."""

    def compute(
        self, inputs: Mapping[str, Reading], memory: Memory | None, now: float, parameters: Parameters | None = None
    ) -> Derived:
        """The value now. An input that is missing, bad or of the wrong type gives a BadReading that names it."""
        remembered = memory or {}
        for name, type_name in self.inputs.items():
            wrong = _wrong(inputs.get(name), type_name)
            if wrong:
                kept = {key: remembered[key] for key in self.keeps if key in remembered}
                return Derived(BadReading("unknown-input", f"{name}: {wrong}"), kept or None)
        usable = [name for name, type_name in self.optional.items() if not _wrong(inputs.get(name), type_name)]
        known: dict[str, Value] = {name: inputs[name] for name in (*self.inputs, *usable)}  # type: ignore[misc]  # checked
        return self.run(known, remembered, now, {**self.parameters, **(parameters or {})})


def _wrong(reading: Reading | None, type_name: PointType) -> str:
    """Why ``reading`` cannot be used as an input of that type; empty when it can."""
    if reading is None:
        return "absent"
    if isinstance(reading, BadReading):
        return str(reading)
    told: PointType = "boolean" if isinstance(reading, bool) else "text" if isinstance(reading, str) else "number"
    return "" if told == type_name else f"a {told}, not a {type_name}"
