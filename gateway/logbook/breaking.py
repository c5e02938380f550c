"""Breaks text into lines, as readers of Chinese and of English expect it. Knows no font: how wide words are is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gateway.logbook.drawing import LATIN

NEVER_FIRST = frozenset(",.;:!?)]}%，。、；：！？）】》”’…")
"""No line begins with one of these."""


def broken(words: str, room: float, span: Callable[[str], float]) -> Iterator[str]:
    """``words`` in lines for which ``span`` tells no more than ``room``; one letter at least, however wide it is."""
    told = ""
    for piece in pieces(words):
        if told and span((told + piece).rstrip()) > room:
            yield told.rstrip()
            told = ""
        told += piece
        while len(told) > 1 and span(told.rstrip()) > room:
            fits = next((n for n in range(len(told) - 1, 1, -1) if span(told[:n]) <= room), 1)
            yield told[:fits]
            told = told[fits:]
    yield told.rstrip()


def pieces(words: str) -> Iterator[str]:
    """``words`` in the smallest parts between which a line may be broken."""
    told = ""
    for each in words:
        wide = ord(each) > LATIN
        after = told[-1:]
        hyphen = after in ("-", "/", "_") and not each.isdigit()
        may_break = after == " " or hyphen or wide or (after and ord(after) > LATIN)
        if told and may_break and each not in NEVER_FIRST and each != " ":
            yield told
            told = ""
        told += each
    if told:
        yield told
