"""The trend as data, in words and as a picture: shares with their errors, dates both ways, and plain reasons."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from gateway.logbook.ageing import LEFT, RIGHT, ages, foreseen, picture, told
from gateway.logbook.capacity import REASONS, capacity
from gateway.logbook.drawing import svg
from gateway.logbook.speech import Speech
from gateway.site import load_estate
from tests.commands.test_logbook import DEMO
from tests.logbook.ageing import RATED, Life, later
from tests.logbook.book import lights

SVG = "{http://www.w3.org/2000/svg}"
SPEECH = Speech(("en",), ZoneInfo("Asia/Shanghai"))


def row(months: int, **battery: Any) -> dict[str, Any]:
    """The trend of the light after so many monthly tests, and one of 30 min the day before the first."""
    life = Life(**battery)
    rated = later(life.test(0, "rated", RATED), -86400.0, 99)
    return told(lights(), "light-3f", capacity([rated, *life.tests(months)]))


def test_it_tells_the_share_left_its_course_and_every_test() -> None:
    found = row(19)
    assert (found["point"], found["means"]["en"], found["unit"]) == ("battery_voltage", "battery voltage", "V")
    assert found["left"] == pytest.approx(0.64, abs=0.03)
    assert found["yearly"] == pytest.approx(-0.243, abs=0.03)
    assert found["tests"][0]["kind"] == "rated"
    assert [each["entry"] for each in found["tests"]] == [99, *range(1, 20)]
    assert found["tests"][0]["share"] == pytest.approx(1.0, abs=0.05)
    assert found["tests"][-1]["share"] == pytest.approx(found["left"], abs=0.05)
    assert [each["kind"] for each in found["forecasts"]] == ["duration", "rated"]


@pytest.mark.parametrize("reason", [("too-few-tests", 2), ("too-short", 4)])
def test_what_is_unknown_is_no_number(reason: tuple[str, int]) -> None:
    why, months = reason
    found = row(months)
    assert (found["unknown"], found["why"]) == (why, REASONS[why])
    assert {found[key] for key in ("left", "left_error", "yearly", "yearly_error")} == {None}
    assert found["forecasts"] == []
    assert {each["share"] for each in found["tests"]} == {None}
    assert found["why"]["en"] in "".join(ElementTree.fromstring(svg(picture(found, SPEECH))).itertext())  # noqa: S314


@pytest.mark.parametrize(("before", "after", "said"), [
    (None, None, "not within ten years"),
    ("2028-01-12T00:00:00.000Z", None, "not before 2028-01-12, nobody knows by when"),
    ("2028-01-12T00:00:00.000Z", "2029-10-05T00:00:00.000Z", "not before 2028-01-12, by 2029-10-05 at the latest"),
    ("2027-05-01T00:00:00.000Z", "2029-10-05T00:00:00.000Z", "at any time, by 2029-10-05 at the latest"),
])  # fmt: skip
def test_a_forecast_in_words(before: str | None, after: str | None, said: str) -> None:
    words = foreseen({"not_before": before, "not_after": after}, "2027-05-01T12:00:00.000Z")
    assert words["en"] == said
    assert words["zh"] != said


def test_the_picture_has_a_dot_for_each_test_where_its_day_is() -> None:
    found = row(19)
    drawn = ElementTree.fromstring(svg(picture(found, SPEECH)))  # noqa: S314 - it is our own
    spots = [(float(each.get("cx", 0)), float(each.get("cy", 0))) for each in drawn.iter(f"{SVG}circle")]
    assert len(spots) == 20
    assert (spots[0][0], spots[-1][0]) == (LEFT, RIGHT)
    assert spots[-1][1] > spots[0][1], "less is lower"
    words = [each.text or "" for each in drawn.iter(f"{SVG}text")]
    assert "2026-01-01" in words[-5:-1][0] or any("2025-12-31" in each for each in words)
    assert any(each.startswith("duration test first fails: ") for each in words)


def test_only_what_has_a_battery_ages() -> None:
    names = {each.name for each in ages(load_estate(DEMO))}
    assert "emergency-light-b1-1" in names
    assert all(name.startswith("emergency-light") for name in names)
