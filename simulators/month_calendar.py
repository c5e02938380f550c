"""What the papers of things say, and what is truly due by them within a month. Knows no device."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from simulators.month_things import Value
from simulators.month_truth import BEAT

ZONE = timezone(timedelta(hours=8))
DAY = 86_400.0
FAR = 400
"""Days ahead at which nothing is due yet."""


class Due(NamedTuple):
    """What comes due, as in a line of the ledger."""

    clause: str
    fault: str
    early: float
    onset: float
    by: float
    end: float


def papers(family: str, number: int, start: float, end: float) -> tuple[Mapping[str, Value], list[Due]]:
    """The facts of the thing of that number, and what comes due. Every tenth has a date that falls into the month."""
    within = 3 + number // 10 % 24 if number % 10 == 7 else FAR
    facts: dict[str, Value] = {}
    due: list[tuple[str, int, int]] = []
    if family == "access-door":
        facts = {"smoke_door": "yes" if number % 4 == 1 else "no"}
    elif family == "emergency-light":
        facts = {"maintained": "yes" if number % 2 else "no", "sign_luminance": 120}
    elif family == "extinguisher":
        facts, due = _extinguisher(number, within, start)
    elif family == "lift":
        facts, due = _lift(number, within, start)
    lines = [_line(clause, days - ahead, start, end) for clause, days, ahead in due]
    return facts, [line for line in lines if line.onset <= end]


def _extinguisher(number: int, within: int, start: float) -> tuple[dict[str, Value], list[tuple[str, int, int]]]:
    scrap = number % 20 == 7
    service, retire = (FAR, within) if scrap else (within + 30, FAR)
    due = [("extinguisher.not-scrap", retire, 0), ("extinguisher.service-in-date", service, 30)]
    dates: dict[str, Value] = {"service_due": _date(start, service), "retire_on": _date(start, retire)}
    return {"agent": "powder", **dates}, due


def _lift(number: int, within: int, start: float) -> tuple[dict[str, Value], list[tuple[str, int, int]]]:
    """A certificate runs out within the month, within the next, or within the one after that."""
    days = within + 30 * (number // 10 % 3)
    clauses = [("lift.certificate-valid", 0), ("lift.certificate-applied", 30), ("lift.certificate-renewal", 60)]
    passed = [clause for clause, ahead in clauses if days - ahead < 0]
    # Of those that are passed from the beginning only the most urgent is told.
    due = [(clause, days, ahead) for clause, ahead in clauses if clause not in passed[1:]]
    return {"vibration_baseline": 1.6, "certificate_valid_until": _date(start, days)}, due


def _line(clause: str, days: int, start: float, end: float) -> Due:
    onset = max(start, start + (days + 1) * DAY)
    return Due(clause, "date", onset, onset, onset + BEAT + 1.0, end)


def _date(start: float, days: int) -> str:
    return f"{datetime.fromtimestamp(start, ZONE) + timedelta(days=days):%Y-%m-%d}"
