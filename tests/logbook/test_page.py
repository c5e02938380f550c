"""The page of the log book: whole, escaped, in the languages asked for, and plain about what a test does not prove."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from gateway.logbook.book import NOTES, Book
from gateway.logbook.facts import NOTHING, whole
from gateway.logbook.page import page
from gateway.logbook.speech import BOTH, Speech
from gateway.model import Priority
from gateway.proof_tests.entry import OUTCOMES, Entry, Outcome
from gateway.store.log_book import Behind
from gateway.tickets.ticket import GATEWAY, Ticket, TicketState
from tests.logbook.book import CLAUSE, discharge, entry, lights
from tests.story import NOON

ZONE = ZoneInfo("Asia/Shanghai")
FAILED = entry(
    2, outcome=Outcome.FAILED, finding="lamp-out", lasted=840.0, ended_at=NOON + 870.0, lowest_voltage=9.98,
    curve=discharge(870.0),
)  # fmt: skip
MAINS = entry(
    3, kind="discharge", outcome=Outcome.RECORDED, started_by="mains failure", started_at=NOON + 4 * 3600.0 - 60.0,
    ended_at=NOON + 4 * 3600.0 + 60.0, lasted=90.0, limit=None, clause="", basis={}, standard={}, before={}, curve=(),
    lowest_voltage=None,
)  # fmt: skip
OPEN = Ticket(4, "light-3f", CLAUSE, Priority.P2, TicketState.OPEN, NOON + 1000.0)


def printed(entries: Sequence[Entry], languages: Sequence[str] = BOTH, behind: Behind = NOTHING) -> str:
    """The page of these entries, printed the day after."""
    title = {"zh": "滨河花园", "en": "Riverside & Garden"}
    rows = [whole(lights(), each, behind) for each in entries]
    chosen = [{"zh": "自 2026-01-01", "en": "since 2026-01-01"}]
    return page(Book(title, "riverside", "1.0", "2026-01-02T00:00:00.000Z", chosen, rows), Speech(languages, ZONE))


def rows(text: str) -> list[str]:
    """What is read in each row of the table of entries."""
    found = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)[1:]
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", each)).split()) for each in found]


def test_a_row_tells_all_there_is_to_an_entry() -> None:
    passed, failed, mains = rows(printed([entry(), FAILED, MAINS], ("en",)))
    assert passed == (
        "№ 1 2026-01-01 20:00:00 – 20:15:30 Building 3 <corridor> light-3f duration test by the device itself "
        "seen on mains since 2025-12-31 20:00:00 battery full yes battery voltage 13.4 V battery charge unknown passed "
        "≥ 15:30 known to 30 s limit: over 15:00 11.65 V – "
        "word emergency-light.duration-test text: touchpoint standard 1.0 0123456789ab"
    )
    assert "failed the lamp went out while on its battery ≥ 14:00" in failed
    assert failed.count("9.98 V") == 1
    assert mains == (
        "№ 3 2026-01-01 23:59:00 – 2026-01-02 00:01:00 Building 3 <corridor> light-3f "
        "unplanned discharge by mains failure unknown recorded ≥ 1:30 known to 30 s – – judged by none"
    )


def test_a_failed_test_has_its_ticket_beside_it_and_what_a_person_wrote() -> None:
    """Found failed at noon; wang said at 14:00 that it was mended, and the test of 15:00 proved it."""
    ticket = Ticket(4, "light-3f", CLAUSE, Priority.P2, TicketState.CLOSED, NOON + 1000.0)
    for at, who, what in ((1000, GATEWAY, "opened"), (7200, "wang", "finished"), (12000, GATEWAY, "closed")):
        ticket = ticket.with_entry(NOON + at, who, what)
    behind = Behind({("light-3f", CLAUSE): [ticket]}, {("light-3f", "duration"): [(NOON + 10800.0, 10)]})
    told = replace(FAILED, due=NOON - 60.0, why="after a <complaint>", remark="dim before")
    said = rows(printed([told], ("en",), behind))[0]
    assert "planned for 2026-01-01 19:59:00 reason: after a <complaint>" in said
    assert "went out while on its battery dim before" in said
    assert "ticket № 4 cleared 2026-01-01 23:20:00 by wang proven by № 10" in said
    assert "ticket № 4 not cleared" in rows(printed([told], ("en",), Behind({("light-3f", CLAUSE): [OPEN]})))[0]


def test_a_label_stands_before_its_words_in_each_language_and_once_before_a_name() -> None:
    both = " ".join(rows(printed([entry(started_by="schedule"), entry(2, started_by="li")])))
    assert "由 计划 by the schedule" in both
    assert "由 by li" in both


def test_what_has_no_time_of_its_own_has_a_dash() -> None:
    walk = entry(kind="walk", started_by="alarm", limit=None, lasted=0.0, resolution=0.0, curve=(), lowest_voltage=None)
    assert "walk test by an alarm" in rows(printed([walk], ("en",)))[0]
    assert "passed – – –" in rows(printed([walk], ("en",)))[0]


def test_a_time_of_which_nothing_is_proven_is_no_number() -> None:
    unproven = entry(outcome=Outcome.INCONCLUSIVE, finding="no-evidence", lasted=0.0, resolution=0.0)
    (told,) = rows(printed([unproven], ("en",)))
    assert "lit from its battery nothing proven limit: over 15:00" in told
    assert "0:00 known" not in told


def test_every_outcome_is_counted_and_none_is_left_out() -> None:
    text = printed([entry(), FAILED, MAINS, entry(4)], ("en",))
    told = {words: int(count) for count, words in re.findall(r"<b>(\d+)</b><span>(\w[\w ]*)</span>", text)}
    assert told == {OUTCOMES[each]["en"]: 0 for each in Outcome} | {"passed": 2, "failed": 1, "recorded": 1}


@pytest.mark.parametrize(("languages", "other"), [(("zh",), "en"), (("en",), "zh")])
def test_one_language_is_enough(languages: tuple[str], other: str) -> None:
    text = unescape(printed([entry(), FAILED], languages))
    assert f'<html lang="{languages[0]}">' in text
    for note in NOTES:
        assert note[languages[0]] in text
        assert note[other] not in text
    assert OUTCOMES[Outcome.FAILED][languages[0]] in text
    assert {"zh": "电池电压 (V)", "en": "battery voltage (V)"}[languages[0]] in text


def test_both_languages_stand_side_by_side_and_say_what_is_not_proven() -> None:
    text = unescape(printed([entry()]))
    for said in (
        "滨河花园",
        "Riverside & Garden",
        "不能代替每年一次",
        "does not replace the yearly test",
        "不是符合性声明",
    ):
        assert said in text
    assert "no claim of compliance" in text


def test_the_page_is_whole_and_loads_nothing() -> None:
    text = printed([entry(), FAILED, MAINS])
    body = text[text.index("<body>") : text.index("</html>")].replace("<br>", "<br/>")
    parsed = ElementTree.fromstring(body)  # noqa: S314 - it is our own
    assert len(list(parsed.iter("{http://www.w3.org/2000/svg}svg"))) == 2, "a curve for each entry that has one"
    assert not re.search(r"<(script|link|img|iframe|object)|\b(src|href|style)=|url\(|@import", text)
    assert "<corridor>" not in text
    assert "&lt;corridor&gt;" in text


def test_an_empty_book_says_so() -> None:
    text = printed([], ("en",))
    assert "There is no entry." in text
    assert "<svg" not in text
