"""What people read of an entry: every outcome and finding in Chinese and English."""

from __future__ import annotations

from random import Random

import pytest

from gateway.proof_tests.entry import FINDINGS, OUTCOMES, Outcome
from gateway.proof_tests.watch import entry
from gateway.store.rows import dump_dataclass, load_entry, load_run
from tests.proof_tests.looks import TERMS, history, play


@pytest.mark.parametrize("words", [*OUTCOMES.values(), *FINDINGS.values()])
def test_both_languages_are_there(words: dict[str, str]) -> None:
    assert words.keys() == {"zh", "en"}
    assert all(words.values())


def test_every_outcome_has_words_and_every_finding_that_is_made_does() -> None:
    assert OUTCOMES.keys() == set(Outcome)
    random, seen = Random(2), set()
    for _ in range(150):
        seen |= {entry(1, finished, TERMS).finding for finished in play(history(random))}
    assert seen <= {"", *FINDINGS}
    assert {"", "gap", "lamp-out", "no-result", "mains-failed"} <= seen


def test_an_entry_and_a_run_are_the_same_after_they_were_stored() -> None:
    random = Random(3)
    for finished in (each for _ in range(20) for each in play(history(random))):
        made = entry(4, finished, TERMS)
        assert load_entry(dump_dataclass(made)) == made
        assert load_run(dump_dataclass(finished.run)) == finished.run
