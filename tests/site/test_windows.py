"""Windows of a site: shipped, changed, added, named by clauses and derived points; and what is wrong with them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.assets.windows import Almanac
from gateway.data import shipped
from gateway.pipeline import Pipeline
from gateway.saved import Saved
from gateway.site.files import Findings
from gateway.site.windows import read_windows
from gateway.standards.windows import Location
from tests.sites import Site

BOOK = """\
windows:
  night:
    title: {zh: 夜间, en: night}
    basis: {document: touchpoint standard, kind: text}
    daily: ["22:00", "06:00"]
  dark:
    title: {zh: 天黑时段, en: the dark hours}
    sun: {from: dusk + 15 min, to: dawn - 15 min}
"""
LATE = datetime(2027, 3, 1, 22, 30, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
PLACE = "location: {latitude: 31.2, longitude: 121.5}\n"
NAMES = (
    "night", "daylight", "rush-hour", "office-hours", "desk-hours", "heating-season", "cooling-season", "dark",
    "bright", "day-noise", "night-noise", "low-risk",
)  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site whose door must be shut at night."""
    site = Site(tmp_path)
    (tmp_path / "book/windows.yaml").write_text(BOOK, encoding="utf-8")
    site.edit("site/standards.yaml", "equals: true}", "equals: true}\n    only_while: {during: night}")
    return site


def own(site: Site, says: str) -> None:
    (site.folder / "windows.yaml").write_text(f"windows:\n{says}", encoding="utf-8")


def test_the_shipped_windows_are_all_there_in_both_languages() -> None:
    findings = Findings()
    found = read_windows(shipped().book, None, findings)
    assert (tuple(found.windows), findings.problems) == (NAMES, [])
    assert all(set(window.title) == {"zh", "en"} for window in found.windows.values())


@pytest.mark.parametrize(
    ("name", "since", "days", "times"),
    [
        ("night", "2027-06-21", 1, "06:00 22:00"), ("rush-hour", "2027-06-20", 1, "07:00 09:00 17:00 19:00"),
        ("office-hours", "2027-06-18", 4, "09:00 18:00 09:00 18:00"), ("desk-hours", "2027-06-20", 1, "08:00 20:00"),
        ("office-hours", "2027-06-19", 6, "09:00 18:00 09:00 18:00 09:00 18:00 09:00 18:00"),
        ("day-noise", "2027-06-21", 1, "06:00 22:00"), ("night-noise", "2027-06-21", 1, "06:00 22:00"),
        ("daylight", "2027-06-21", 1, "04:50 19:01"), ("dark", "2027-06-21", 1, "04:07 19:44"),
        ("bright", "2027-06-21", 1, "04:52 18:59"), ("heating-season", "2027-01-01", 365, "03-16 11-15"),
        ("cooling-season", "2027-01-01", 365, "06-01 10-01"),
    ],
)  # fmt: skip
def test_the_shipped_windows_open_and_close_at_these_times_in_shanghai(
    name: str, since: str, days: int, times: str
) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    windows = read_windows(shipped().book, None, Findings()).windows
    almanac = Almanac(windows, zone, Location(latitude=31.2, longitude=121.5))
    now = datetime.fromisoformat(since).replace(tzinfo=zone).timestamp()
    end, before, seen = now + days * 86400, almanac.tell(name, now).value, []
    while (now := almanac.tell(name, now).again or end) < end:
        if almanac.tell(name, now).value != before:
            before = almanac.tell(name, now).value
            seen.append(datetime.fromtimestamp(now, zone).strftime("%m-%d" if "season" in name else "%H:%M"))
    assert " ".join(seen) == times


def test_an_asset_has_those_of_the_sites_points_that_its_clauses_name(site: Site) -> None:
    estate = site.load().estate
    night = estate.site_points["site.night"]
    assert estate.assets["lobby-door"].ids["site.night"] == night
    assert "site.day" not in estate.assets["lobby-door"].ids
    assert "site.night" not in estate.assets["light-3f"].ids
    assert estate.points[night] == "site.night"
    assert Pipeline(estate, Saved(), LATE).latest.values[night] is True


def test_a_derived_point_can_use_them_too(site: Site) -> None:
    site.edit(
        "book/kinds.yaml",
        "      barred:",
        "      by_day: {function: inverted, inputs: {value: site.night}, type: boolean, means: {en: by day}}\n"
        "      barred:",
    )
    estate = site.load().estate
    by_day = estate.assets["lobby-door"].ids["by_day"]
    assert Pipeline(estate, Saved(), LATE).latest.values[by_day] is False
    assert Pipeline(estate, Saved(), LATE + 12 * 3600).latest.values[by_day] is True


def test_the_guard_says_itself_in_both_languages(site: Site) -> None:
    estate = site.load().estate
    guard = estate.standard.clauses["door.shut"].only_while
    assert guard is not None
    assert guard.explain(estate.kinds["door"].meanings()) == {"zh": "处于夜间", "en": "during night"}


