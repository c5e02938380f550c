"""The table of derived functions and what all of them have in common: an unknown input never gives a number."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.assets.derived import FUNCTIONS, Derived, Function, bound_inputs
from gateway.model import BadReading, Reading

OF_TYPE: dict[str, some.SearchStrategy[Any]] = {
    "boolean": some.booleans(),
    "number": some.floats(-1e6, 1e6) | some.integers(-40, 60),
    "text": some.sampled_from(["opening", "open", "closed", "stopped", "powder", "co2"]),
}
UNKNOWN = some.sampled_from([BadReading("stale"), BadReading("no-answer", "unit 3"), None])


def some_inputs(function: Function) -> some.SearchStrategy[dict[str, Reading]]:
    each: dict[str, some.SearchStrategy[Any]] = {
        name: OF_TYPE[kind] | UNKNOWN for name, kind in function.inputs.items()
    }
    return some.fixed_dictionaries(each)


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(deadline=None, max_examples=30)
@given(data=some.data())
def test_an_unknown_input_is_named_and_never_gives_a_value(name: str, data: some.DataObject) -> None:
    function = FUNCTIONS[name]
    inputs = data.draw(some_inputs(function))
    value = function.compute(inputs, None, 1000.0).value
    unknown = [each for each, reading in inputs.items() if reading is None or isinstance(reading, BadReading)]
    if unknown:
        assert isinstance(value, BadReading)
        assert value.reason == "unknown-input"
        assert value.detail.split(": ")[0] in unknown


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(deadline=None, max_examples=30)
@given(data=some.data())
def test_any_sequence_keeps_the_promised_type_and_a_memory_that_json_carries(name: str, data: some.DataObject) -> None:
    function = FUNCTIONS[name]
    memory, now = None, 1000.0
    for _ in range(data.draw(some.integers(1, 8))):
        now += data.draw(some.floats(0, 400))
        derived = function.compute(data.draw(some_inputs(function)), memory, now)
        memory = json.loads(json.dumps(derived.memory))
        assert derived.memory == memory
        assert derived.again is None or derived.again > now
        if not isinstance(derived.value, BadReading):
            assert isinstance(derived.value, bool) == (function.gives == "boolean")
            assert isinstance(derived.value, str) == (function.gives == "text")


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(deadline=None, max_examples=30)
@given(data=some.data())
def test_a_silence_or_a_cold_start_is_told_once_and_only_what_is_about_the_past_stands(
    name: str, data: some.DataObject
) -> None:
    """Whatever was seen before; ``until`` 0 is a cold start of which nobody knows when the listening ended."""
    function = FUNCTIONS[name]
    memory, now = None, 1000.0
    for _ in range(data.draw(some.integers(0, 8))):
        now += data.draw(some.floats(0, 400))
        memory = function.compute(data.draw(some_inputs(function)), memory, now).memory
    until = data.draw(some.sampled_from([0.0, now, now + 5.0]))
    first = function.compute({}, json.loads(json.dumps(memory)), until)
    later = function.compute({}, first.memory, until + 1000.0)
    assert (later.value, later.again, first.again) == (first.value, None, None)
    if function.inputs and function.in_silence is None:
        assert isinstance(first.value, BadReading)


def test_a_value_of_the_wrong_type_is_refused() -> None:
    assert FUNCTIONS["inverted"].compute({"value": 1}, None, 0.0).value == BadReading(
        "unknown-input", "value: a number, not a boolean"
    )


@pytest.mark.parametrize("value", [True, False])
def test_inverted(value: bool) -> None:
    assert FUNCTIONS["inverted"].compute({"value": value}, None, 0.0).value is not value


@pytest.mark.parametrize(
    ("excuse", "without"), [(True, True), (False, False), (None, False), (BadReading("no-answer"), False)]
)
def test_what_is_unknown_excuses_nothing(excuse: Reading | None, without: bool) -> None:
    told = {} if excuse is None else {"excuse": excuse}
    either = FUNCTIONS["either"]
    assert either.compute({"value": True, **told}, None, 0.0).value is True
    assert either.compute({"value": False, **told}, None, 0.0).value is without
    assert isinstance(either.compute({"value": BadReading("no-answer"), **told}, None, 0.0).value, BadReading)


@pytest.mark.parametrize(("power", "lit"), [(0.0, False), (0.5, False), (9.6, True)])
def test_above(power: float, lit: bool) -> None:
    assert FUNCTIONS["above"].compute({"value": power}, None, 0.0, {"limit": 0.5}).value is lit


def test_an_optional_input_is_handed_on_only_when_it_is_good() -> None:
    seen = Function(lambda inputs, *_: Derived(",".join(inputs)), {"a": "number"}, "text", optional={"b": "number"})
    assert seen.compute({"a": 1}, None, 0.0).value == "a"
    assert seen.compute({"a": 1, "b": BadReading("no-record")}, None, 0.0).value == "a"
    assert seen.compute({"a": 1, "b": 2}, None, 0.0).value == "a,b"
    assert isinstance(seen.compute({"b": 2}, None, 0.0).value, BadReading)


def test_inputs_are_bound_when_all_that_is_needed_is_there() -> None:
    wired = {"closed": "shut", "unlocked": "free"}
    assert bound_inputs("forced_open", wired, {"shut": 4, "free": 7}) == {"closed": 4, "unlocked": 7}
    assert bound_inputs("forced_open", wired, {"shut": 4}) is None
    assert bound_inputs("no_such_function", wired, {"shut": 4}) is None
