"""Wear and age of one asset: what was used since the last service, what leaked, when it is due. Knows no limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from gateway.assets.function import Derived, Function, Memory, Parameters, Run
from gateway.model import BadReading, Text, Value

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LARGEST_LOSS = 0.050
"""kg in a year, for a charge of 1 kg and more; 5 % of a smaller charge (GB 4351, 6.7)."""
LOSS_SHARE = 0.05

FIRST_SERVICE = {"water": 3, "foam": 3, "powder": 5, "co2": 5, "clean-agent": 5}
"""Years from manufacture to the first service (GB 50444-2008, 5.4.3; foam is water-based there)."""
NEXT_SERVICE = {"water": 1, "foam": 1, "powder": 2, "co2": 2, "clean-agent": 2}
"""Years from each service to the next (same clause)."""
LIFE = {"water": 6, "foam": 6, "powder": 10, "clean-agent": 10, "co2": 12}
"""Years from manufacture to scrapping (GB 50444-2008, 5.4)."""


def _since_service(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    counter, at_service = float(inputs["counter"]), float(inputs["at_service"])
    if at_service != memory.get("at_service"):
        memory = {"at_service": at_service, "highest": counter}
    if counter > memory["highest"]:
        memory = {**memory, "highest": counter}
    least = max(at_service, memory["highest"])
    if counter < least:
        return Derived(BadReading("counter-reset", f"{counter:g} is below {least:g} seen before"), memory)
    return Derived(counter - at_service, memory)


SINCE_SERVICE = Function(
    _since_service, {"counter": "number", "at_service": "number"}, "number", keeps=("at_service", "highest")
)
"""``counter`` less what it stood at when serviced, in its unit (operations, hours).

A counter that is below ``at_service`` or below what it was gives ``counter-reset`` until it is above again or
``at_service`` is given anew: after a new controller nobody knows how much was used.
"""


def _share_of_loss(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    mass, full, charge = (float(inputs[name]) for name in ("mass", "full_mass", "charge"))
    if not 0 < charge <= full:
        return Derived(BadReading("out-of-validity", f"a charge of {charge:g} kg in {full:g} kg"))
    allowed = min(LOSS_SHARE * charge, LARGEST_LOSS)
    if mass < full - charge - allowed:
        return Derived(BadReading("out-of-validity", f"{mass:g} kg is less than the empty cylinder: not on the scale"))
    if mass > full + allowed:
        return Derived(BadReading("out-of-validity", f"{mass:g} kg is more than the full {full:g} kg"))
    return Derived((full - mass) / allowed * 100.0)


SHARE_OF_ALLOWED_LOSS = Function(
    _share_of_loss, {"mass": "number", "full_mass": "number", "charge": "number"}, "number", unit="%"
)
"""Mass lost, in % of what may be lost: ``(full_mass − mass) ÷ min(5 % of charge, 0.050 kg) · 100`` (GB 4351, 6.7).

All in kg: ``mass`` as weighed, ``full_mass`` of the whole extinguisher when full, ``charge`` of its agent. Slightly
below 0 by the scale's noise. A mass that cannot be (off the scale, too heavy) is ``out-of-validity``.
"""


def years_later(date: float, years: int) -> float:
    """The same day and time of day ``years`` later (seconds since 1970); 29 February becomes the 28th.

    Counted in UTC: in any zone with the same clock at both ends it is the same local day.
    """
    moment = EPOCH + timedelta(seconds=date)
    day = 28 if (moment.month, moment.day) == (2, 29) else moment.day
    return moment.replace(year=moment.year + years, day=day).timestamp()


def _refuses(facts: Mapping[str, Value]) -> Text | None:
    agent = facts.get("agent")
    if agent is None or agent in LIFE:
        return None
    known = ", ".join(LIFE)
    return {"zh": f"GB 50444 没有灭火剂 {agent} 的年限({known})", "en": f"GB 50444 has no years for {agent} ({known})"}


def _dated(date: Run) -> Run:
    """``date`` for the agents that the tables know."""

    def run(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
        refused = _refuses(inputs)
        if refused:
            return Derived(BadReading("not-applicable", refused["en"]))
        return date(inputs, memory, now, parameters)

    return run


def _service_due(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    agent, made = str(inputs["agent"]), float(inputs["made_on"])
    serviced = float(inputs.get("last_service", made))
    if serviced < made:
        return Derived(BadReading("out-of-validity", "serviced before it was made"))
    return Derived(years_later(serviced, (NEXT_SERVICE if "last_service" in inputs else FIRST_SERVICE)[agent]))


def _retire_on(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    return Derived(years_later(float(inputs["made_on"]), LIFE[str(inputs["agent"])]))


SERVICE_DUE = Function(
    _dated(_service_due), {"agent": "text", "made_on": "number"}, "date",
    optional={"last_service": "number"}, refuses=_refuses,
)  # fmt: skip
"""When an extinguisher is next due for service by GB 50444: years after ``made_on``, then after each ``last_service``.

First after 3 years (water, foam) or 5 (powder, CO₂, clean agent), then every year or every 2. Dates are seconds since
1970. Whoever has no record of a service is asked for the first, which is the earlier.
"""

RETIRE_ON = Function(_dated(_retire_on), {"agent": "text", "made_on": "number"}, "date", refuses=_refuses)
"""When an extinguisher is to be scrapped by GB 50444: 6 years (water, foam), 10 (powder, clean agent), 12 (CO₂)."""
