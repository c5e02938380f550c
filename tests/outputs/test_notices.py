"""How a notice reads in a chat: a heading, a line for each thing, and how much is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.outputs import wording
from gateway.outputs.wording import known_events, known_languages, messages, sentence, short
from tests.outputs.test_wording import DATA, event

OPENED = {**event("ticket.opened", **DATA), "kind": "alert", "time": "2026-11-30T10:00:00.000Z"}
CLOSED = {**event("ticket.closed", **DATA), "kind": "all-clear", "time": "2026-11-30T11:00:00.000Z"}


def notice(language: str = "en", kind: str = "alert", **data: Any) -> dict[str, Any]:
    told = {
        "site": "garden",
        "to": "li",
        "language": language,
        "kind": kind,
        "priority": "P2",
        "items": [OPENED],
        "more": 0,
    }
    return {"type": "touchpoint.notice.made.v1", "subject": "person/li", "data": told | data}


def test_one_ticket_is_a_heading_and_its_sentence_whole_in_the_persons_language() -> None:
    assert short(notice(), ["zh", "en"], 2048).split("\n") == ["garden [P2]: 1 new", f"- {sentence(OPENED, 'en')}"]
    assert short(notice("zh"), ["en"], 2048).split("\n") == ["garden【P2】新情况 1 项", f"- {sentence(OPENED, 'zh')}"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", ["alert", "repeat", "all-clear", "summary", "test"])
def test_every_kind_has_a_heading_without_an_empty_field(kind: str, language: str) -> None:
    counts = {"counts": {"P2": 12}, "places": [{"place": DATA["place"], "count": 12}], "cleared": 0, "by": "anna"}
    items = [] if kind == "test" else [OPENED]
    heading = short(notice(language, kind, items=items, **counts), [], 500).split("\n")[0]
    assert "garden" in heading
    assert "$" not in heading
    assert sentence(notice(language, kind, items=items, **counts), language) == heading
    if kind == "summary":
        assert "P2 × 12" in heading
        assert DATA["place"][language] in heading


def test_whoever_is_told_in_the_place_of_somebody_reads_so() -> None:
    (english, _), (chinese, _) = (
        short(notice(language, instead_of=["li", "wei"]), [], 500).split("\n") for language in ("en", "zh")
    )
    assert english == "garden [P2]: 1 new; to you because li, wei cannot be reached"
    assert chinese == "garden【P2】新情况 1 项;因无法通知 li,wei,转发给您"


def test_what_is_over_is_not_counted_as_new() -> None:
    items = [{**CLOSED, "kind": "all-clear"}, {**OPENED, "kind": "alert"}, {**CLOSED, "kind": "all-clear"}]

    def heading(language: str, kind: str, mixed: list[dict[str, Any]]) -> str:
        return sentence(notice(language, kind, items=mixed), language)

    assert heading("en", "alert", items) == "garden [P2]: 1 new, 2 over"
    assert heading("zh", "alert", items) == "garden【P2】新情况 1 项,已结束 2 项"
    assert heading("en", "repeat", items) == "garden [P2]: 1 still open, not taken by anybody, 2 over"
    assert heading("en", "all-clear", items[::2]) == "garden: 2 over"
    assert heading("en", "alert", items[::2]) == "garden [P2]: 2 new", "an end that is no good news"


def test_people_read_the_sites_name_in_their_language() -> None:
    title = {"zh": "滨河花园", "en": "Riverside Garden"}
    told = [short(notice(language, site_title=title), [], 500).split("\n")[0] for language in ("en", "zh", "fr")]
    assert told == ["Riverside Garden [P2]: 1 new", "滨河花园【P2】新情况 1 项", "Riverside Garden [P2]: 1 new"]


@pytest.mark.parametrize("longest", [200, 500, 1000, 2048])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_does_not_fit_is_counted_and_nothing_is_cut_off_beyond(longest: int, language: str) -> None:
    text = short(notice(language, "summary", items=[OPENED] * 10, more=490, counts={"P2": 500}, places=[]), [], longest)
    lines = text.split("\n")
    assert len(text.encode()) <= longest
    assert str(500 - (len(lines) - 2)) in lines[-1]
    assert "touchpoint tickets" in lines[-1]
    assert len(lines) >= 3, "the most urgent is named however short it has to be"


def test_ten_short_items_are_all_named() -> None:
    lines = short(notice(kind="all-clear", items=[CLOSED] * 10), [], 2048).split("\n")
    assert lines[0] == "garden: 10 over"
    assert len(lines) == 11
    assert all("closed" in line for line in lines[1:])


def test_a_place_cannot_call_people_or_forge_a_line() -> None:
    place = {"en": "<at id=all>\nHall", "zh": "x"}
    lines = short(notice(items=[{**OPENED, "data": {**DATA, "place": place}}]), [], 2048).split("\n")
    assert len(lines) == 2
    assert "<" not in lines[1]


def test_a_further_language_is_one_file() -> None:
    here = Path(wording.__file__)
    files = here.parent.glob("messages.*.yaml")
    assert list(known_languages()) == sorted(each.name.split(".")[1] for each in files)
    assert {"zh", "en"} <= set(known_languages())
    assert {messages(each).notices.keys() >= messages("en").notices.keys() for each in known_languages()} == {True}
    assert {"ticket.opened", "alarm.raised", "ticket.escalated"} <= known_events()
    assert not [each for each in known_events() if " " in each]
