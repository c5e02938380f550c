"""Links in short messages: whole or not at all, below what they are for, and at nobody's cost."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.outputs.wording import notice_lines, short

LINK = f"https://gate.example/a/{'x' * 230}"


def notice(count: int, more: int = 0, link: str = LINK, language: str = "en") -> dict[str, Any]:
    about = {"place": {"zh": "大堂", "en": "Lobby"}, "title": {"zh": "门", "en": "Door"}, "priority": "P1"}
    items = [
        {
            "type": "touchpoint.ticket.opened.v1",
            "subject": f"ticket/{nth}",
            "data": {**about, "ticket": nth, "link": f"{link}{nth}" if link else ""},
        }
        for nth in range(count)
    ]
    told = {"site": "garden", "to": "li", "language": language, "kind": "alert", "priority": "P1", "items": items}
    return {"type": "touchpoint.notice.made.v1", "data": {**told, "more": more}}


@pytest.mark.parametrize(("language", "word"), [("en", "Acknowledge"), ("zh", "确认")])
def test_each_item_has_its_own_below_it(language: str, word: str) -> None:
    lines = short(notice(2, language=language), ["zh", "en"], 2048).split("\n")
    assert [line.startswith("- ") for line in lines[1:]] == [True, False, True, False]
    assert [lines[2], lines[4]] == [f"{word}: {LINK}0", f"{word}: {LINK}1"]


@pytest.mark.parametrize("longest", [600, 1000, 2048, 4096])
@pytest.mark.parametrize("more", [0, 40])
def test_no_link_is_cut_and_none_takes_the_place_of_an_item(longest: int, more: int) -> None:
    told = notice(10, more)
    said = short(told, ["en"], longest)
    lines = said.split("\n")
    assert len(said.encode()) <= longest
    links = [line for line in lines if "https:" in line]
    assert links == [f"Acknowledge: {LINK}{nth}" for nth in range(len(links))], "the most urgent first"
    assert [line for line in lines if line not in links] == notice_lines(told, longest)


def test_without_links_a_message_is_as_it_was() -> None:
    told = notice(3, link="")
    assert short(told, ["en"], 2048).split("\n") == notice_lines(told, 2048)
