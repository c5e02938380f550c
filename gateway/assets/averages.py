"""Means over time and shares of a whole. Knows no limits.

A mean is bad until most of its period was seen: what nobody measured has no mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value

SLOTS = 30
"""A period is remembered in so many parts: bounded, however often the value is read."""
UNSAVED = 60.0
ROUNDING = 1e-9
TOO_LITTLE = BadReading("too-little-seen", "the value was not known for most of the period")
Slot: TypeAlias = list[float]
"""Its number since 1970, seconds of it that were known, mean of what was known; never changed, but replaced."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What is added up: a reading from ``low`` to ``high``, as a quantity that may be averaged, and back."""

    into: Callable[[float], float]
    back: Callable[[float], float]
    low: float = -math.inf
    high: float = math.inf


PLAIN = Scale(float, float)
DECIBEL = Scale(lambda level: 10.0 ** (level / 10.0), lambda energy: 10.0 * math.log10(energy), -20.0, 200.0)


def _filled(memory: Memory, now: float, period: float) -> list[Slot]:
    """The slots with the last value put in from when it came until ``now``; those out of reach are dropped."""
    if memory.get("period") != period:
        return []  # what was remembered in other parts
    size, slots = period / SLOTS, list(memory["slots"])
    since, oldest = memory.get("since"), int(now // size) - SLOTS
    if since is not None:
        number = max(int(since // size), oldest)
        while since < now:
            end = min(now, (number + 1) * size)
            _put(slots, number, end - max(since, number * size), memory["value"])
            since, number = max(since, end), number + 1
    return [slot for slot in slots if slot[0] >= oldest]


def _put(slots: list[Slot], number: int, seconds: float, value: float) -> None:
    if seconds <= 0.0:
        return
    if slots and slots[-1][0] == number:
        _, known, mean = slots.pop()
        seconds += known
        value = value + (mean - value) * known / seconds
    slots.append([number, seconds, value])


def _mean(slots: Sequence[Slot], needed: float) -> float | None:
    """The mean of all ``slots``; None when less than ``needed`` seconds are known."""
    total = weighed = 0.0
    for _, known, mean in slots:
        total += known
        weighed += known * mean
    if total <= 0.0 or total < needed * (1.0 - ROUNDING):
        return None
    means = [mean for _, _, mean in slots]
    return min(max(weighed / total, min(means)), max(means))  # so that the mean of equal values is that very value


def _mean_on(scale: Scale) -> Function:
    def run(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
        value, period = float(inputs["value"]), float(parameters["period"])
        if not scale.low <= value <= scale.high:
            memory = in_silence({}, memory, now, parameters).memory or {}
            return Derived(BadReading("out-of-validity", f"{value:g} is not {scale.low:g} … {scale.high:g}"), memory)
        slots, present = _filled(memory, now, period), int(now // (period / SLOTS))
        mean = _mean([slot for slot in slots if slot[0] < present], period * float(parameters["least"]))
        since = max(now, memory.get("since", now))
        kept = {"period": period, "slots": slots, "since": since, "value": scale.into(value)}
        again = max((present + 1) * period / SLOTS, math.nextafter(now, math.inf))
        return Derived(TOO_LITTLE if mean is None else scale.back(mean), kept, again)

    def in_silence(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
        period = float(parameters["period"])
        slots = _filled(memory, now, period)
        return Derived(TOO_LITTLE, {"period": period, "slots": slots} if slots else None)

    return Function(
        run, {"value": "number"}, "number",
        parameters={"period": 900.0, "least": 0.8}, in_silence=in_silence, unsaved=UNSAVED,
    )  # fmt: skip


MEAN_WITHIN = _mean_on(PLAIN)
"""Mean of ``value`` over ``period`` seconds, each reading weighted with the time until the next one.

Told anew after each thirtieth of the period (counted from 1970), for the thirty that are over: else every reading would
be a change. Bad with ``too-little-seen`` until ``least`` (0 … 1) of them is covered by known values.
"""

EQUIVALENT_LEVEL = _mean_on(DECIBEL)
"""Equivalent continuous level of ``value`` (dB, −20 … 200) over ``period`` seconds: 10·lg of the mean of 10^(L/10).

The definition of L_eq (ISO 1996-1). Meant for short-time levels (L_eq of 1 s, or a fast-weighted level read at least
once a second); bad as ``mean_within`` is. A plain mean of decibels would tell noise too low.
"""


def _share(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    part, whole, least = float(inputs["part"]), float(inputs["whole"]), float(parameters["least"])
    if whole <= 0.0 or whole < least:
        return Derived(BadReading("too-few", f"{whole:g} in all, at least {least:g} are needed"))
    if not 0.0 <= part <= whole:
        return Derived(BadReading("out-of-validity", f"{part:g} of {whole:g}"))
    return Derived(100.0 * part / whole)


SHARE = Function(_share, {"part": "number", "whole": "number"}, "number", unit="%", parameters={"least": 1.0})
"""``part`` of ``whole`` in %, 0 … 100: lamps that are lit, cards that were refused.

Bad with ``too-few`` while ``whole`` is below ``least``, as a share of few says little; bad when part exceeds whole.
"""
