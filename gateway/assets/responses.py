"""How soon an effect follows its cause: a lamp its switch, a reversing door the obstruction. Knows no limits.

Both ends are known to one polling interval, so a limit of 1 s needs a poll at least twice a second. A response that a
silence interrupts was not seen, and proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value

REFRESH = 0.5
TIMING: Parameters = {"give_up": 60.0, "refresh": REFRESH}
REVERSING: Parameters = {
    "closing": "closing", "opening": "opening", "open": "open", "give_up": 10.0, "refresh": REFRESH,
}  # fmt: skip
NO_RESPONSE = BadReading("no-response-seen", "no cause was seen together with its effect yet")
NO_REVERSAL = BadReading("no-reversal-seen", "no obstruction while closing was seen yet")


@dataclass(frozen=True, slots=True)
class Waiting:
    """For an effect since ``since``. ``whole``: the cause was seen to come, and did not just stand there."""

    since: float
    whole: bool
    previous: float | None
    """The response before this one, s."""

    def bound(self, now: float, give_up: float) -> float | None:
        """What is known of the response as long as it has not come: it takes longer than this; None for nothing.

        A short wait proves neither a quick nor a slow response; it is only told beside one that was measured.
        """
        waited = max(now - self.since, 0.0)
        if self.previous is not None:
            return max(self.previous, waited)
        return waited if waited >= give_up else None

    def memory(self) -> dict[str, float | bool | None]:
        """Without ``last``, which outlives a silence."""
        return {"since": self.since, "whole": self.whole, "previous": self.previous}


def _waiting(memory: Memory) -> Waiting | None:
    return Waiting(memory["since"], memory["whole"], memory["previous"]) if "since" in memory else None


def _begun(memory: Memory, now: float, cause: bool) -> Waiting | None:
    """A cause that came, or that stands there since before the watching began."""
    if not cause or memory.get("cause") is True or memory.get("effect") is True:
        return None
    return Waiting(now, memory.get("cause") is False, memory.get("last"))


def _told(waiting: Waiting, now: float, parameters: Parameters, nothing: BadReading) -> Derived:
    """While it is waited for."""
    give_up = float(parameters["give_up"])
    bound, until = waiting.bound(now, give_up), waiting.since + give_up
    again = min(now + float(parameters["refresh"]), until) if now < until else None
    return Derived(nothing if bound is None else bound, waiting.memory(), again)


def _response(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    cause, effect = bool(inputs["cause"]), bool(inputs["effect"])
    waiting, last = _waiting(memory) or _begun(memory, now, cause), memory.get("last")
    if waiting and cause and not effect:
        return _told(waiting, now, parameters, NO_RESPONSE)
    if waiting:
        seen = effect and waiting.whole
        last = max(now - waiting.since, 0.0) if seen else waiting.bound(now, float(parameters["give_up"]))
    kept = {"cause": cause, "effect": effect, **({} if last is None else {"last": last})}
    return Derived(NO_RESPONSE if last is None else last, kept)


RESPONSE_TIME = Function(
    _response, {"cause": "boolean", "effect": "boolean"}, "number", unit="s",
    parameters=TIMING, keeps=("last",), takes_times=True,
)  # fmt: skip
"""Seconds from when ``cause`` was seen to come until ``effect`` was; of the last time.

A response that has not come is told as the time waited so far once that is longer than the response before, and from
``give_up`` seconds on in any case; then it stands at that. A cause that goes before its effect came leaves what was
waited. A cause that was there before the watching began, or an effect that was, is no measurement. Bad with
``no-response-seen`` until the first one. Error: one polling interval of either point.
"""


def _is_reversing(inputs: Mapping[str, Value], parameters: Parameters) -> tuple[bool, bool]:
    """Whether it closes onto an obstruction, and whether it has turned back."""
    status = inputs["status"]
    return status == parameters["closing"] and inputs["obstruction"] is True, status in (
        parameters["opening"], parameters["open"],
    )  # fmt: skip


def _reversal(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    cause, effect = _is_reversing(inputs, parameters)
    waiting, last = _waiting(memory) or _begun({**memory, "effect": False}, now, cause), memory.get("last")
    if waiting and not effect:
        return _told(waiting, now, parameters, NO_REVERSAL)
    if waiting:
        last = max(now - waiting.since, 0.0) if waiting.whole else waiting.bound(now, float(parameters["give_up"]))
    kept = {"cause": cause, **({} if last is None else {"last": last})}
    return Derived(NO_REVERSAL if last is None else last, kept)


REVERSAL_TIME = Function(
    _reversal, {"status": "text", "obstruction": "boolean"}, "number", unit="s",
    parameters=REVERSING, keeps=("last",), takes_times=True,
)  # fmt: skip
"""Seconds from an obstruction seen while ``status`` is ``closing`` until it is ``opening`` (or already ``open``).

Told as ``response_time`` is, but the wait goes on when the obstruction leaves, or the door shuts: only turning back
ends it. An obstruction and its reversal within one poll are not seen. Bad with ``no-reversal-seen`` until the first.
"""


def _last_reversal(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    timing: Memory = memory.get("timing") or {}
    waiting, (_, effect) = _waiting(timing), _is_reversing(inputs, parameters)
    last = memory.get("last")
    if waiting and waiting.whole and effect and now - waiting.since <= float(parameters["limit"]):
        last = now
    timing = _reversal(inputs, timing, now, parameters).memory or {}
    return Derived(NO_REVERSAL if last is None else last, {"timing": dict(timing), "last": last})


def _last_reversal_in_silence(
    inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters
) -> Derived:
    last = memory.get("last")
    return Derived(NO_REVERSAL) if last is None else Derived(last, {"last": last})


LAST_REVERSAL = Function(
    _last_reversal, {"status": "text", "obstruction": "boolean"}, "date",
    parameters={**REVERSING, "limit": 1.0}, in_silence=_last_reversal_in_silence, takes_times=True,
)  # fmt: skip
"""When it last reversed within ``limit`` seconds, as ``reversal_time`` sees it (seconds since 1970).

The proof that it can: it stands while the inputs are unknown. Bad with ``no-reversal-seen`` until the first one.
"""
