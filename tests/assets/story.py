"""Feeds a derived function one moment after another, as the pipeline does."""

from __future__ import annotations

from gateway.assets.derived import FUNCTIONS, Derived, Memory
from gateway.model import Reading


class Story:
    """One derived point through time; ``at`` counts in seconds."""

    def __init__(self, function: str, **parameters: float | str) -> None:
        self.function = FUNCTIONS[function]
        self.parameters = parameters
        self.memory: Memory | None = None
        self.last: Derived = Derived(False)

    def at(self, second: float, **inputs: Reading) -> Reading:
        self.last = self.function.compute(inputs, self.memory, 1_000_000.0 + second, self.parameters)
        self.memory = self.last.memory
        return self.last.value

    def again(self) -> float | None:
        """In which second the function wants to be computed again."""
        return None if self.last.again is None else self.last.again - 1_000_000.0
