"""Markup: text stays text, whatever is in it; a page is whole and loads nothing."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.markup import badge, both, document, join, listed, pair, table, tag


def test_text_stays_text_in_elements_and_their_attributes() -> None:
    assert tag("p", "a < b & c", tag("b", "<i>")) == "<p>a &lt; b &amp; c<b>&lt;i&gt;</b></p>"
    assert tag("a", marks={"x": '"><script>'}) == '<a x="&quot;&gt;&lt;script&gt;"></a>'
    assert tag("p", "one\ntwo", css="note") == '<p class="note">one\\x0atwo</p>'


@given(st.text(), st.text())
def test_no_text_ever_opens_an_element(text: str, other: str) -> None:
    made = table([text], [[pair(text, other), listed([other, text]), badge("good", text), join(" ", [other])]])
    assert set(re.findall(r"<(\w+)", made)) <= {"table", "thead", "tbody", "tr", "th", "td", "span", "br"}


def test_both_languages_are_told_once_where_they_are_the_same() -> None:
    assert both({"zh": "门", "en": "door"}) == '门 <span class="en">door</span>'
    assert both({"zh": "B1", "en": "B1"}) == "B1"
    assert both({"en": "door"}) == "door"


def test_a_page_allows_itself_nothing_but_its_own_style() -> None:
    page = document("<a>", ".x { color: red; }", [tag("p", "words")])
    assert page.startswith("<!doctype html>")
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert "<title>&lt;a&gt;</title>" in page
    assert ".x { color: red; }</style></head><body><p>words</p></body></html>" in page
