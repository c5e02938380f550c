"""What is told first of many readings: that which speaks for the outcome, as a short message has room for two."""

from __future__ import annotations

from gateway.model import BadReading, Reading
from gateway.standards.check import Check
from tests.story import clause

BITS = ("battery_fault", "duration_fault", "charger_fault", "lamp_fault")
FAULTS = clause("k", {"none_true": list(BITS)}, only_while={"point": "fitted", "equals": True})


def told(*readings: Reading) -> list[str]:
    """The points of the evidence in the order in which they are told."""
    check = Check("a", "c", FAULTS, {name: number for number, name in enumerate((*BITS, "fitted"))})
    verdict = check.verdict(lambda i: [*readings, True][i], lambda i: 0.0, [""] * 5)
    return [each.point for each in verdict.evidence]


def test_the_bits_that_are_set_come_first() -> None:
    assert told(False, False, True, False) == [
        "charger_fault",
        "battery_fault",
        "duration_fault",
        "lamp_fault",
        "fitted",
    ]
    assert told(False, True, False, True)[:2] == ["duration_fault", "lamp_fault"]


def test_then_those_that_nobody_could_read() -> None:
    bad = BadReading("no-answer")
    assert told(False, bad, True, False)[:3] == ["charger_fault", "duration_fault", "battery_fault"]
    assert told(False, False, False, bad)[0] == "lamp_fault"


def test_with_none_set_it_is_the_order_of_the_clause() -> None:
    assert told(False, False, False, False) == [*BITS, "fitted"]
