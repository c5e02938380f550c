"""The long form: everything that somebody needs to act on, and not a word of it taken for markup."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.outputs.letter import LONGEST_SUBJECT, Letter, letter, most_urgent_first
from gateway.outputs.link import Link
from gateway.outputs.output import Letterhead
from gateway.samples import samples

EVENTS = samples()
TITLE = {"zh": "滨河花园", "en": "Riverside Garden"}
LETTERHEAD = Letterhead(["zh", "en"], "riverside-garden", TITLE, ZoneInfo("Asia/Shanghai"))
LINK = Link("https://pm.example/t/$ticket?from=$site")
CHINESE = "工单"


def notice(language: str, *names: str, kind: str = "alert", more: int = 0, priority: str = "P2") -> dict[str, Any]:
    """As the routes make one for a person."""
    items = [EVENTS[name] for name in names]
    data = {
        "site": "s",
        "to": "li",
        "language": language,
        "kind": kind,
        "priority": priority,
        "items": items,
        "more": more,
    }
    return {
        "type": "touchpoint.notice.made.v1",
        "subject": "notice/1",
        "time": "2026-01-01T00:00:00.000Z",
        "data": data,
    }


class Page(HTMLParser):
    """What a mail program shows of a page, and which elements it makes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_ticket_says_what_where_since_when_why_and_what_to_do() -> None:
    told = letter(EVENTS["ticket.opened"], LETTERHEAD, LINK)
    assert (
        told.subject == "滨河花园: 工单 1【P3】1号楼大堂:门长时间未关 / Ticket 1 [P3] Building 1 lobby: Door held open"
    )
    assert told.priority == "P3"
    zh, en = told.text.split("\n\n----\n\n")
    digest = EVENTS["ticket.opened"]["data"]["standard"]["digest"]
    assert zh.split("\n")[2:8] == [
        "地点: 1号楼大堂 (unit-door)", "资产: door-lobby-1", "开始于: 2026-01-01 08:06:40 Asia/Shanghai",
        "发生于: 2026-01-01 08:10:00 Asia/Shanghai", "实测: 门持续开启时间 200 s (2026-01-01 08:06:40 Asia/Shanghai)",
        "要求: 门持续开启时间 不高于 120 s",
    ]  # fmt: skip
    assert en.rstrip().split("\n")[-8:] == [
        "Since: 2026-01-01 08:06:40 Asia/Shanghai", "Happened: 2026-01-01 08:10:00 Asia/Shanghai",
        "Measured: time held open 200 s (2026-01-01 08:06:40 Asia/Shanghai)", "Required: time held open at most 120 s",
        f"Clause: access-door.held-open, edition 1.0 ({digest})",
        "Basis: proposed; touchpoint standard; 30 s would be a warning, 120 s a ticket",
        "What to do: Remove what holds the door and see that it closes by itself; if a delivery needs it open, "
        "post somebody there.",
        "Link: https://pm.example/t/1?from=riverside-garden",
    ]  # fmt: skip


def test_the_page_says_the_same_as_the_text() -> None:
    told = letter(EVENTS["ticket.opened"], LETTERHEAD, LINK)
    page = Page(told.html)
    assert page.links == ["https://pm.example/t/1?from=riverside-garden"] * 2
    for line in told.text.replace("----", "").split("\n"):
        label, _, value = line.partition(": ")
        assert line in page.words or (label in page.words and value in page.words) or not line


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_can_be_a_letter(name: str) -> None:
    told = letter(EVENTS[name], LETTERHEAD, Link(""))
    for told_as in (told.subject, told.text, told.html):
        assert "None" not in told_as
        assert "$" not in told_as
    assert "Asia/Shanghai" in told.text


def test_a_notice_speaks_one_language_and_is_most_urgent_first() -> None:
    names = ("ticket.opened", "proof_test.finished", "alarm.raised bare")
    en = letter(notice("en", *names, more=3), LETTERHEAD, LINK)
    assert en.subject == "s [P2]: 6 new: [P2] Building 1 lobby: Asset cannot be judged"
    assert en.priority == "P2"
    assert en.text.index("Asset cannot be judged") < en.text.index("duration test") < en.text.index("Ticket 1 [P3]")
    assert en.text.rstrip().endswith(
        "... and 3 more. All of them: touchpoint tickets list, or the gateway's page of tickets"
    )
    assert [each for each in en.text + en.html if "\u4e00" <= each <= "\u9fff"] == []
    zh = letter(notice("zh", *names, more=3), LETTERHEAD, LINK)
    assert "另有 3 项" in zh.text
    assert "Where" not in zh.text + zh.html
    assert "Ticket" not in zh.text + zh.html


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("alert", "s [P3]: 1 new: Ticket 1 [P3] Building 1 lobby: Door held open"),
        ("repeat", "s [P3]: 1 still open, not taken by anybody: Ticket 1 [P3] Building 1 lobby: Door held open"),
        ("all-clear", "s: 1 over: Ticket 1 [P3] Building 1 lobby: Door held open"),
    ],
)
def test_a_notice_says_in_its_subject_what_sort_it_is(kind: str, subject: str) -> None:
    assert letter(notice("en", "ticket.opened", kind=kind, priority="P3"), LETTERHEAD, LINK).subject == subject


