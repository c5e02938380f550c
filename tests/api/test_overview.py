"""The site at a glance: its windows, open, shut, or unknown with the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.api.overview import glance
from gateway.api.shapes import SiteShape
from gateway.standards.windows import Location, Window
from tests.story import Plan, Story

MIDSUMMER = datetime(2027, 6, 21, 23, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
TITLE = {"zh": "夜间", "en": "night"}
WINDOWS = {
    "night": Window.model_validate({"title": TITLE, "daily": ["22:00", "06:00"]}),
    "rush-hour": Window.model_validate({"title": TITLE, "daily": ["07:00", "09:00"]}),
    "dark": Window.model_validate({"title": TITLE, "sun": {"from": "dusk", "to": "dawn"}}),
}


def test_the_windows_are_open_shut_or_unknown() -> None:
    plan = Plan({})
    points = {f"site.{name}": plan.point(f"site.{name}") for name in WINDOWS}
    tromso = Location(latitude=69.65, longitude=18.96)
    estate = replace(plan.estate(), windows=WINDOWS, site_points=points, location=tromso)
    story = Story(estate, now=MIDSUMMER)
    told = glance(story.pipeline, story.now)
    assert told["windows"]["night"] == {"title": TITLE, "times": "22:00-06:00", "open": True, "why": ""}
    assert told["windows"]["rush-hour"]["open"] is False
    assert told["windows"]["dark"]["open"] is None
    assert told["windows"]["dark"]["why"].startswith("no-sun-event (dusk or dawn about 2027-06-21")
    assert SiteShape.model_validate(told).windows["night"].open is True
