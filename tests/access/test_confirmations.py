"""A confirmation counts once, for 60 s, for the token that asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.access.confirmations import AT_ONCE, REMEMBERED, Confirmations, Void


def test_the_same_token_confirms_once_within_60_s() -> None:
    book: Confirmations[str] = Confirmations()
    book.ask("a", "7", "light-3f", 100.0)
    assert book.take("a", "8", 101.0) is Void.FOREIGN
    assert book.take("b", "7", 101.0) is Void.UNKNOWN
    assert book.take("a", "7", 159.9) == "light-3f"
    assert book.take("a", "7", 159.9) is Void.USED


def test_after_60_s_it_is_void() -> None:
    book: Confirmations[str] = Confirmations()
    book.ask("a", "7", "light-3f", 100.0)
    assert book.take("a", "7", 160.0) is Void.EXPIRED
    assert book.take("a", "7", 161.0) is Void.EXPIRED


def test_one_token_cannot_ask_without_end_nor_push_out_what_others_asked() -> None:
    book: Confirmations[str] = Confirmations()
    book.ask("li's", "7", "light-3f", 0.0)
    for number in range(AT_ONCE):
        assert book.has_room("8", 1.0)
        book.ask(f"b{number}", "8", "x", 1.0)
    assert not book.has_room("8", 60.9)
    assert book.has_room("7", 2.0)
    assert book.take("b0", "8", 2.0) == "x"
    assert not book.has_room("8", 60.9), "what was confirmed counts too"
    assert book.has_room("8", 61.0), "its first ones have expired"
    for number in range(2 * REMEMBERED):
        book.ask(f"c{number}", "9", "y", 2.0)
        assert book.take(f"c{number}", "9", 2.0) == "y"
    assert book.take("li's", "7", 59.0) == "light-3f"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("78"), st.floats(0.0, 30.0)), max_size=40))
def test_nothing_is_ever_had_twice_late_or_by_another(acts: list[tuple[str, str, float]]) -> None:
    """Codes a, b and c were asked for by token 7 at 0, 10 and 20 s."""
    book: Confirmations[str] = Confirmations()
    asked = {"a": 0.0, "b": 10.0, "c": 20.0}
    for code, at in asked.items():
        book.ask(code, "7", f"what {code} is", at)
    now, had = 20.0, []
    for code, key, later in acts:
        now += later
        got = book.take(code, key, now)
        if not isinstance(got, Void):
            assert key == "7"
            assert now - asked[code] < 60.0
            had.append(code)
    assert len(had) == len(set(had))
