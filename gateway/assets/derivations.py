"""Keeps derived points up to date: when an input changes, or when a function asked to be computed again."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.assets.derived import FUNCTIONS
from gateway.assets.latest import Latest
from gateway.errors import FORMULA_FAULTS
from gateway.estate import Asset, DerivedPoint
from gateway.model import BadReading, Reading

log = logging.getLogger(__name__)


class Derivations:
    """The derived points of a site, with the memory of each (JSON-able, kept by the store)."""

    def __init__(
        self, assets: Iterable[Asset], latest: Latest, memories: Mapping[int, Any], left: Mapping[int, float]
    ) -> None:
        self.latest = latest
        self._left = left
        self.memories: dict[int, Any] = dict(memories)
        self.again: dict[int, float] = {}
        """Derived point id → when it must be computed anew; taken away by whoever plans it."""
        self._saved_at: dict[int, float] = {}
        self._by_id: dict[int, DerivedPoint] = {}
        self._by_input: dict[int, list[DerivedPoint]] = defaultdict(list)
        for asset in assets:
            for derived in asset.derived:
                self._by_id[derived.id] = derived
                for point in derived.inputs.values():
                    self._by_input[point].append(derived)

    def begin(self, now: float, until: float) -> tuple[list[int], dict[int, Any]]:
        """Cold start: what is remembered meets the silence since ``until``, when readings were last taken in.

        The silence of a point that was not among the site's began earlier: when it had left.
        Also computes what rests on facts alone. Returns the ids that have a value now, and new memories.
        """
        changed: list[int] = []
        remembered: dict[int, Any] = {}
        for derived in self._by_id.values():
            if self._rests_on_facts(derived):
                self._compute(derived, changed, remembered, now)
            elif derived.id in self.memories:
                # Where the last changes may have gone unsaved, nothing is known of the time since they were saved.
                heard = min(until, self._left.get(derived.id, until))
                self._compute(derived, changed, remembered, now, 0.0 if _unsaved(derived) else heard)
        standing = [point for point in changed if not isinstance(self.latest.values[point], BadReading)]
        remembered.update(self.recompute(standing, now))
        return standing, remembered

    def recompute(self, changed: list[int], now: float, undated: bool = False) -> dict[int, Any]:
        """Compute what follows from ``changed`` and append to it what changed in turn; returns new memories.

        ``undated``: when they changed is not known, so that what takes times has seen nothing of the time before.
        """
        remembered: dict[int, Any] = {}
        by_input = self._by_input
        for point in changed:  # grows while it is walked: derived points may feed derived points
            if point in by_input:
                for derived in by_input[point]:
                    if undated:
                        self._interrupt(derived, now)
                    self._compute(derived, changed, remembered, now)
        return remembered

    def _interrupt(self, derived: DerivedPoint, now: float) -> None:
        function = FUNCTIONS.get(derived.function)
        if function and function.takes_times:
            memory = self.memories.get(derived.id)
            self.memories[derived.id] = function.compute({}, memory, now, derived.parameters).memory

    def compute(self, point: int, now: float) -> tuple[list[int], dict[int, Any]]:
        """Compute one derived point because its time has come; returns changed ids and new memories."""
        changed: list[int] = []
        remembered: dict[int, Any] = {}
        self._compute(self._by_id[point], changed, remembered, now)
        remembered.update(self.recompute(changed, now))
        return changed, remembered

    def _compute(
        self,
        derived: DerivedPoint,
        changed: list[int],
        remembered: dict[int, Any],
        now: float,
        until: float | None = None,
    ) -> None:
        reading, memory, again = self._evaluate(derived, now if until is None else until)
        if memory != self.memories.get(derived.id):
            self.memories[derived.id] = memory
            if self._is_to_be_saved(derived, now):
                remembered[derived.id] = memory
        if again is not None:
            self.again[derived.id] = again
        if self.latest.set(derived.id, reading, now):
            changed.append(derived.id)

    def _rests_on_facts(self, derived: DerivedPoint) -> bool:
        optional = FUNCTIONS[derived.function].optional if derived.function in FUNCTIONS else {}
        needed = [point for name, point in derived.inputs.items() if name not in optional]
        return not any(isinstance(self.latest.values[point], BadReading) for point in needed)

    def _is_to_be_saved(self, derived: DerivedPoint, now: float) -> bool:
        unsaved = _unsaved(derived)
        if unsaved and 0.0 <= now - self._saved_at.get(derived.id, 0.0) < unsaved:
            return False
        self._saved_at[derived.id] = now
        return True

    def _evaluate(self, derived: DerivedPoint, now: float) -> tuple[Reading, Any, float | None]:
        inputs = {name: self.latest.values[point] for name, point in derived.inputs.items()}
        memory = self.memories.get(derived.id)
        try:
            result = FUNCTIONS[derived.function].compute(inputs, memory, now, derived.parameters)
        except FORMULA_FAULTS as fault:
            log.error("%s failed on %s: %s", derived.function, inputs, fault)
            return BadReading("formula-failed", f"{derived.function}: {fault}"), memory, None
        return result.value, result.memory, result.again


def _unsaved(derived: DerivedPoint) -> float:
    function = FUNCTIONS.get(derived.function)
    return function.unsaved if function else 0.0
