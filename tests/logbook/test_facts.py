"""A line of the log book as data: units in the names, words in both languages, nothing made up."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.kinds import TESTS
from gateway.logbook.facts import line, whole
from gateway.logbook.speech import Speech, conditions
from gateway.proof_tests.entry import Outcome
from tests.logbook.book import CLAUSE, discharge, entry, lights, sample
from tests.story import NOON


def test_a_passed_test_is_told_with_its_figures_and_words() -> None:
    told = line(lights(), entry(7))
    assert (told["id"], told["asset"], told["kind"], told["outcome"]) == (7, "light-3f", "duration", "passed")
    assert (told["started_at"], told["ended_at"]) == ("2026-01-01T12:00:00.000Z", "2026-01-01T12:15:30.000Z")
    assert (told["lasted_s"], told["resolution_s"], told["limit_s"]) == (930.0, 30.0, 900.0)
    assert told["lowest_voltage_v"] == 11.65
    assert told["test"] == {"zh": "放电时间测试", "en": "duration test"}
    assert told["starter"]["en"] == "the device itself"
    assert told["place"]["zh"] == "3号楼<走廊>"
    assert told["title"] == {"zh": "字", "en": "word"}
    since, full, voltage, level = told["before"]
    assert (since["means"]["en"], since["value"]) == ("seen on mains since", "2025-12-31T12:00:00.000Z")
    assert (full["means"]["zh"], full["value"]) == ("电池已充满", True)
    assert (voltage["unit"], voltage["value"], level["value"]) == ("V", 13.4, None)
    assert "curve" not in told


def test_what_the_site_no_longer_has_keeps_its_name() -> None:
    told = whole(lights(), entry(asset="gone", clause="no.more", started_by="li", before={"strange": 1}))
    assert (told["asset"], told["place"], told["touchpoint"]) == ("gone", {}, "")
    assert (told["clause"], told["title"], told["starter"]) == ("no.more", {}, {"en": "li"})
    (strange,) = told["before"]
    assert (strange["point"], strange["means"], strange["value"]) == ("strange", {"en": "strange"}, 1)
    assert [each["at_least"] for each in told["curve"]["points"]] == [None, None]


def test_a_discharge_is_judged_by_nobody() -> None:
    happened: dict[str, Any] = {"outcome": Outcome.RECORDED, "limit": None, "clause": "", "lowest_voltage": None}
    told = line(lights(), entry(kind="discharge", started_by="mains failure", **happened))
    assert told["test"]["en"] == "unplanned discharge"
    assert (told["starter"]["zh"], told["result"]["en"], told["title"]) == ("主电中断", "recorded", {})
    assert (told["limit_s"], told["lowest_voltage_v"]) == (None, None)


def test_the_curve_names_its_points_and_what_a_clause_asks_of_them() -> None:
    curve = [*discharge(60.0), sample(660.0, battery_level=None, lamp_on=None)]
    told = whole(lights(floor=10.5), entry(curve=curve))["curve"]
    assert {each["point"]: (each["unit"], each["at_least"]) for each in told["points"]} == {
        "battery_voltage": ("V", 10.5), "lamp_on": ("", None), "battery_level": ("%", None),
    }  # fmt: skip
    assert told["samples"][1] == {
        "at": "2026-01-01T12:00:30.000Z", "values": {"battery_voltage": 13.15, "lamp_on": True},
    }  # fmt: skip
    assert told["samples"][-1]["values"] == {"battery_level": None, "lamp_on": None}
    assert len(told["samples"]) == len(curve)


def test_an_entry_tells_its_own_time_whatever_the_site_has_become() -> None:
    told = line(lights(), entry(started_at=NOON - 0.5))
    assert told["started_at"] == "2026-01-01T11:59:59.500Z"
    assert told["clause"] == CLAUSE


def test_the_floor_of_the_test_itself_is_what_its_curve_is_held_against() -> None:
    told = whole(lights(floor=10.5), entry(floor=10.2, curve=discharge(60.0, battery_level=50.0)))
    assert told["floor_v"] == 10.2
    assert {each["point"]: each["at_least"] for each in told["curve"]["points"]} == {
        "battery_voltage": 10.2, "lamp_on": None, "battery_level": None,
    }  # fmt: skip


def test_the_words_that_a_device_tells_are_in_words() -> None:
    curve = [
        sample(0, mode="duration-test"),
        sample(30, mode="normal"),
        sample(60, mode="strange"),
        sample(90, mode=None),
    ]
    told = whole(lights(), entry(curve=curve, before={"mode": "normal"}))
    (mode,) = told["curve"]["points"]
    assert {key: words["zh"] for key, words in mode["words"].items()} == {
        "duration-test": "放电时间测试中", "normal": "正常,主电供电",
    }  # fmt: skip
    assert conditions(told["before"], Speech(("en",), ZoneInfo("UTC"))) == ["mode normal, on its mains"]


@pytest.mark.parametrize("kind", [*TESTS, "discharge", "something new"])
def test_any_kind_of_test_has_words(kind: Any) -> None:
    told = line(lights(), entry(kind=kind, curve=(), lowest_voltage=None))
    assert told["test"]["en"] == {**TESTS, "discharge": {"en": "unplanned discharge"}}.get(kind, {"en": kind})["en"]
