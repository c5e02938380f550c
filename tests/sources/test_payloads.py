"""Any bytes become what a message tells, a refusal with its reason, or nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import cpu_seconds
from gateway.model import BadReading
from gateway.profiles import MqttPoint, TimeField
from gateway.sources.conversion import converter
from gateway.sources.payloads import ABSENT, Field, overlay, parse, split_path, time_reader, walk


def refusal(payload: bytes) -> str:
    parsed = parse(payload)
    assert isinstance(parsed, BadReading), parsed
    return parsed.reason


def test_json_and_bare_text() -> None:
    assert parse(b'{"a": [1, 2.5, "x", null, true]}') == {"a": [1, 2.5, "x", None, True]}
    assert parse(b"21.5") == 21.5
    assert parse(b'"open"') == "open"
    assert parse(b" online\n") == "online"
    assert parse("三".encode()) == "三"
    assert parse(b"NaN") == "NaN"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b"\xff\xfe{}", "not-json"),
        (b'{"a": 1', "not-json"),
        (b'{"a": 1, "a": 2}', "not-json"),
        (b'{"b": {"a": 1, "a": 1}}', "not-json"),
        (b'{"a": NaN}', "not-json"),
        (b'{"a": -Infinity}', "not-json"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not-json"),
        (b"[" * 33 + b"]" * 33, "too-deep"),
        (b"[" * 4000 + b"]" * 4000, "too-deep"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "too-deep"),
        (b"[" + b"{}," * 5000 + b"{}]", "too-large"),
        (b"x{" * 5000, "not-json"),
        (b" " * (256 * 1024 + 1), "too-large"),
        (b"1" * 2_000_000, "too-large"),
    ],
)
def test_what_is_refused_and_why(payload: bytes, reason: str) -> None:
    assert refusal(payload) == reason


def test_thirty_two_levels_are_allowed() -> None:
    assert parse(b"[" * 32 + b"]" * 32) != BadReading("too-deep", "more than 32 levels")
    assert not isinstance(parse(b"[" + b"[]," * 40 + b"[]]"), BadReading)


@pytest.mark.parametrize(
    "payload",
    [
        b"[" + b"1," * 130_000 + b"1]",
        b"[" + b"[]," * 4000 + b"[]]",
        b'{"a":"' + b"\\u4e09" * 43_000 + b'"}',
        b"[" * 200_000,
        b'{"a":' * 4000,
        b"9" * 260_000,
    ],
)
def test_no_payload_holds_up_the_loop(payload: bytes) -> None:
    """50 ms is RELIABILITY's bound; processor time, since the machine may be busy with others."""
    started = cpu_seconds()
    parse(payload)
    assert cpu_seconds() - started < 0.05


def test_paths_lead_through_objects_and_lists() -> None:
    tree = {"params": {"input:0": {"state": True}}, "a.b": [{"c": 1}, {"c": 2}], "n": None}
    assert walk(tree, split_path("params/input:0/state")) is True
    assert walk(tree, split_path("a.b/1/c")) == 2
    assert walk(tree, split_path("n")) is None
    assert walk(tree, ()) == tree
    for absent in ("params/input:1/state", "a.b/2/c", "a.b/x", "params/input:0/state/deeper"):
        assert walk(tree, split_path(absent)) is ABSENT


def field(id_: int, path: str = "", where: dict[str, str | int | bool] | None = None) -> Field:
    conditions = tuple((split_path(key), said) for key, said in (where or {}).items())
    return Field(id_, split_path(path), converter(MqttPoint(topic="t")), conditions)


def test_a_partial_message_tells_only_what_it_carries() -> None:
    fields = (field(1, "volts"), field(2, "amps"))
    assert overlay({"amps": 0.5}, fields) == {2: 0.5}
    assert overlay({"watts": 3}, fields) == {}


def test_a_refused_payload_is_told_for_every_point() -> None:
    refused = parse(b"{")
    assert overlay(refused, (field(1, "volts"), field(2, "amps"))) == {1: refused, 2: refused}


def test_text_where_an_object_was_asked_for_is_bad() -> None:
    told = overlay(parse(b"hello"), (field(1, "volts"),))
    assert told == {1: BadReading("not-json", "'hello'")}
    assert overlay([1], (field(1, "volts"), field(2, "0"), field(3, "1"))) == {
        1: BadReading("wrong-type", "a list"),
        2: 1,
    }


def test_conditions_choose_whom_a_shared_topic_concerns() -> None:
    mine = field(1, "door", {"device-id": "405419896", "kind/live": True})
    assert overlay({"device-id": 405419896, "kind": {"live": True}, "door": 3}, (mine,)) == {1: 3}
    assert overlay({"device-id": "405419896", "kind": {"live": True}, "door": 3}, (mine,)) == {1: 3}
    assert overlay({"device-id": 405419896, "kind": {"live": 1}, "door": 3}, (mine,)) == {}
    assert overlay({"device-id": 303986753, "kind": {"live": True}, "door": 3}, (mine,)) == {}


def test_garbage_on_a_shared_topic_concerns_nobody() -> None:
    assert overlay(parse(b"{"), (field(1, "door", {"id": 1}),)) == {}


@pytest.mark.parametrize(
    ("written", "raw", "expected"),
    [
        ("unix", 1767225600, 1767225600.0),
        ("unix", 1767225600.25, 1767225600.25),
        ("unix-ms", 1767225600250, 1767225600.25),
        ("iso", "2026-01-01T00:00:00Z", 1767225600.0),
        ("iso", "2026-01-01T08:00:00.5+08:00", 1767225600.5),
        ("iso", "2026-01-01T00:00:00.123456789+00:00", 1767225600.123456),
    ],
)
def test_the_messages_own_time(written: str, raw: object, expected: float) -> None:
    own = time_reader(TimeField.model_validate({"path": "ts", "format": written}))
    assert own({"ts": raw}) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("written", "raw"),
    [
        ("unix", True),
        ("unix", "soon"),
        ("unix", 2**70),
        ("unix", float("inf")),
        ("unix-ms", []),
        ("iso", 5),
        ("iso", "noon"),
        ("iso", "2026-01-01T00:00:00"),
    ],
)
def test_a_time_that_cannot_be_is_bad_and_a_local_one_is_not_guessed(written: str, raw: object) -> None:
    told = time_reader(TimeField.model_validate({"path": "ts", "format": written}))({"ts": raw})
    assert isinstance(told, BadReading)
    assert told.reason == "bad-time"


def test_no_time_is_no_time() -> None:
    own = time_reader(TimeField(path="ts", format="unix"))
    assert own({}) is None
    assert own({"ts": None}) is None
    assert own(parse(b"{")) is None
    assert time_reader(None)({"ts": 1}) is None


def refused_by_the_plain_reader(payload: bytes) -> bool:
    try:
        json.loads(payload)
    except ValueError:
        return True
    return False


@given(st.binary(max_size=200) | st.text('{}[]",:0123456789.eE+-truefalsn \\u', max_size=60).map(str.encode))
def test_any_bytes_end_as_a_tree_a_text_or_a_refusal(payload: bytes) -> None:
    parsed = parse(payload)
    if isinstance(parsed, dict | list):
        assert not refused_by_the_plain_reader(payload)
    overlay(parsed, (field(1, "a/0"), field(2), field(3, "a", {"b": 1})))


@given(
    st.recursive(
        st.integers(-(2**62), 2**62) | st.text(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=8
    )
)
def test_what_json_writes_is_read_back(tree: object) -> None:
    if isinstance(tree, dict):
        assert parse(json.dumps(tree).encode()) == tree
