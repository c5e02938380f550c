"""The circuit breaker of an output: opened by failures in a row or by their time, shut by the first that is taken."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import seeded
from gateway.outputs.circuit import LONGEST_PAUSE, OPEN_AFTER, OPEN_WITHIN, Circuit, Standing, pause_after


@given(failures=st.integers(1, 10_000), seed=st.integers())
def test_pauses_grow_and_stay_bounded(failures: int, seed: int) -> None:
    pause = pause_after(failures, seeded(seed))
    assert 0.5 * min(2.0 ** min(failures - 1, 20), LONGEST_PAUSE) <= pause <= LONGEST_PAUSE


def test_an_output_to_which_nothing_was_sent_is_unknown_and_not_well() -> None:
    assert Circuit(seeded(1)).standing(0.0) is Standing.UNKNOWN


def test_five_failures_in_a_row_open_it_and_one_success_shuts_it() -> None:
    circuit = Circuit(seeded(1))
    assert circuit.worked(10.0) is None
    assert circuit.standing(10.0) is Standing.WORKING
    for nth in range(OPEN_AFTER):
        assert circuit.standing(11.0) is (Standing.RETRYING if nth else Standing.WORKING)
        circuit.failed(f"answered 50{nth}", 11.0)
    assert (circuit.standing(11.0), circuit.error, circuit.since) == (Standing.OPEN, "answered 504", 11.0)
    assert circuit.worked(42.0) == 31.0
    assert (circuit.standing(42.0), circuit.failures, circuit.since) == (Standing.WORKING, 0, None)


def test_a_slow_failure_opens_it_by_its_time() -> None:
    circuit = Circuit(seeded(1))
    circuit.failed("no answer within 20 s", 100.0)
    assert circuit.standing(100.0 + OPEN_WITHIN - 1.0) is Standing.RETRYING
    assert circuit.standing(100.0 + OPEN_WITHIN) is Standing.OPEN
    assert circuit.lasts(190.0) == 90.0


def test_it_does_not_work_again_before_something_was_taken() -> None:
    circuit = Circuit(seeded(1))
    circuit.worked(1.0)
    circuit.failed("busy", 2.0)
    assert not circuit.works
    assert circuit.standing(1e9) is Standing.OPEN
