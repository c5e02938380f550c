"""Why a test must not begin, or go on: each reason by itself, up to the second. Unknown is never a permission."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.proof_tests.entry import FINDINGS, Kind
from gateway.proof_tests.interlocks import Conditions, hazard, objections, until

NOW, HOUR = 1_767_289_200.0, 3600.0
A_DAY = 24 * HOUR
GOOD = Conditions(mains=True, known_since=NOW - A_DAY, ended_at=NOW - A_DAY, charged=True, tells_charge=True)
BLIND = {"charged": None, "tells_charge": False}
"""A battery that does not tell how full it is."""


def test_where_all_is_known_and_right_a_test_may_begin() -> None:
    for kind in ("function", "duration", "rated"):
        assert objections(kind, GOOD, NOW) == ()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"mains": None}, "mains-unknown"), ({"mains": False}, "mains-away"),
        ({"ended_at": NOW - A_DAY + 1.0}, "supply-failed"), ({"ended_at": None}, ""),
        ({"charged": False}, "not-charged"), ({"charged": None}, "charge-unknown"),
        (BLIND, ""), ({**BLIND, "known_since": NOW - A_DAY + 1.0}, "charge-unknown"),
        ({**BLIND, "known_since": None}, "charge-unknown"),
        ({"fire": True}, "fire-alarm"), ({"fire": None}, "fire-alarm-unknown"),
        ({"neighbour": True}, "neighbour"), ({"neighbour_unknown": True}, "neighbour-unknown"),
        ({"runs": True}, "running"), ({"too_many": True}, "at-once"),
        ({"trusted": False}, "clock-untrusted"), ({"is_open": False}, "outside-window"),
    ],
)  # fmt: skip
def test_each_reason_forbids_a_duration_test(said: dict[str, Any], why: str) -> None:
    assert objections("duration", replace(GOOD, **said), NOW) == ((why,) if why else ())
    assert why in {"", *FINDINGS}


@pytest.mark.parametrize("charge", [{"charged": False}, {"charged": None}, {**BLIND, "known_since": None}])
def test_a_function_test_needs_no_full_battery_but_four_quiet_hours(charge: dict[str, Any]) -> None:
    seen = replace(GOOD, **charge)
    assert objections("function", replace(seen, ended_at=NOW - 4 * HOUR), NOW) == ()
    assert objections("function", replace(seen, ended_at=NOW - 4 * HOUR + 1.0), NOW) == ("supply-failed",)


def test_every_reason_is_told_the_weightiest_first() -> None:
    seen = Conditions(None, fire=None, neighbour_unknown=True, runs=True, too_many=True, is_open=False, trusted=False)
    assert objections("rated", seen, NOW) == (
        "fire-alarm-unknown", "neighbour-unknown", "running", "at-once", "clock-untrusted", "outside-window",
        "mains-unknown", "charge-unknown",
    )  # fmt: skip


def test_only_a_fire_alarm_and_a_neighbour_end_a_test_that_runs() -> None:
    troubled = Conditions(None, charged=False, neighbour_unknown=True, too_many=True, is_open=False, trusted=False)
    assert hazard(troubled) == ""
    assert hazard(replace(troubled, neighbour=True)) == "neighbour"
    assert hazard(replace(troubled, neighbour=True, fire=None)) == "fire-alarm-unknown"


@pytest.mark.parametrize(
    ("kind", "why", "said", "hours"),
    [
        ("duration", "supply-failed", {"ended_at": NOW - HOUR}, 23.0),
        ("function", "supply-failed", {"ended_at": NOW - HOUR}, 3.0),
        ("duration", "charge-unknown", {**BLIND, "known_since": NOW - HOUR}, 23.0),
        ("duration", "charge-unknown", {"charged": None, "known_since": NOW - HOUR}, 1.0),
        ("duration", "silent", {}, 0.25), ("duration", "neighbour", {}, 1.0),
    ],
)  # fmt: skip
def test_a_planned_test_is_put_off_for_as_long_as_its_reason_lasts(
    kind: Kind, why: str, said: dict[str, Any], hours: float
) -> None:
    assert until(kind, why, replace(GOOD, **said), NOW) == NOW + hours * HOUR
