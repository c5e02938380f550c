"""Plants that feed several circuits: one that drops out is never taken for light, and nothing known is not either."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.assets.circuits import MOST, NO_WORD
from gateway.assets.derived import FUNCTIONS
from gateway.model import BadReading, Reading
from tests.assets.story import Story

SILENT = BadReading("no-answer")
MEASURED = {"circuits": 4, "whole_load": 480.0, "smallest_load": 60.0}


def lit(**inputs: Reading) -> Reading:
    return Story("circuits_lit").at(0, **inputs)


def states(*told: Reading) -> dict[str, Reading]:
    return {f"circuit_{number}": each for number, each in enumerate(told, 1)}


def test_every_circuit_has_to_say_that_it_is_lit() -> None:
    assert lit(circuits=3, **states(True, True, True)) is True
    assert lit(circuits=3, **states(True, False, True)) is False
    assert lit(circuits=3, **states(True, True)) == NO_WORD, "the third is not wired"
    assert lit(circuits=3, **states(True, SILENT, True)) == NO_WORD
    assert lit(circuits=3, **states(False, SILENT, True)) is False, "one that is dark is enough"
    assert lit(circuits=3, **states(True, True, SILENT, True)) == NO_WORD, "a fourth one does not stand for the third"
    assert lit(circuits=3) == NO_WORD


def test_a_load_speaks_for_all_where_not_even_the_smallest_circuit_can_be_missing() -> None:
    assert lit(**MEASURED, load=480.0) is True
    assert lit(**MEASURED, load=450.5) is True
    assert lit(**MEASURED, load=450.0) is False
    assert lit(**MEASURED, load=420.0) is False, "87.5 % of the load, and its smallest circuit is dark"
    assert lit(**MEASURED, load=SILENT) == NO_WORD
    assert lit(circuits=4, whole_load=480.0, load=480.0) == NO_WORD, "how small a circuit may be was not measured"


def test_more_than_was_measured_may_hide_a_circuit_that_is_gone() -> None:
    assert lit(**MEASURED, load=509.0) is True
    assert lit(**MEASURED, load=510.0) == NO_WORD
    assert lit(**MEASURED, load=540.0, **states(True, True, True, True)) is True, "each of them says so itself"


def test_the_witness_that_sees_darkness_outweighs_the_other() -> None:
    assert lit(**MEASURED, load=300.0, **states(True, True, True, True)) is False
    assert lit(**MEASURED, load=480.0, **states(True, True, False, True)) is False
    assert lit(**MEASURED, load=480.0, **states(True, True, SILENT, True)) is True
    assert lit(**MEASURED, load=SILENT, **states(True, True, True, True)) is True


@pytest.mark.parametrize(
    "facts",
    [
        {"circuits": 0},
        {"circuits": 9},
        {"circuits": 2.5},
        {"circuits": 4, "whole_load": 200.0, "smallest_load": 60.0},
        {"circuits": 4, "whole_load": 200.0, "smallest_load": 0.0},
    ],
)
def test_facts_that_cannot_be_are_refused(facts: dict[str, float]) -> None:
    refuses = FUNCTIONS["circuits_lit"].refuses
    assert refuses is not None
    said = refuses(facts)
    assert said is not None
    assert said.keys() == {"zh", "en"}
    told = lit(**facts, load=200.0, **states(*[True] * MOST))
    assert isinstance(told, BadReading)
    assert told.reason == "not-applicable"


def test_facts_that_are_not_stated_yet_are_not_refused() -> None:
    refuses = FUNCTIONS["circuits_lit"].refuses
    assert refuses is not None
    assert refuses({}) is None
    assert refuses({"whole_load": 480.0}) is None


watts = st.floats(5.0, 500.0)


@given(st.lists(watts, min_size=1, max_size=MOST), st.data())
def test_whatever_goes_out_and_in_whatever_order_the_rest_never_counts_as_light(
    loads: list[float], data: st.DataObject
) -> None:
    out = data.draw(st.sets(st.integers(0, len(loads) - 1), min_size=1))
    load = sum(each for number, each in enumerate(loads) if number not in out)
    facts = {"circuits": len(loads), "whole_load": sum(loads), "smallest_load": min(loads)}
    assert lit(**facts, load=load) is False
    dark: list[Reading] = [False, SILENT]
    seen = [data.draw(st.sampled_from(dark)) if number in out else True for number in range(len(loads))]
    assert lit(circuits=len(loads), **states(*seen)) is not True


def test_power_is_volts_times_amperes() -> None:
    assert Story("power").at(0, voltage=24.0, current=2.5) == 60.0
    assert Story("power").at(0, voltage=24.0, current=SILENT) == BadReading("unknown-input", "current: no-answer")
