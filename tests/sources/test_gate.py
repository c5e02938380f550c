"""The last look before the socket: what is on the list, to the letter, and how often."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import ManualClock
from gateway.data import shipped
from gateway.profiles import MqttProfile, load_profile
from gateway.sources.gate import LONGEST, Gate, Publication, TooOften, Unlisted, Write, orders_of
from gateway.sources.source import Device

SHELLY, DALI, RELAY, TASMOTA = (
    load_profile(shipped().profiles / f"{name}.yaml")
    for name in ("shelly-gen2", "intesis-dali", "waveshare-relay-d", "tasmota-relay")
)
BREAK = b'{"id":1,"src":"touchpoint","method":"Switch.Set","params":{"id":0,"on":true,"toggle_after":1200}}'
RESTORE = b'{"id":2,"src":"touchpoint","method":"Switch.Set","params":{"id":0,"on":false}}'


def device(profile: Any, unit: int = 11, **parameters: int | str) -> Device:
    return Device("d", profile, {}, 0, 10.0, 30.0, unit, parameters, profile.commands)


SHELLY_3 = device(SHELLY, prefix="relay-3")


def test_what_the_shipped_profiles_send() -> None:
    """Luminaire 2 of channel 1 begins at 7200: its tests are at 63, 64 and 65 from there."""
    assert orders_of(device(DALI, channel=1, short_address=2)) == {
        "start_function_test": Write(11, 6, 7263, 1),
        "start_duration_test": Write(11, 6, 7264, 1),
        "stop_test": Write(11, 6, 7265, 1),
    }
    assert orders_of(device(RELAY, relay=5)) == {
        "break_supply": Write(11, 5, 5, 0xFF00),
        "restore_supply": Write(11, 5, 5, 0),
    }
    orders = orders_of(SHELLY_3)
    assert {name: order.topic for name, order in orders.items() if isinstance(order, Publication)} == dict.fromkeys(
        ("break_supply", "restore_supply"), "relay-3/rpc"
    )
    assert said(SHELLY_3, "break_supply", 1200.0) == BREAK
    assert said(SHELLY_3, "restore_supply", None) == RESTORE
    feed = device(TASMOTA, topic="feed")
    assert (said(feed, "break_supply", None), said(feed, "restore_supply", 5.0)) == (b"ON", b"OFF")


def said(commanded: Device, name: str, seconds: float | None) -> bytes:
    order = orders_of(commanded)[name]
    assert isinstance(order, Publication)
    return order.payload(seconds)


def test_no_shipped_profile_opens_a_door_or_moves_a_barrier() -> None:
    """What can be commanded is a test and the supply of a lamp; nothing else has a command at all."""
    offered = {(path.stem, name) for path in shipped().profiles.glob("*.yaml") for name in load_profile(path).commands}
    assert {name for _, name in offered} == {
        "start_function_test", "start_duration_test", "stop_test", "break_supply", "restore_supply",
    }  # fmt: skip
    assert {profile for profile, _ in offered} == {"intesis-dali", "shelly-gen2", "tasmota-relay", "waveshare-relay-d"}


@pytest.mark.parametrize("seconds", [None, 0.0, -5.0, float("nan"), float("inf"), LONGEST + 1.0, 1e300])
def test_what_ends_by_itself_is_not_sent_without_its_end(seconds: float | None) -> None:
    with pytest.raises(ValueError, match="must be told to end within"):
        said(SHELLY_3, "break_supply", seconds)


@given(st.floats(min_value=0.001, max_value=LONGEST))
def test_seconds_are_whole_and_never_too_few(seconds: float) -> None:
    payload = said(SHELLY_3, "break_supply", seconds)
    told = json.loads(payload)["params"]["toggle_after"]
    assert type(told) is int
    assert 0 <= told - seconds < 1
    Gate([SHELLY_3]).message("relay-3/rpc", payload)


FORGED = [
    ("relay-4/rpc", BREAK),
    ("relay-3/rpc/", BREAK),
    ("relay-3/rpc", BREAK + b" "),
    ("relay-3/rpc", BREAK.replace(b"1200", b"1200.0")),
    ("relay-3/rpc", BREAK.replace(b"1200", b"true")),
    ("relay-3/rpc", BREAK.replace(b"1200", b'"1200"')),
    ("relay-3/rpc", BREAK.replace(b"1200", b"0")),
    ("relay-3/rpc", BREAK.replace(b"1200", b"-1")),
    ("relay-3/rpc", BREAK.replace(b"1200", b"99999999")),
    ("relay-3/rpc", BREAK.replace(b',"toggle_after":1200', b"")),
    ("relay-3/rpc", BREAK.replace(b"true", b"1")),
    ("relay-3/rpc", BREAK.replace(b'"id":0', b'"id":1')),
    ("relay-3/rpc", BREAK.replace(b"Switch.Set", b"Shelly.FactoryReset")),
    ("relay-3/rpc", BREAK.replace(b'{"id":1,', b'{"id":1,"id":1,')),
    ("relay-3/rpc", b""),
    ("relay-3/rpc", b"[]"),
    ("relay-3/rpc", b"\xff"),
]


@pytest.mark.parametrize(("topic", "payload"), FORGED)
def test_a_message_that_is_not_to_the_letter_is_not_allowed(topic: str, payload: bytes) -> None:
    with pytest.raises(Unlisted):
        Gate([SHELLY_3]).message(topic, payload)


@given(st.integers(0, 255), st.binary(max_size=12))
def test_any_frame_that_is_neither_a_question_nor_listed_is_not_allowed(unit: int, pdu: bytes) -> None:
    gate = Gate([device(DALI, channel=0, short_address=0)])
    listed = {(11, bytes((6, 0, offset, 0, 1))) for offset in (63, 64, 65)}
    if (unit, pdu) in listed or pdu[:1] in (b"\1", b"\2", b"\3", b"\4"):
        gate.frame(unit, pdu)
    else:
        with pytest.raises(Unlisted):
            gate.frame(unit, pdu)


def test_who_allows_nothing_can_still_ask() -> None:
    gate = Gate()
    gate.frame(11, b"\x03\0\x40\0\1")
    with pytest.raises(Unlisted):
        gate.frame(11, b"\x06\0\x40\0\1")


def test_a_start_a_minute_is_counted_where_it_goes_out() -> None:
    clock = ManualClock()
    gate = Gate([SHELLY_3], clock.now)
    gate.message("relay-3/rpc", BREAK)
    clock.advance(59.9)
    with pytest.raises(TooOften):
        gate.message("relay-3/rpc", BREAK)
    gate.message("relay-3/rpc", RESTORE)
    clock.advance(0.1)
    gate.message("relay-3/rpc", BREAK)


@pytest.mark.parametrize("prefix", ["a/#", "+", "", "$SYS"])
def test_a_command_goes_to_one_topic_of_our_own(prefix: str) -> None:
    profile = MqttProfile.model_validate(SHELLY.model_dump() | {"availability": None})
    with pytest.raises(ValueError, match="is no topic"):
        orders_of(device(profile.model_copy(update={"commands": bare(profile)}), prefix=prefix))


def bare(profile: MqttProfile) -> Any:
    """Its commands, on a topic that is nothing but the prefix."""
    return {name: each.model_copy(update={"topic": "{prefix}"}) for name, each in profile.commands.items()}


def test_unit_0_is_everybody() -> None:
    with pytest.raises(ValueError, match="needs a unit of its own"):
        orders_of(device(RELAY, unit=0, relay=1))


def test_no_other_code_writes() -> None:
    """What can write with pymodbus and paho is named in one place each."""
    told = {path.name: path.read_text(encoding="utf-8") for path in Path("gateway").rglob("*.py")}

    def where(pattern: str) -> list[str]:
        return [name for name, text in told.items() if re.search(pattern, text)]

    assert where(r"client\.execute|\.execute\(False") == ["link.py"]
    assert where(r"\.(write_coil|write_register|mask_write_register|readwrite_multiple)") == []
    assert where(r"broker\.(send|publish)\(") == ["mqtt.py"]
    assert where(r"client\.publish\(") == ["broker.py"]
