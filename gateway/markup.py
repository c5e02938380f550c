"""Pages to print, in Chinese and English: every text is escaped by ``tag``; only what ``tag`` made is taken as it is.

A page loads nothing from anywhere. Knows nothing of what a page is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from gateway.model import Text
from gateway.outputs.wording import in_language, one_line

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
BASES = {"text": ("标准原文", "text"), "standard": ("参照标准", "standard"), "proposed": ("建议值", "proposed")}
"""What a basis is called, by its kind."""


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


GAP, DOT, BREAK = Html(" "), Html(" · "), Html("<br>")


def tag(name: str, *inside: object, css: str = "", marks: Mapping[str, object] | None = None) -> Html:
    """An element with attributes ``marks``; whatever is no ``Html`` is shown as it is, never taken for markup."""
    given = {**({"class": css} if css else {}), **(marks or {})}
    told = "".join(f' {key}="{escape(one_line(str(value)))}"' for key, value in given.items())
    return Html(f"<{name}{told}>{join('', inside)}</{name}>")


def join(between: str, parts: Iterable[object]) -> Html:
    """The parts one after the other; ``between`` is HTML."""
    return Html(between.join(each if isinstance(each, Html) else escape(one_line(str(each))) for each in parts))


def document(title: str, style: str, parts: Iterable[Html], language: str = "zh") -> str:
    """A whole page, mostly in ``language``; ``style`` is the page's own CSS, after that of all pages."""
    head = Html(
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    )
    shared = Path(__file__).with_name("markup.css").read_text(encoding="utf-8")
    inside = f"{head}{tag('title', title)}<style>{shared}{style}</style>"
    return f'<!doctype html>\n<html lang="{language}"><head>{inside}</head><body>{join("", parts)}</body></html>\n'


def both(text: Text) -> Html:
    """A text in both languages; once where they are the same."""
    return pair(in_language(text, "zh"), in_language(text, "en"))


def pair(zh: str, en: str) -> Html:
    """A text in both languages; once where they are the same."""
    return join("", [zh] if zh == en else [zh, GAP, tag("span", en, css="en")])


def badge(css: str, words: object) -> Html:
    """A few words in a frame; ``css`` is good, part, none or idle."""
    return tag("span", words, css=f"badge {css}")


def figure(value: object, css: str, words: Html) -> Html:
    """A number in large letters over what it tells; ``css`` as of ``badge``."""
    return tag("div", tag("b", value), tag("span", words), css=f"figure {css}")


def table(columns: Iterable[object], rows: Iterable[Iterable[object]], css: str = "") -> Html:
    """A table whose head is repeated on every printed page."""
    head = tag("thead", tag("tr", *(tag("th", each) for each in columns)))
    body = tag("tbody", *(tag("tr", *(tag("td", cell) for cell in row)) for row in rows))
    return tag("table", head, body, css=css)


def listed(parts: Iterable[object]) -> Html:
    """Parts of a cell, each on a line of its own."""
    return join(BREAK, parts)
