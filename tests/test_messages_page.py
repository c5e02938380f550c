"""The rendered samples in the docs: all of them, from the same words that people get."""

from __future__ import annotations

from gateway.generated import FILES, ROOT
from gateway.messages_page import KINDS, messages_page
from gateway.outputs.wording import known_languages, messages, sentence
from gateway.samples import samples

PAGE = messages_page()
BELOW = {"more", "joined-by", "instead-of", "and-over"}
"""Words of a notice that are no heading."""


def test_it_is_a_generated_file() -> None:
    assert FILES[ROOT / "deploy" / "messages.md"] is messages_page
    assert (ROOT / "deploy" / "messages.md").read_text(encoding="utf-8") == PAGE


def test_every_sentence_is_shown_in_every_language() -> None:
    told = samples()
    assert messages("en").events.keys() == told.keys()
    for name, event in told.items():
        assert PAGE.count(f"### {name}\n") == 1
        for language in known_languages():
            line = sentence(event, language).replace("<", "＜")
            assert PAGE.count(f"- {language}: `{line}`\n") >= 1
            assert f"\n{line}\n" in PAGE, "and as a mail"


def test_every_kind_of_notice_is_shown() -> None:
    assert set(KINDS) == messages("en").notices.keys() - BELOW
    assert all(f"### {kind}\n" in PAGE for kind in KINDS)
    assert "同时 40 项(P2 × 1,P3 × 39;其中已结束 5 项)。主要在:1号楼大堂 × 40" in PAGE
    assert "$" not in PAGE
