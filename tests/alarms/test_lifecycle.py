"""The lifecycle as a table: every phase with every outcome, and the delays, people and chatter that bend it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alarms import lifecycle
from gateway.alarms.alarm import CHATTER_HOLD, Alarm, Delays, Phase
from gateway.standards.verdict import Outcome

NORMAL, PENDING, ACTIVE, CLEARING = Phase.NORMAL, Phase.PENDING, Phase.ACTIVE, Phase.CLEARING
MET, VIOLATED, UNKNOWN = Outcome.MET, Outcome.VIOLATED, Outcome.UNKNOWN
PATIENT = Delays(on=60.0, off=10.0)
PROMPT = Delays(on=0.0, off=0.0)


def alarm(phase: Phase, outcome: Outcome = UNKNOWN, since: float = 100.0, **others: Any) -> Alarm:
    raised = 90.0 if phase in (ACTIVE, CLEARING) else None
    return replace(Alarm("a", "c", outcome, phase, since, raised), **others)


@pytest.mark.parametrize(
    ("phase", "outcome", "waited", "expected"),
    [
        (NORMAL, MET, 0, NORMAL), (NORMAL, UNKNOWN, 9999, NORMAL), (NORMAL, VIOLATED, 9999, PENDING),
        (PENDING, MET, 9999, NORMAL), (PENDING, UNKNOWN, 9999, PENDING),
        (PENDING, VIOLATED, 59.9, PENDING), (PENDING, VIOLATED, 60, ACTIVE),
        (ACTIVE, MET, 0, CLEARING), (ACTIVE, UNKNOWN, 9999, ACTIVE), (ACTIVE, VIOLATED, 9999, ACTIVE),
        (CLEARING, MET, 9.9, CLEARING), (CLEARING, MET, 10, NORMAL),
        (CLEARING, UNKNOWN, 9999, ACTIVE), (CLEARING, VIOLATED, 9999, ACTIVE),
    ],
)  # fmt: skip
def test_every_phase_with_every_outcome(phase: Phase, outcome: Outcome, waited: float, expected: Phase) -> None:
    after = lifecycle.step(alarm(phase), outcome, PATIENT, 100.0 + waited)
    assert (after.phase, after.outcome) == (expected, outcome)
    assert after.since == (100.0 if expected is phase else 100.0 + waited)


@pytest.mark.parametrize(
    ("phase", "outcome", "expected"),
    [(NORMAL, VIOLATED, ACTIVE), (PENDING, VIOLATED, ACTIVE), (ACTIVE, MET, NORMAL), (CLEARING, MET, NORMAL)],
)
def test_without_delays_an_alarm_moves_all_the_way_at_once(phase: Phase, outcome: Outcome, expected: Phase) -> None:
    assert lifecycle.step(alarm(phase), outcome, PROMPT, 100.0).phase is expected


def test_an_episode_is_raised_counted_and_cleared_with_its_times() -> None:
    raised = lifecycle.step(lifecycle.step(Alarm("a", "c"), VIOLATED, PATIENT, 0.0), VIOLATED, PATIENT, 60.0)
    assert (raised.raised_at, raised.occurrences, raised.recent, raised.cleared_at) == (60.0, 1, (60.0,), None)
    cleared = lifecycle.step(lifecycle.step(raised, MET, PATIENT, 70.0), MET, PATIENT, 80.0)
    assert (cleared.raised_at, cleared.cleared_at, cleared.occurrences) == (60.0, 80.0, 1)


def test_coming_back_while_clearing_is_the_same_episode_counted_again() -> None:
    seen = alarm(CLEARING, occurrences=1, acknowledged_by="li", acknowledged_at=95.0)
    again = lifecycle.step(seen, VIOLATED, PATIENT, 105.0)
    assert (again.phase, again.occurrences, again.raised_at) == (ACTIVE, 2, 90.0)
    assert again.acknowledged, "the person who saw the episode has seen it"


def test_falling_back_for_want_of_evidence_is_not_counted() -> None:
    assert lifecycle.step(alarm(CLEARING, occurrences=1), UNKNOWN, PATIENT, 105.0).occurrences == 1


def test_a_new_episode_must_be_seen_anew() -> None:
    old = alarm(PENDING, acknowledged_by="li", acknowledged_at=50.0, cleared_at=60.0)
    fresh = lifecycle.step(old, VIOLATED, PROMPT, 200.0)
    assert (fresh.acknowledged_by, fresh.acknowledged_at, fresh.cleared_at) == ("", None, None)


@pytest.mark.parametrize(("acknowledged", "expected"), [(None, CLEARING), (99.0, NORMAL)])
def test_a_latched_alarm_waits_for_a_person(acknowledged: float | None, expected: Phase) -> None:
    latched = replace(PATIENT, latched=True)
    after = lifecycle.step(alarm(CLEARING, acknowledged_at=acknowledged), MET, latched, 5000.0)
    assert after.phase is expected
    assert (lifecycle.due(after, latched) is None) is (after.phase is NORMAL or not acknowledged)


def test_chatter_must_be_quiet_for_a_minute() -> None:
    restless = alarm(CLEARING, recent=(80.0, 110.0), since=110.0)
    assert restless.chattering
    assert lifecycle.due(restless, PATIENT) == 110.0 + CHATTER_HOLD
    assert lifecycle.step(restless, MET, PATIENT, 169.9).phase is CLEARING
    assert lifecycle.step(restless, MET, PATIENT, 170.0).phase is NORMAL
    assert lifecycle.step(restless, MET, Delays(off=600.0), 170.0).phase is CLEARING, "the longer delay holds"


@pytest.mark.parametrize(
    ("recent", "chatters"), [((), False), ((1.0,), False), ((0.0, 60.0), True), ((0.0, 60.1), False)]
)
def test_to_come_twice_within_a_minute_is_chatter(recent: tuple[float, ...], chatters: bool) -> None:
    assert alarm(ACTIVE, recent=recent).chattering is chatters


def test_only_the_last_two_comings_are_remembered() -> None:
    moved = Alarm("a", "c")
    for number in range(50):
        moved = lifecycle.step(moved, VIOLATED if number % 2 == 0 else MET, Delays(off=5.0), float(number))
    assert (moved.occurrences, moved.recent) == (25, (46.0, 48.0))


@pytest.mark.parametrize(
    ("phase", "outcome", "expected"),
    [
        (NORMAL, VIOLATED, None), (PENDING, VIOLATED, 160.0), (PENDING, UNKNOWN, None), (ACTIVE, VIOLATED, None),
        (CLEARING, MET, 110.0),
    ],
)  # fmt: skip
def test_when_time_alone_moves_an_alarm(phase: Phase, outcome: Outcome, expected: float | None) -> None:
    assert lifecycle.due(alarm(phase, outcome), PATIENT) == expected


def test_shelving_ends_by_itself_and_is_due_then() -> None:
    shelved = lifecycle.shelve(alarm(ACTIVE, VIOLATED), "li", "painting", 500.0)
    assert (shelved.hidden, shelved.standing, lifecycle.due(shelved, PATIENT)) == (True, True, 500.0)
    assert lifecycle.step(shelved, VIOLATED, PATIENT, 499.9).shelved_until == 500.0
    shown = lifecycle.step(shelved, VIOLATED, PATIENT, 500.0)
    assert (shown.hidden, shown.shelved_by, shown.shelved_reason) == (False, "", "")


def test_out_of_service_ends_by_itself_and_believes_nothing() -> None:
    away = lifecycle.take_out_of_service(alarm(CLEARING, MET), "li", "repair", 105.0)
    assert (away.hidden, away.out_of_service_by, lifecycle.due(away, PATIENT)) == (True, "li", 105.0)
    back = lifecycle.step(away, MET, PATIENT, 105.0)
    assert (back.out_of_service_until, back.phase, back.since) == (None, CLEARING, 105.0), "its off-delay runs anew"
    assert back.undecided, "nobody is told of what is about to be over"
    assert lifecycle.step(away, UNKNOWN, PATIENT, 105.0).undecided, "nor of what nobody can see"
    assert lifecycle.step(away, UNKNOWN, replace(PATIENT, patient=True), 105.0).hidden is False, "for days"
    assert lifecycle.step(away, VIOLATED, PATIENT, 105.0).hidden is False
    latched = replace(PATIENT, latched=True)
    assert lifecycle.step(away, MET, latched, 105.0).hidden is False, "it waits for a person"
    assert lifecycle.step(lifecycle.acknowledge(away, "li", 101.0), MET, latched, 105.0).hidden is True


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("delays", [PATIENT, PROMPT])
def test_the_end_of_out_of_service_leaves_nothing_stuck(phase: Phase, outcome: Outcome, delays: Delays) -> None:
    """An alarm that became well in the very moment of its return is not left standing with nothing due."""
    away = lifecycle.take_out_of_service(alarm(phase, VIOLATED), "li", "repair", 300.0)
    after = lifecycle.step(away, outcome, delays, 300.0)
    assert (after.phase, after.outcome) != (ACTIVE, MET)
    assert (after.phase, after.outcome) != (NORMAL, VIOLATED)


def test_the_first_who_acknowledges_counts() -> None:
    once = lifecycle.acknowledge(alarm(ACTIVE), "li", 101.0)
    assert lifecycle.acknowledge(once, "wei", 102.0) is once
    assert (once.acknowledged_by, once.acknowledged_at) == ("li", 101.0)


def test_suppression_names_its_cause_and_changes_nothing_else() -> None:
    below = lifecycle.suppress(alarm(ACTIVE), "worse")
    assert (below.hidden, below.suppressed_by, below.phase) == (True, "worse", ACTIVE)
    assert lifecycle.suppress(below, "worse") is below
    assert lifecycle.suppress(below, "") == alarm(ACTIVE)


HIDDEN: list[dict[str, Any]] = [{}, {"shelved_until": 1e9}, {"out_of_service_until": 1e9}, {"suppressed_by": "worse"}]


@pytest.mark.parametrize(("hidden", "phase"), list(itertools.product(HIDDEN, Phase)))
def test_a_hidden_alarm_moves_like_any_other(hidden: dict[str, Any], phase: Phase) -> None:
    for outcome in Outcome:
        plain = lifecycle.step(alarm(phase), outcome, PATIENT, 175.0)
        unseen = lifecycle.step(replace(alarm(phase), **hidden), outcome, PATIENT, 175.0)
        assert (unseen.phase, unseen.since) == (plain.phase, plain.since)
        assert unseen.hidden is bool(hidden)
        assert not (unseen.resting and hidden)


Steps = st.lists(st.tuples(st.sampled_from(list(Outcome)), st.floats(0.0, 100.0)), max_size=40)


@given(Steps, st.floats(0.0, 80.0), st.floats(0.0, 80.0), st.booleans())
def test_unknown_never_raises_and_never_clears(
    steps: list[tuple[Outcome, float]], on: float, off: float, latched: bool
) -> None:
    moved, now = Alarm("a", "c"), 0.0
    for outcome, seconds in steps:
        now += seconds
        before, moved = moved, lifecycle.step(moved, outcome, Delays(on, off, latched), now)
        if before.standing and not moved.standing:
            assert outcome is MET
        if moved.standing and not before.standing:
            assert outcome is VIOLATED
        assert lifecycle.step(moved, outcome, Delays(on, off, latched), now) == moved, "a second look changes nothing"
