"""Windows in examples: the shipped ones open by the example's own day and hour, at the place of the examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.cli import outcome
from gateway.commands.test import shipped_book, shipped_examples
from gateway.site.files import Findings
from gateway.standards.requirements import parse_requirement
from gateway.standards.windows import MonthDay, SunTime, Window
from gateway.trial import Book, Failure, read_examples, try_case

FINDINGS = Findings()
BOOK = shipped_book(FINDINGS)
CAR_LIGHT = BOOK.clauses["lift.car-light"]
EXAMPLE = """examples:
  - clause: lift.car-light
    name: only in the window
    kind: lift
    starts: 2027-06-21
    steps:
"""


def in_window(window: str) -> Book:
    """The shipped book, in which the light in the car must be on in that window only."""
    clause = CAR_LIGHT.model_copy(update={"only_while": parse_requirement({"during": window})})
    return replace(BOOK, clauses={**BOOK.clauses, "lift.car-light": clause})


def tried(tmp_path: Path, window: str, *steps: str) -> list[Failure]:
    path = tmp_path / "standards.test.yaml"
    path.write_text(EXAMPLE + "".join(f"      - {{{step}}}\n" for step in steps), encoding="utf-8")
    book = in_window(window)
    (case,) = read_examples(path, book, FINDINGS)
    assert FINDINGS.problems == []
    return list(try_case(case, book))


def shifted(window: Window) -> Iterator[Window]:
    """The window with one of its times five minutes or a day earlier or later, or on other days of the week."""
    for at, (first, last) in enumerate(window.daily):
        for span in ((first + 5, last), (first - 5, last), (first, last + 5), (first, last - 5)):
            daily = (*window.daily[:at], span, *window.daily[at + 1 :])
            yield window.model_copy(update={"daily": daily})
    for each in window.weekdays:
        yield window.model_copy(update={"weekdays": tuple(day for day in window.weekdays if day != each)})
    if window.weekdays:
        yield window.model_copy(update={"weekdays": ()})
    for at, day in enumerate(window.season or ()):
        for step in (1, -1):
            other = date(2027, *day) + timedelta(step)
            season = [*(window.season or ())]
            season[at] = MonthDay(other.month, other.day)
            yield window.model_copy(update={"season": tuple(season)})
    for end in ("from_", "to") if window.sun else ():
        moment: SunTime = getattr(window.sun, end)
        for seconds in (moment.seconds - 300.0, moment.seconds + 300.0):
            sun = window.sun and window.sun.model_copy(update={end: SunTime(moment.event, seconds)})
            yield window.model_copy(update={"sun": sun})


UNSPOKEN = ("daylight", "low-risk")
"""Of these no clause speaks; in low-risk hours the gateway begins its tests."""


@pytest.mark.parametrize("name", [name for name in BOOK.windows if name not in UNSPOKEN])
def test_a_shipped_window_that_is_changed_makes_an_example_fail(name: str) -> None:
    cases = [
        case for case in shipped_examples(BOOK, FINDINGS) if name in str(BOOK.clauses[case.example.clause].only_while)
    ]
    for window in shifted(BOOK.windows[name]):
        book = replace(BOOK, windows={**BOOK.windows, name: window})
        assert any(try_case(case, book) for case in cases), window.times()


def test_a_window_by_the_clock_opens_at_its_time(tmp_path: Path) -> None:
    assert tried(
        tmp_path, "night", "at: 12h, points: {car_lux: 0, moving: false}, expect: met",
        "at: 79199s, expect: met", "at: 22h, expect: violated", "at: 30h, expect: violated, ticket: open",
        "at: 31h, points: {car_lux: 200}, ticket: open", "at: 46h, expect: met", "at: 2761min, ticket: closed",
    ) == []  # fmt: skip


def test_a_window_by_the_sun_opens_by_the_sun_of_the_examples_place(tmp_path: Path) -> None:
    """Civil dusk is at 19:29 on that day in Shanghai; the dark hours begin a quarter of an hour later."""
    assert tried(
        tmp_path, "dark", "at: 12h, points: {car_lux: 0, moving: false}, expect: met",
        "at: 1183min, expect: met", "at: 1186min, expect: violated",
    ) == []  # fmt: skip


def test_an_example_may_tell_a_window_itself(tmp_path: Path) -> None:
    assert tried(
        tmp_path, "night", "at: 12h, points: {car_lux: 0, moving: false, site.night: false}, expect: met",
        "at: 13h, points: {site.night: true}, expect: violated",
        "at: 14h, points: {site.night: {bad: no-sun-event}}, expect: unknown",
    ) == []  # fmt: skip


OWN = """windows:
  night: {daily: ["20:00", "21:00"]}
"""
OWN_CLAUSE = """clauses:
  lift.car-light-at-night:
    title: {zh: 夜间轿厢照明, en: Car light at night}
    applies_to: lift
    require: {point: car_lux, at_least: 50 lx}
    only_while: {during: night}
    basis: {document: house rules, kind: proposed}
    priority: P3
    ticket: {trade: lift}
    action: {zh: 更换灯具, en: Replace the lamp}
"""
OWN_EXAMPLE = """examples:
  - clause: lift.car-light-at-night
    name: by this site's night
    steps:
      - {at: 1h, points: {car_lux: 0 lx}, expect: met}
      - {at: 20h, expect: violated}
      - {at: 1259min, points: {car_lux: 60 lx}, expect: met}
      - {at: 21h, points: {car_lux: 0 lx}, expect: met}
"""


def test_a_sites_own_examples_go_by_its_own_windows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = tmp_path / "site"
    assert outcome(["init", str(site)]) == 0
    (site / "windows.yaml").write_text(OWN, encoding="utf-8")
    (site / "standards.yaml").write_text(OWN_CLAUSE, encoding="utf-8")
    (site / "standards.test.yaml").write_text(OWN_EXAMPLE, encoding="utf-8")
    capsys.readouterr()
    assert outcome(["test", str(site)]) == 0
    assert "0 failed" in capsys.readouterr().out
    (site / "windows.yaml").unlink()
    assert outcome(["test", str(site)]) == 1
    assert "at 1h: expect met, seen violated" in capsys.readouterr().out
