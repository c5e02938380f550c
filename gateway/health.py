"""Whether the gateway itself is well: each part shows signs of life, and silence counts against it. Knows no parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

SILENCE = 10.0
"""Seconds without a sign of life after which a part counts as stalled, unless it is expected to be slower."""


class State(StrEnum):
    """How a part of the gateway is."""

    STARTING = "starting"
    WELL = "well"
    DEGRADED = "degraded"
    """It goes on, but not all that it is for can be done: a receiver is down, say."""
    STALLED = "stalled"
    FAILED = "failed"


@dataclass(slots=True)
class _Part:
    limit: float
    since: float
    beaten: bool = False
    failure: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """One part as told to the outside; ``silent`` is seconds since its last sign of life (or since it was expected)."""

    name: str
    state: State
    silent: float
    limit: float
    detail: str


class Health:
    """Signs of life by name. ``now`` is a clock in seconds; all times given here are of that clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._parts: dict[str, _Part] = {}

    def expect(self, name: str, limit: float = SILENCE) -> None:
        """From now on ``name`` has to show a sign of life every ``limit`` seconds, the first one included."""
        self._parts[name] = _Part(limit, self._now())

    def beat(self, name: str) -> None:
        """``name`` has just proven that it goes on; this also ends a failure."""
        part = self._parts.setdefault(name, _Part(SILENCE, 0.0))
        part.since, part.beaten, part.failure = self._now(), True, ""

    def fail(self, name: str, why: str) -> None:
        """``name`` has broken down; it counts as failed until it beats again."""
        part = self._parts.setdefault(name, _Part(SILENCE, self._now()))
        part.failure = why or "failed"

    def doubt(self, name: str, why: str) -> None:
        """``name`` goes on, but cannot do all that it is for; until told again with ""."""
        self._parts.setdefault(name, _Part(SILENCE, self._now())).doubt = why

    def components(self) -> tuple[Component, ...]:
        """Every part, by name."""
        now = self._now()
        return tuple(_judge(name, part, now) for name, part in sorted(self._parts.items()))

    @property
    def healthy(self) -> bool:
        """No part is stalled or failed. Without any part there is no evidence, and that is not health."""
        states = {each.state for each in self.components()}
        return bool(states) and not states & {State.STALLED, State.FAILED}

    @property
    def alive(self) -> bool:
        """No part has fallen silent, and at least one shows signs of life: what failed and says so is alive."""
        states = {each.state for each in self.components()}
        return State.STALLED not in states and bool(states & {State.WELL, State.DEGRADED, State.FAILED})

    @property
    def ready(self) -> bool:
        """Every part has shown itself and goes on."""
        states = {each.state for each in self.components()}
        return bool(states) and states <= {State.WELL, State.DEGRADED}

    @property
    def degraded(self) -> bool:
        """Some part cannot do all that it is for, although it goes on."""
        return any(each.state is State.DEGRADED for each in self.components())


def _judge(name: str, part: _Part, now: float) -> Component:
    silent = max(now - part.since, 0.0)
    if part.failure:
        state = State.FAILED
    elif silent > part.limit:
        state = State.STALLED
    elif part.beaten:
        state = State.DEGRADED if part.doubt else State.WELL
    else:
        state = State.STARTING
    detail = part.failure or (f"silent for {silent:.0f} s" if state is State.STALLED else part.doubt)
    return Component(name, state, round(silent, 3), part.limit, detail)
