"""The curve: every reading where its axis says, limits where they are, and no line where there was no evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.logbook.curve import LAMP_COLOURS, LEFT, PANEL, RIGHT, TOP, curve
from gateway.logbook.drawing import Scale, svg, ticks
from gateway.logbook.facts import whole
from gateway.logbook.speech import BOTH, Speech
from gateway.proof_tests.entry import Sample
from tests.logbook.book import discharge, entry, lights, sample

SHANGHAI = ZoneInfo("Asia/Shanghai")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(floor: float | None = None, languages: Sequence[str] = ("en",), **others: Any) -> ElementTree.Element:
    """The parsed curve of an entry."""
    return ElementTree.fromstring(svg(curve(whole(lights(floor), entry(**others)), Speech(languages, SHANGHAI))))  # noqa: S314


def words(picture: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in picture.iter(f"{SVG}text")]


def lines(picture: ElementTree.Element, dashes: str) -> list[list[float]]:
    found = (each for each in picture.iter(f"{SVG}line") if each.get("stroke-dasharray") == dashes)
    return [[float(each.get(key, "nan")) for key in ("x1", "y1", "x2", "y2")] for each in found]


def runs(picture: ElementTree.Element) -> list[list[list[float]]]:
    """The solid lines, each as its spots."""
    found = (each.get("points", "").split() for each in picture.iter(f"{SVG}polyline"))
    return [[[float(number) for number in spot.split(",")] for spot in spots] for spots in found]


def across(minutes: float, low: float = 0.0, high: float = 25.5) -> float:
    return LEFT + (minutes - low) / (high - low) * (RIGHT - LEFT)


def test_the_limits_and_the_end_stand_at_their_time_and_voltage() -> None:
    picture = drawn(floor=10.5)
    (limit, floor), (end,) = lines(picture, "6 3")[::-1], lines(picture, "1 3")
    assert [limit[0], limit[2], end[0]] == [
        pytest.approx(each, abs=0.1) for each in (across(15), across(15), across(15.5))
    ]
    axis = [each.text for each in picture.iter(f"{SVG}text") if each.get("text-anchor") == "end"]
    assert axis[1:6] == ["10", "11", "12", "13", "14"]
    assert floor[1] == floor[3] == pytest.approx(186 - 0.5 / 4 * 110, abs=0.1)
    told = words(picture)
    for said in (
        "longer than 15:00",
        "end 15:30",
        "at least 10.5 V",
        "battery voltage (V)",
        "minutes from the start (min)",
    ):
        assert said in told


def test_the_line_goes_through_every_reading() -> None:
    (run,) = runs(drawn())
    assert len(run) == 42
    assert run[0] == [LEFT, pytest.approx(186 - (13.2 - 11.5) / 2 * 110, abs=0.2)]
    assert run[31][0] == pytest.approx(across(15.5), abs=0.1)
    assert max(y for _, y in run) == run[31][1], "lowest on the page where the voltage was lowest"


def test_no_solid_line_crosses_a_gap_or_an_unknown_value() -> None:
    gap = [each for each in discharge(930.0) if not 300.0 < each.at - entry().started_at < 420.0]
    picture = drawn(curve=gap)
    first, second = runs(picture)
    assert lines(picture, "2 3") == [[*first[-1], *second[0]]], "120 s without a reading are dashed"
    unknown = [sample(0, battery_voltage=13.0), sample(30, battery_voltage=None), sample(60, battery_voltage=12.9)]
    picture = drawn(curve=unknown)
    assert (runs(picture), lines(picture, "2 3")) == ([], [])
    assert len(list(picture.iter(f"{SVG}circle"))) == 2, "both readings are there, and nothing joins them"


def test_the_lamp_is_lit_out_or_unknown_and_unknown_through_a_gap() -> None:
    told = [True, True, False, False, None, True]
    curve = [sample(second, lamp_on=lit) for second, lit in zip((0, 60, 90, 120, 150, 300), told, strict=True)]
    bars = list(drawn(curve=curve, limit=None, ended_at=entry().started_at + 300).iter(f"{SVG}rect"))
    lit, out, unknown = (LAMP_COLOURS[each] for each in (True, False, None))
    assert [each.get("fill") for each in bars] == [lit, unknown, out, unknown, "none"]
    assert [float(each.get("width", 0)) for each in bars[:2]] == pytest.approx([128.8, 64.4], abs=0.2)
    gap = [sample(0, lamp_on=True), sample(61, lamp_on=True)]
    assert next(drawn(curve=gap).iter(f"{SVG}rect")).get("fill") == LAMP_COLOURS[None]


def test_what_has_no_reading_says_so() -> None:
    assert "no reading to draw" in words(drawn(curve=()))
    assert "没有可绘的读数 no reading to draw" in words(drawn(curve=[sample(0, mode="emergency")], languages=BOTH))
    assert "没有可绘的读数" in words(drawn(curve=(), languages=("zh",)))


def test_a_long_name_is_squeezed_into_its_place() -> None:
    short, long = drawn(), drawn(asset="emergency-light-of-the-" + "very-" * 30 + "long-corridor")
    squeezed = [[each.get("textLength") for each in list(picture.iter(f"{SVG}text"))[:2]] for picture in (short, long)]
    assert squeezed == [[None, None], ["644.0", None]]


def test_two_values_have_a_panel_each() -> None:
    told = words(drawn(curve=discharge(930.0, battery_level=80.0, lamp_power=3.0)))
    assert ("battery voltage (V)" in told, "battery charge (%)" in told, "lamp_power" in told) == (True, True, False)


VALUES = st.one_of(st.none(), st.booleans(), st.floats(-1e9, 1e9), st.text(max_size=5), st.integers(-5, 5))
CURVES = st.lists(st.tuples(st.floats(-3600, 90000), VALUES, st.sampled_from([True, False, None])), max_size=30)


@given(CURVES, st.floats(0, 40000), st.sampled_from([None, 900.0, 5400.0]))
def test_any_curve_is_drawn_inside_its_frame(
    curve: list[tuple[float, Any, bool | None]], over: float, limit: float
) -> None:
    samples: list[Sample] = [
        sample(at, battery_voltage=value, lamp_on=lit) for at, value, lit in sorted(curve, key=lambda each: each[0])
    ]
    picture = drawn(curve=samples, ended_at=entry().started_at + over, limit=limit)
    spots = [spot for run in runs(picture) for spot in run]
    spots += [[float(each.get("cx", 0)), float(each.get("cy", 0))] for each in picture.iter(f"{SVG}circle")]
    assert all(LEFT <= x <= RIGHT and TOP <= y <= TOP + PANEL for x, y in spots)
    assert len(spots) >= sum(isinstance(value, int | float) and not isinstance(value, bool) for _, value, _ in curve)
    assert all(float(each.get("width", -1)) >= 0 for each in picture.iter(f"{SVG}rect"))


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_ticks_enclose_and_step_evenly(low: float, span: float) -> None:
    marks = ticks(low, low + span)
    assert marks[0] <= low + 1e-6
    assert marks[-1] >= low + span - 1e-6
    assert 2 <= len(marks) <= 9
    assert ticks(11.65, 13.4) == [11.5, 12.0, 12.5, 13.0, 13.5]
    assert Scale(10.0, 20.0, 0.0, 100.0)(12.5) == 25.0
