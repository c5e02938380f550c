"""Tokens of links: what they allow is what was signed, to the letter."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access.links import Grant, grant_for, nonce_of, opened, redacted, signed

KEY = b"k" * 32
GRANT = Grant("lobby-door", "access-door.shut", "li", 1_767_268_800_123, 1_767_355_200, "0f" * 16)
TOKEN = signed(GRANT, "garden", KEY)


def test_what_was_signed_is_read_back() -> None:
    assert opened(TOKEN, "garden", KEY) == GRANT
    assert len(TOKEN) < 250
    assert TOKEN.replace(".", "").replace("-", "").replace("_", "").isalnum()


def test_the_seal_is_a_hmac_over_the_site_and_everything_that_is_said() -> None:
    """By the standard library alone."""
    said, _, seal = TOKEN.rpartition(".")
    told = json.loads(base64.urlsafe_b64decode(said + "=="))
    assert told == ["lobby-door", "access-door.shut", "li", 1_767_268_800_123, 1_767_355_200, "0f" * 16]
    assert seal == hmac.new(KEY, b"touchpoint link 1\0garden\0" + said.encode(), hashlib.sha256).hexdigest()


CHANGED: dict[str, Any] = {
    "asset": "fire-door", "clause": "access-door.locked", "who": "wang", "told_at": GRANT.told_at + 1,
    "until": GRANT.until + 1, "nonce": "1f" * 16,
}  # fmt: skip


@pytest.mark.parametrize("field", [each.name for each in dataclasses.fields(Grant)])
def test_no_field_can_be_changed(field: str) -> None:
    other = signed(dataclasses.replace(GRANT, **{field: CHANGED[field]}), "garden", KEY)
    said, seal = other.rpartition(".")[0], TOKEN.rpartition(".")[2]
    assert other != TOKEN
    assert opened(f"{said}.{seal}", "garden", KEY) is None


@pytest.mark.parametrize(("site", "key"), [("gardens", KEY), ("garden", b"j" * 32)])
def test_neither_another_site_nor_another_key_takes_it(site: str, key: bytes) -> None:
    assert opened(TOKEN, site, key) is None


@given(at=st.integers(0, len(TOKEN) - 1), instead=st.characters(codec="utf-8"))
def test_no_character_can_be_changed(at: int, instead: str) -> None:
    other = TOKEN[:at] + instead + TOKEN[at + 1 :]
    assert (opened(other, "garden", KEY) is not None) == (other == TOKEN)


@pytest.mark.parametrize("token", ["", ".", "x", TOKEN[:-1], f"{TOKEN}0", f" {TOKEN}", TOKEN.upper(), "\udcff.\udcff"])
def test_what_is_no_token_is_none(token: str) -> None:
    assert opened(token, "garden", KEY) is None


@given(said=st.binary(max_size=60))
def test_whatever_is_signed_that_says_something_else_is_none(said: bytes) -> None:
    """A seal of ours on words that are none of ours cannot be, but would be refused too."""
    text = base64.urlsafe_b64encode(said).decode().rstrip("=")
    seal = hmac.new(KEY, b"touchpoint link 1\0garden\0" + text.encode(), hashlib.sha256).hexdigest()
    assert opened(f"{text}.{seal}", "garden", KEY) is None


def item(word: str, **data: Any) -> dict[str, Any]:
    about = {"asset": "lobby-door", "clause": "access-door.shut"}
    return {"type": f"touchpoint.{word}.v1", "time": "2026-01-01T12:00:00.123Z", "data": {**about, **data}}


def test_only_what_calls_for_somebody_gets_one() -> None:
    grant = grant_for(item("ticket.opened", ticket=7), "li", GRANT.until + 0.9, GRANT.nonce)
    assert grant == GRANT
    for word in ("alarm.cleared", "alarm.acknowledged", "ticket.closed", "record.added", "gateway.started"):
        assert grant_for(item(word), "li", GRANT.until, GRANT.nonce) is None
    assert grant_for(item("alarm.raised", clause=""), "li", GRANT.until, GRANT.nonce) is None


def test_the_same_message_has_the_same_nonce_and_no_other_has() -> None:
    assert nonce_of("site-1/0", KEY) == nonce_of("site-1/0", KEY)
    assert len({nonce_of("site-1/0", KEY), nonce_of("site-1/1", KEY), nonce_of("site-1/0", b"j" * 32)}) == 3


def test_a_path_is_told_without_its_token() -> None:
    assert redacted(f"/a/{TOKEN}") == "/a/…"
    assert redacted("/api/v1/alarms") == "/api/v1/alarms"
