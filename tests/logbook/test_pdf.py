"""The log book as a PDF: every field and curve, in both languages, to be read by anybody without fonts of their own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from gateway.logbook.book import NOTES, Book
from gateway.logbook.facts import whole
from gateway.logbook.printed import printed
from gateway.logbook.speech import BOTH, Speech
from gateway.proof_tests.entry import OUTCOMES, Entry, Kind, Outcome
from tests.conftest import Needs
from tests.logbook.book import entry, lights
from tests.logbook.test_page import FAILED, MAINS
from tests.logbook.test_paper import read

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _programs(needs: Needs) -> None:
    needs("pdftotext")


def document(entries: Sequence[Entry], languages: Sequence[str] = BOTH, broken_at: int | None = None) -> bytes:
    """The PDF of these entries, printed the day after."""
    rows = [whole(lights(10.5), each) for each in entries]
    title, chosen = {"zh": "滨河花园", "en": "Riverside Garden"}, [{"zh": "自 2026-01-01", "en": "since 2026-01-01"}]
    book = Book(title, "riverside", "1.0", "2026-01-02T00:00:00.000Z", chosen, rows, broken_at)
    return printed(book, Speech(languages, ZONE))


def told(entries: Sequence[Entry], languages: Sequence[str] = BOTH, broken_at: int | None = None) -> str:
    """Its text without any gap: a cell breaks its lines where it is full."""
    return "".join(read(document(entries, languages, broken_at)).split())


def test_every_field_of_an_entry_is_on_the_sheet() -> None:
    said = told([entry(), FAILED, MAINS], ("en",))
    for field in (
        "№ 1", "2026-01-01", "20:00:00 – 20:15:30", "Building 3 <corridor>", "light-3f", "duration test",
        "by the device itself", "seen on mains since 2025-12-31 20:00:00", "battery voltage 13.4 V",
        "battery charge unknown", "passed", "≥ 15:30", "known to 30 s", "limit: over 15:00", "11.65 V",
        "the lamp went out while on its battery", "≥ 14:00", "9.98 V", "emergency-light.duration-test",
        "text: touchpoint standard", "1.0 0123456789ab", "unplanned discharge", "by mains failure", "judged by none",
        "since 2026-01-01", "hash chain whole", "printed 2026-01-02 08:00:00", "Riverside Garden",
    ):  # fmt: skip
        assert "".join(field.split()) in said, field


@pytest.mark.parametrize("languages", [("zh",), ("en",), BOTH])
def test_it_says_what_a_test_does_not_prove_in_the_languages_asked_for(languages: Sequence[str]) -> None:
    said = told([entry(), FAILED], languages)
    for each in BOTH:
        for text in (*NOTES, OUTCOMES[Outcome.FAILED]):
            assert ("".join(text[each].split()) in said) is (each in languages)


def test_the_curves_are_drawn_with_their_limits() -> None:
    said = told([entry(), FAILED, MAINS], ("en",))
    assert said.count("longerthan15:00") == 2, "one for each entry that has a curve"
    assert said.count("atleast10.5V") == 2
    assert (said.count("end15:30"), said.count("end14:30")) == (1, 1)


def test_its_font_is_inside_and_only_what_of_it_is_needed(needs: Needs) -> None:
    needs("pdffonts")
    made = document([entry()])
    listed = subprocess.run(["pdffonts", "-"], input=made, capture_output=True, check=True).stdout.decode()
    fonts = [each.split() for each in listed.splitlines()[2:]]
    assert [each[-5:-2] for each in fonts] == [["yes", "yes", "yes"]], "embedded, a subset, with its characters"
    assert len(made) < 200_000


def test_the_same_book_is_the_same_file() -> None:
    assert document([entry(), FAILED]) == document([entry(), FAILED])


def test_a_broken_chain_is_told_at_its_head() -> None:
    assert "hashchainbrokenatentry2:thebookwaschanged" in told([entry()], ("en",), 2)


def test_every_kind_and_outcome_can_be_printed_without_curve_or_voltage() -> None:
    bare = [
        entry(number, kind=kind, outcome=outcome, curve=(), lowest_voltage=None, before={}, lasted=0.0, limit=None)
        for number, (kind, outcome) in enumerate(((k, o) for k in get_args(Kind) for o in Outcome), start=1)
    ]
    said = told(bare, ("en",))
    assert sorted(int(each) for each in re.findall(r"№(\d+)2026", said)) == [each.id for each in bare]
    assert "Dischargecurves" not in said


def test_an_empty_book_is_a_page_that_says_so() -> None:
    assert "没有记录。" in told([])
