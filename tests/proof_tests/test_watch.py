"""Whatever is read and whenever it is read: one entry for each discharge, and no pass that was not proven."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.proof_tests.entry import MOST_SAMPLES, Entry, Outcome
from gateway.proof_tests.evidence import IDLE, UNKNOWN, Look, Terms, judge
from gateway.proof_tests.watch import LOST, OVERRUN, SETTLING, Watch, entry
from tests.proof_tests.looks import LIMIT, START, TERMS, groups, history, idle, is_proven, play

LAMP_ONLY = replace(TERMS, has_flag=False, has_failed=False, step=None)


def written_of(*looks: Look, terms: Terms = TERMS, after: Look | None = None) -> Entry:
    """The one entry of a test that is seen by these looks, with rest before and after."""
    end = after or idle(looks[-1].at + 1.0)
    seen = [idle(looks[0].at - 10.0), *looks, end, replace(end, at=end.at + SETTLING)]
    (finished,) = play(seen)
    return entry(1, finished, terms)


def lit(seconds: float, step: float = 10.0, runs: str = "duration", **told: Any) -> list[Look]:
    """A lamp that is seen lit for so long."""
    moments = [START + step * number for number in range(int(seconds // step) + 1)]
    moments += [START + seconds] if moments[-1] < START + seconds else []
    return [replace(Look(runs, at, True, None, False, False, 0.0), **told) for at in moments]


def dark(at: float) -> Look:
    return Look("duration", START + at, False, None, False, False, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_histories_give_one_entry_for_each_discharge_and_pass_exactly_what_is_proven(seed: int) -> None:
    random, passed = Random(seed), 0
    for number in range(1000):
        looks = history(random)
        made, expected = play(looks), groups(looks)
        assert [(each.run.kind, each.run.started_at) for each in made] == [
            (group.looks[0].runs, group.looks[0].at) for group in expected
        ], f"history {number} of seed {seed}"
        outcomes = [judge(each.run, TERMS)[0] for each in made]
        assert [outcome is Outcome.PASSED for outcome in outcomes] == [is_proven(group) for group in expected]
        passed += outcomes.count(Outcome.PASSED)
    assert passed > 50, "histories in which nothing passes show nothing"


@pytest.mark.parametrize("seed", range(5))
def test_restarts_anywhere_lose_and_double_nothing_and_prove_nothing(seed: int) -> None:
    random = Random(1000 + seed)
    for _ in range(500):
        looks = [replace(each, done=True, failed=False) if each.runs == IDLE else each for each in history(random)]
        restarts = frozenset(random.sample(range(len(looks)), random.randint(1, min(5, len(looks)))))
        whole, broken = play(looks), play([*looks, idle(looks[-1].at + SETTLING)], restarts)
        assert [each.run.started_at for each in broken] == [each.run.started_at for each in whole]
        for without, restarted in zip(whole, broken, strict=True):
            is_passed = judge(restarted.run, TERMS)[0] is Outcome.PASSED
            assert not is_passed or judge(without.run, TERMS)[0] is Outcome.PASSED


@settings(max_examples=30)
@given(st.floats(0.0, 2e9), st.sampled_from([1.0, 7.0, 10.0, 59.9, 60.0]))
def test_more_than_15_minutes_is_more_than_15_minutes(start: float, step: float) -> None:
    for seconds, outcome in ((899.0, "failed"), (900.0, "failed"), (901.0, "passed")):
        looks = [replace(look, at=start + look.at - START) for look in lit(seconds, step)]
        made = written_of(*looks)
        assert made.outcome == outcome
        assert made.lasted == pytest.approx(seconds, abs=0.01)
        assert made.resolution == pytest.approx(min(step, seconds), abs=0.01)


@pytest.mark.parametrize(("minutes", "outcome"), [(14, "inconclusive"), (15.9, "inconclusive"), (16, "passed")])
def test_a_device_that_counts_in_steps_of_2_minutes_passes_only_at_16(minutes: float, outcome: str) -> None:
    looks = lit(959.0)
    made = written_of(*looks, after=idle(looks[-1].at + 1.0, result=minutes * 60.0))
    assert (made.outcome, made.finding) == (outcome, "" if outcome == "passed" else "device-error")


@pytest.mark.parametrize(("minutes", "outcome"), [(30, "inconclusive"), (32, "passed")])
def test_beyond_a_limit_that_is_a_whole_step_the_next_one_is_needed(minutes: float, outcome: str) -> None:
    looks = lit(1921.0)
    after = idle(looks[-1].at + 1.0, result=minutes * 60.0)
    assert written_of(*looks, after=after, terms=replace(TERMS, limit=1800.0)).outcome == outcome


def test_the_device_s_own_word_alone_must_be_fresh_and_whole() -> None:
    alone = replace(TERMS, has_lamp=False)
    looks = lit(961.0)
    assert written_of(*looks, terms=alone).outcome is Outcome.PASSED
    assert written_of(*looks, terms=alone).resolution == 120.0
    stale = [replace(look, done=True) for look in looks]
    assert written_of(*stale, terms=alone).finding == "no-evidence", "the flag may be an earlier test's"
    for told, outcome, finding in (
        ({"done": None}, "inconclusive", "no-result"), ({"failed": None}, "inconclusive", "no-result"),
        ({"result": None}, "inconclusive", "no-result"), ({"failed": True}, "failed", "device-failed"),
        ({"done": False}, "inconclusive", "no-result"),
    ):  # fmt: skip
        made = written_of(*looks, terms=alone, after=idle(looks[-1].at + 1.0, **told))
        assert (made.outcome, made.finding) == (outcome, finding)


def test_a_lamp_that_goes_out_fails_and_one_that_takes_5_seconds_to_light_does_not() -> None:
    made = written_of(*lit(890.0), dark(899.0), terms=LAMP_ONLY)
    assert (made.outcome, made.finding, made.lasted) == ("failed", "lamp-out", 890.0)
    assert written_of(*lit(899.0), dark(900.0), terms=LAMP_ONLY).outcome is Outcome.FAILED
    assert written_of(*lit(901.0), dark(902.0), terms=LAMP_ONLY).outcome is Outcome.PASSED
    slow = [dark(0.0), dark(5.0), *lit(960.0)[1:]]
    assert written_of(*slow, terms=LAMP_ONLY).outcome is Outcome.PASSED
    flickered = [*lit(300.0), dark(310.0), *[replace(look, at=look.at + 320.0) for look in lit(960.0)]]
    assert written_of(*flickered, terms=LAMP_ONLY).finding == "lamp-out"


def test_stopped_before_its_time_is_neither_passed_nor_failed() -> None:
    assert written_of(*lit(300.0), terms=LAMP_ONLY).finding == "stopped"
    looks = lit(300.0)
    made = written_of(*looks, after=idle(looks[-1].at + 1.0, done=False, result=0.0))
    assert (made.outcome, made.finding) == ("aborted", "stopped")


def test_a_failure_that_the_device_tells_of_an_earlier_test_is_not_this_one_s() -> None:
    looks = [replace(look, failed=True, done=False) for look in lit(300.0)]
    stopped = written_of(*looks, after=idle(looks[-1].at + 1.0, done=False, failed=True, result=0.0))
    assert (stopped.outcome, stopped.finding) == ("aborted", "stopped"), "the bit stands until a test is passed"
    ended = written_of(*looks, after=idle(looks[-1].at + 1.0, done=True, failed=True, result=0.0))
    assert (ended.outcome, ended.finding) == ("failed", "device-failed"), "it ended, and it says so"


def test_mains_that_really_fail_in_a_test_abort_it_and_are_a_discharge_of_their_own() -> None:
    looks = [
        idle(START - 10.0),
        *lit(600.0),
        *(replace(each, at=each.at + 601.0, runs="discharge") for each in lit(60.0)),
    ]
    first, second = play([*looks, idle(looks[-1].at + 1.0), idle(looks[-1].at + 1.0 + SETTLING)])
    made, discharge = entry(1, first, TERMS), entry(2, second, None)
    assert (made.outcome, made.finding, made.kind) == ("aborted", "mains-failed", "duration")
    assert (discharge.outcome, discharge.finding, discharge.kind) == ("recorded", "", "discharge")
    assert (discharge.started_by, discharge.lasted, discharge.limit) == ("mains failure", 60.0, None)


def test_a_lamp_that_flickers_is_proven_for_its_longest_time_lit() -> None:
    again = [replace(each, at=each.at + 320.0) for each in lit(600.0, runs="discharge")]
    made = written_of(*lit(300.0, runs="discharge"), replace(dark(310.0), runs="discharge"), *again)
    assert (made.outcome, made.finding, made.lasted) == ("recorded", "lamp-out", 600.0)


def test_what_was_there_before_we_looked_is_proven_from_then_on_at_most() -> None:
    (finished,) = play([*lit(960.0), idle(START + 970.0), idle(START + 970.0 + SETTLING)])
    assert judge(finished.run, TERMS) == (Outcome.INCONCLUSIVE, "begun-before")


def test_values_that_do_not_move_for_ten_minutes_are_not_believed() -> None:
    frozen = lit(1000.0, values={"battery_voltage": 12.5})
    assert written_of(*frozen).finding == "frozen"
    falling = [replace(each, values={"battery_voltage": 12.5 - number / 100}) for number, each in enumerate(frozen)]
    made = written_of(*falling)
    assert made.outcome is Outcome.PASSED
    assert made.lowest_voltage == pytest.approx(11.5)


def test_a_mode_that_never_ends_is_written_down_once_and_not_again_until_it_has_ended() -> None:
    watch = Watch("light")
    watch.see(idle(START - 10.0))
    written = []
    for minute in range(0, int(2 * OVERRUN / 60.0)):
        at = START + minute * 60.0
        written += watch.pass_time(at) + watch.see(Look("duration", at, True))
    assert [entry(1, each, TERMS).finding for each in written] == ["frozen"]
    assert watch.see(idle(START + 2 * OVERRUN)) == []
    assert watch.run is None


def test_a_light_that_falls_silent_is_written_down_after_a_day() -> None:
    watch = Watch("light")
    for look in (idle(START - 10.0), *lit(600.0, runs="discharge"), Look(UNKNOWN, START + 700.0)):
        assert watch.see(look) == []
    assert watch.due() == START + 600.0 + LOST
    (finished,) = watch.pass_time(START + 600.0 + LOST)
    made = entry(7, finished, None)
    assert (made.id, made.outcome, made.finding, made.lasted, made.ended_at) == (
        7,
        "recorded",
        "gap",
        600.0,
        START + 600.0,
    )
    assert watch.due() is None


def test_a_lamp_on_a_wire_of_its_own_proves_only_what_both_tell() -> None:
    """State told each 10 s, lamp 4 s later: lit from the first to the last moment at which both were known."""
    looks = [
        replace(each, lit_at=each.at + 4.0 if number % 2 else each.at - 6.0) for number, each in enumerate(lit(1000.0))
    ]
    made = written_of(*looks, terms=LAMP_ONLY)
    assert made.outcome is Outcome.PASSED
    assert 980.0 <= made.lasted < 1000.0
    unsure = replace(dark(300.0), lit_at=START + 304.0)
    assert written_of(*lit(290.0), unsure, terms=LAMP_ONLY).finding == "stopped", "it may have been dark after the test"


def test_a_lamp_that_the_mains_light_too_is_proven_only_between_two_words_of_its_battery() -> None:
    """Lit when last read before; out on its battery; and lit by the mains again before those are read."""
    before, back = START - 6.0, START + 912.0
    looks = [Look("duration", START + 10.0 * number, True, before) for number in range(6)]
    made = written_of(*looks, terms=LAMP_ONLY)
    assert (made.outcome, made.finding) == (Outcome.INCONCLUSIVE, "no-evidence")
    weak = [replace(each, lit_at=min(each.at, START + 895.0)) for each in lit(910.0)]
    made = written_of(*weak, replace(weak[-1], lit_at=back), terms=LAMP_ONLY)
    assert made.outcome is not Outcome.PASSED
    assert made.lasted <= 895.0


def test_a_lamp_that_flickers_between_two_words_of_its_battery_was_dark() -> None:
    flicker = Look("duration", START + 500.0, False, START + 504.0)
    again = Look("duration", START + 500.0, True, START + 508.0)
    made = written_of(*lit(500.0), flicker, again, *[each for each in lit(1000.0) if each.at > START + 500.0],
                      terms=LAMP_ONLY)  # fmt: skip
    assert (made.outcome, made.finding) == (Outcome.FAILED, "lamp-out")


@settings(max_examples=20)
@given(st.floats(60.0, 86_400.0 * 2))
def test_a_curve_is_bounded_and_has_its_beginning_and_its_end(seconds: float) -> None:
    made = written_of(*lit(seconds, step=max(20.0, seconds / 1000), runs="discharge"))
    assert len(made.curve) <= MOST_SAMPLES
    assert (made.curve[0].at, made.curve[-1].at >= START + seconds) == (START, True)
    if seconds < 3600.0:
        assert all(b.at - a.at <= 60.0 for a, b in zip(made.curve[:-3], made.curve[1:-2], strict=True))


def test_no_clause_no_judgement() -> None:
    made = written_of(*lit(960.0), terms=Terms(has_lamp=True))
    assert (made.outcome, made.limit, made.clause) == ("recorded", None, "")
    assert TERMS.limit == LIMIT