def test_a_site_gives_a_window_other_times_and_it_keeps_its_name(site: Site) -> None:
    own(site, "  night: {daily: ['23:00', '05:00']}\n")
    estate = site.load().estate
    window = estate.windows["night"]
    assert window.title == {"zh": "夜间", "en": "night"}
    assert (window.basis.document, window.basis.kind) == ("set by this site", "proposed")
    assert Pipeline(estate, Saved(), LATE).latest.values[estate.site_points["site.night"]] is False


def test_a_site_adds_a_window_of_its_own(site: Site) -> None:
    own(site, "  market-days: {title: {zh: 集市日, en: market days}, weekdays: [mon, thu]}\n")
    site.edit("site/standards.yaml", "during: night", "during: market-days")
    estate = site.load().estate
    assert Pipeline(estate, Saved(), LATE).latest.values[estate.assets["lobby-door"].ids["site.market-days"]] is True


def test_times_may_be_written_with_or_without_quotes(site: Site) -> None:
    own(site, "  night: {daily: [23:00, 05:00], season: [11-15, 03-15]}\n")
    window = site.load().estate.windows["night"]
    assert (window.daily, window.season) == (((1380, 300),), ((11, 15), (3, 15)))


def test_a_twilight_switch_may_tell_an_assets_window_itself(site: Site) -> None:
    site.edit("site/site.yaml", "{closed: di-1.input1,", "{closed: di-1.input1, site.night: di-1.input2,")
    estate = site.load().estate
    assert estate.assets["lobby-door"].ids["site.night"] == estate.devices["di-1"].point_ids["input2"]
    assert estate.assets["yard-door"].ids["site.night"] == estate.site_points["site.night"]


# --- the sun


def test_a_window_by_the_sun_is_told_where_the_site_says_where_it_is(site: Site) -> None:
    assert "site.dark" not in site.load().estate.site_points
    site.edit("site/site.yaml", "timezone:", f"{PLACE}timezone:")
    estate = site.load().estate
    assert Pipeline(estate, Saved(), LATE).latest.values[estate.site_points["site.dark"]] is True


def test_the_place_is_asked_for_only_where_an_asset_needs_the_sun(site: Site) -> None:
    site.edit("site/standards.yaml", "during: night", "during: dark")
    assert site.problems() == [
        "site.yaml:1: location: is missing: door uses the window 'dark', which needs the sun's times"
    ]
    own(site, "  dark: {daily: ['18:00', '06:00']}\n")
    assert "site.dark" in site.load().estate.site_points


def test_a_place_that_is_none_is_told_with_its_line(site: Site) -> None:
    site.edit("site/site.yaml", "timezone:", "location: {latitude: 131.2, longitude: 121.5}\ntimezone:")
    (problem,) = site.problems()
    assert problem.startswith("site.yaml:3: location.latitude: ")


# --- what is wrong


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{during: night}", "{during: nigth}", "standards.yaml:7: clauses.door.shut.only_while: no window 'nigth', "
         'did you mean "night"?'),
        ("{during: night}", "{point: site.nigth, equals: true}", "standards.yaml:7: clauses.door.shut.only_while: "
         "no window 'nigth', did you mean \"night\"?"),
        ("{during: night}", "{during: day}", "standards.yaml:7: clauses.door.shut.only_while: needs a boolean, and "
         "site.day is a number"),
        ("{point: closed, equals: true}", "{during: night}", "standards.yaml:6: clauses.door.shut.require: a window is "
         "no requirement: write it under only_while, or beside others in any_of"),
    ],
)  # fmt: skip
def test_a_clause_names_a_window_that_there_is_and_as_a_guard(site: Site, old: str, new: str, says: str) -> None:
    site.edit("site/standards.yaml", old, new)
    assert site.problems() == [says]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("  early: {daily: ['04:00', '06:00']}\n",
         "windows.yaml:2: windows.early: title is missing: say what people call it"),
        ("  day: {title: {en: day}, daily: ['04:00', '06:00']}\n",
         "windows.yaml:2: windows.day: is what the day's number is called: give the window another name"),
        ("  night: {dayly: ['04:00', '06:00']}\n",
         'windows.yaml:2: windows.night.dayly: unknown key, did you mean "daily"?'),
        ("  night:\n    daily: ['04:00', '26:00']\n",
         "windows.yaml:3: windows.night.daily.0.1: '26:00' is no time of day: write it like 22:00"),
        ("  night: {weekdays: [thr]}\n",
         "windows.yaml:2: windows.night.weekdays.0: 'thr' is not known here, did you mean \"thu\"?"),
        ("  night: {daily: ['10:00', '11:00'], season: ['02-29', '02-29']}\n",
         "windows.yaml:2: windows.night: never opens in more than a year"),
        ("  night: {daily: ['00:00', '24:00']}\n",
         "windows.yaml:2: windows.night: never closes in more than a year"),
        ("  Night: {title: {en: N}, daily: ['00:00', '12:00']}\n",
         "windows.yaml:2: windows.Night: 'Night' is no name: lower-case letters, digits and single hyphens, "
         "starting with a letter"),
    ],
)  # fmt: skip
def test_a_window_that_is_none_is_told_with_its_line(site: Site, written: str, says: str) -> None:
    own(site, written)
    assert says in site.problems()
