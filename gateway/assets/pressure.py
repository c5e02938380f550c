"""Gas pressure of an extinguisher, freed from the temperature of the day; knows no limits."""

from __future__ import annotations

import math
from collections.abc import Mapping

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Text, Value

ATMOSPHERE = 0.101325
"""MPa"""
KELVIN = 273.15
COLDEST, HOTTEST = -20.0, 55.0
"""°C: the range that the gauge's green band is made for."""
PERMANENT_GAS = frozenset({"powder", "water", "foam"})
"""Agents that are driven out by nitrogen or air, which follow the gas law."""


def at_20c(pressure: float, temperature: float) -> float:
    """Gauge pressure (MPa) that a constant volume of gas measured at ``temperature`` (°C) has at 20 °C.

    ``(p + 0.101325) · 293.15 / (T + 273.15) − 0.101325``: Gay-Lussac's law on absolute pressure, ideal gas, constant
    volume. Meant for −20 … 55 °C. Example: 1.111 MPa at 0 °C is 1.200 MPa at 20 °C.
    """
    return (pressure + ATMOSPHERE) * (20.0 + KELVIN) / (temperature + KELVIN) - ATMOSPHERE


def _refuses(facts: Mapping[str, Value]) -> Text | None:
    """The vapour pressure of CO₂ and of clean agents says nothing of how much is left: those are weighed."""
    agent = str(facts.get("agent", "powder"))
    if agent in PERMANENT_GAS:
        return None
    return {
        "zh": f"灭火剂 {agent} 以称重判定,不以压力判定",
        "en": f"agent {agent} is judged by its mass, not by pressure",
    }


def _at_20c(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    pressure, temperature = float(inputs["pressure"]), float(inputs["temperature"])
    refused = _refuses(inputs)
    if refused:
        return Derived(BadReading("not-applicable", refused["en"]))
    if not COLDEST <= temperature <= HOTTEST:
        return Derived(BadReading("out-of-validity", f"{temperature:g} °C is outside {COLDEST:g} … {HOTTEST:g} °C"))
    if not math.isfinite(pressure) or pressure < -ATMOSPHERE:
        return Derived(BadReading("out-of-validity", f"{pressure:g} MPa is below a vacuum"))
    return Derived(at_20c(pressure, temperature))


PRESSURE_AT_20C = Function(
    _at_20c,
    {"pressure": "number", "temperature": "number", "agent": "text"},
    "number",
    unit="MPa",
    refuses=_refuses,
)
"""``pressure`` (gauge, MPa) at ``temperature`` (°C) as it would be at 20 °C; bad for agents judged by mass."""
