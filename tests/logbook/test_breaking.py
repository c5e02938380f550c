"""Lines are broken where a reader expects it; nothing is lost, and none is too wide."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.logbook.breaking import NEVER_FIRST, broken, pieces


def span(words: str) -> float:
    """A Chinese character is as wide as two Latin ones."""
    return sum(2.0 if ord(each) > 0x2E7F else 1.0 for each in words)


def test_words_break_after_spaces_and_hyphens_and_between_chinese() -> None:
    assert list(pieces("light-3f on")) == ["light-3f ", "on"], "no number goes alone upon the next line"
    assert list(pieces("emergency-light")) == ["emergency-", "light"]
    assert list(pieces("2025-12-31 20:00")) == ["2025-12-31 ", "20:00"]
    assert list(pieces("灯亮,是 yes")) == ["灯", "亮,", "是 ", "yes"]


@given(st.text(st.sampled_from("ab c-/灯亮。,)1_ é€"), max_size=60), st.floats(2.0, 30.0))
def test_nothing_is_lost_and_no_line_is_too_wide(words: str, room: float) -> None:
    told = list(broken(words, room, span))
    assert "".join("".join(told).split()) == "".join(words.split())
    assert all(span(each) <= room or len(each) == 1 for each in told)
    assert all(first not in NEVER_FIRST for first in (each[0] for each in pieces(words)) if not words.startswith(first))


def test_a_line_is_filled_before_the_next_begins() -> None:
    assert list(broken("battery duration 15 min", 16.0, span)) == ["battery duration", "15 min"]
    assert list(broken("电池供电时灯熄灭", 8.0, span)) == ["电池供电", "时灯熄灭"]
    assert list(broken("灯亮。", 4.0, span)) == ["灯", "亮。"], "a full stop takes its character along"
    assert list(broken("", 4.0, span)) == [""]
