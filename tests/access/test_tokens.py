"""Tokens by themselves: what they look like, when they count, what they must not be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access.tokens import LONGEST, NOBODY, Scope, digest, fits, new_token, parts, redacted, told
from gateway.clock import secret
from gateway.errors import Refused

DAY = 86400.0
NOW = 1_767_268_800.0


def test_a_token_is_told_once_and_kept_as_its_digest() -> None:
    token, key = new_token("li", ["test:run"], 90 * DAY, NOW, secret)
    assert token.scopes == {Scope.TEST_RUN}
    assert token.expires_at == NOW + 90 * DAY
    assert key not in repr(token)
    assert token.digest == digest(key)
    text = told(token, key)
    assert text.startswith("tpg_0_")


def test_a_secret_has_192_bits_and_never_comes_twice() -> None:
    drawn = {secret() for _ in range(1000)}
    assert len(drawn) == 1000
    assert {len(each) for each in drawn} == {32}, "32 characters of 6 bits"


def test_it_counts_until_it_expires_or_is_revoked() -> None:
    token, _ = new_token("li", ["read"], 60.0, NOW, secret)
    assert token.why_not(NOW + 59.9) == ""
    assert token.why_not(NOW + 60.0) == "has expired"


@pytest.mark.parametrize(
    ("name", "scopes", "lasts", "why"),
    [
        ("li", ["root"], DAY, "no scope 'root'"),
        ("li", [], DAY, "needs a scope"),
        ("li", ["read"], LONGEST + 1, "at most 366 days"),
        ("li", ["read"], 0.0, "at most 366 days"),
        ("schedule", ["test:run"], DAY, "cannot be called"),
        ("unknown", ["test:run"], DAY, "cannot be called"),
        ("token 3", ["test:run"], DAY, "cannot be called"),
        ("li\nroot", ["test:run"], DAY, "cannot be called"),
        (" li", ["test:run"], DAY, "cannot be called"),
        ("l" * 61, ["test:run"], DAY, "cannot be called"),
    ],
)
def test_what_no_token_may_be(name: str, scopes: list[str], lasts: float, why: str) -> None:
    with pytest.raises(Refused, match=why):
        new_token(name, scopes, lasts, NOW, secret)


@given(st.integers(1, 999_999_999), st.text("abcXYZ019_-", min_size=22, max_size=86))
def test_a_text_comes_apart_as_it_was_put_together(number: int, key: str) -> None:
    assert parts(f"tpg_{number}_{key}") == (number, key)


@given(st.text())
def test_any_other_text_is_of_no_token_and_fits_nothing(text: str) -> None:
    number, key = parts(text)
    assert number == 0
    assert key == text
    assert not fits(text, NOBODY)


@given(st.text(), st.text("abcXYZ019_-", min_size=22, max_size=86), st.text())
def test_no_token_is_left_in_what_is_logged(before: str, key: str, after: str) -> None:
    assert f"tpg_7_{key}" not in redacted(f"{before}tpg_7_{key} {after}")