def test_a_summary_counts_what_it_leaves_out() -> None:
    storm = notice("en", "ticket.opened", kind="summary", more=40)
    place = {"zh": "一", "en": "Basement"}
    data = {**storm["data"], "counts": {"P2": 1, "P3": 40}, "cleared": 2, "places": [{"place": place, "count": 41}]}
    assert letter({**storm, "data": data}, LETTERHEAD, LINK).subject == (
        "s [P2]: 41 at once (P2 × 1, P3 × 40; 2 of them over). Most of it: Basement × 41: "
        "Ticket 1 [P3] Building 1 lobby: Door held open"
    )


def test_a_trial_has_nothing_to_tell() -> None:
    trial = notice("zh", kind="test", priority="P4")
    told = letter({**trial, "data": {**trial["data"], "by": "li"}}, LETTERHEAD, LINK)
    assert told.subject == "s:仅为通道测试,由 li 发起"
    assert told.text.strip() == "s:仅为通道测试,由 li 发起"
    assert told.priority == ""


def test_a_link_to_acknowledge_stands_with_the_item_that_calls_for_somebody() -> None:
    told = notice("en", "ticket.opened", "ticket.taken")
    first, second = told["data"]["items"]
    linked = {**first, "data": {**first["data"], "link": "https://gw.example/l/one?a=1&b=2"}}
    letter_ = letter({**told, "data": {**told["data"], "items": [linked, second]}}, LETTERHEAD, LINK)
    assert letter_.text.count("https://gw.example/l/one?a=1&b=2") == 1
    assert Page(letter_.html).links == [
        "https://gw.example/l/one?a=1&b=2", "https://pm.example/t/1?from=riverside-garden",
        "https://pm.example/t/1?from=riverside-garden",
    ]  # fmt: skip


def test_what_has_no_priority_comes_last_and_the_older_first() -> None:
    def item(number: int, time: str, priority: str | None) -> Mapping[str, Any]:
        return {"id": number, "time": time, "data": {"priority": priority}}

    items = [
        item(1, "2026-01-02", None),
        item(2, "2026-01-02", "P2"),
        item(3, "2026-01-01", "P2"),
        item(4, "2026-01-03", "P1"),
    ]
    assert [each["id"] for each in most_urgent_first(items)] == [4, 3, 2, 1]


def hostile() -> Letter:
    """A ticket whose every text wants to be something else."""
    bad = '<script>alert(1)</script>\r\nBcc: all@example.org\u202e & "quoted" $ticket ${place}'
    event = EVENTS["ticket.noted"]
    place = {"zh": bad, "en": bad}
    data = {**event["data"], "place": place, "title": place, "asset": bad, "entry": {"by": bad, "text": bad}}
    return letter({**event, "data": data}, LETTERHEAD, LINK)


def test_user_text_is_no_markup_no_header_and_no_template() -> None:
    told = hostile()
    page = Page(told.html)
    assert page.tags == {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "h3",
        "div",
        "p",
        "table",
        "tr",
        "th",
        "td",
        "hr",
        "a",
    }
    assert "<script>alert(1)</script>" in "".join(page.words), "shown as it was written"
    assert "\n" not in told.subject
    assert "\r" not in told.subject + told.text + told.html
    assert "\u202e" not in told.subject + told.text + told.html
    assert "$ticket ${place}" in told.text
    assert len(told.subject) <= LONGEST_SUBJECT


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("ftp://x/$ticket", "no http or https"), ("https://", "no http or https"),
        ("https://x/$tiket", r"knows no \$tiket"),
        ("https://x/$", r"write \$\$"), ("https://x:0/", "no http or https"), ("http://[", "no http or https"),
    ],
)  # fmt: skip
def test_a_link_that_cannot_be(written: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Link(written)


def test_a_link_is_only_there_when_all_that_it_names_is() -> None:
    event = {"subject": "a b/c", "data": {"asset": "x/../y&z", "ticket": 7}}
    assert Link("https://h.example/$asset/$ticket").of(event) == "https://h.example/x%2F..%2Fy%26z/7"
    assert Link("https://h.example/$subject").of(event) == "https://h.example/a%20b%2Fc"
    assert Link("https://h.example/$clause").of(event) == ""
    assert Link("https://h.example/").of(event) == "https://h.example/"
    assert Link("").of(event) == ""
