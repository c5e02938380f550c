"""Device profiles: what one may say, and what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import DocumentError
from gateway.profiles import ModbusProfile, MqttProfile, Profile, load_profile

HEAD = "title: T\nmaker: M\nsource: S, page 3\nverified: manual\n"
MODBUS = HEAD + "protocol: modbus\npoints:\n  p: {%s}\n"
MQTT = HEAD + "protocol: mqtt\nstale_after: 5min\npoints:\n  p: {%s}\n"


def load(folder: Path, text: str) -> Profile:
    path = folder / "profile.yaml"
    path.write_text(text, encoding="utf-8")
    return load_profile(path, "profile.yaml")


def problems(folder: Path, text: str) -> str:
    with pytest.raises(DocumentError) as caught:
        load(folder, text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("point", "width", "boolean"),
    [
        ("address: 1", 1, False),
        ("address: 1, type: int32", 2, False),
        ("address: 1, type: float64", 4, False),
        ("address: 1, type: string, length: 8", 8, False),
        ("address: 1, table: coil, type: uint32", 1, True),
        ("address: 1, bit: 3", 1, True),
        ("address: 1, true_when: [2, 3]", 1, True),
        ("address: 1, enum: {0: off, 1: on}", 1, False),
    ],
)
def test_how_wide_a_point_is_and_what_it_tells(tmp_path: Path, point: str, width: int, boolean: bool) -> None:
    profile = load(tmp_path, MODBUS % point)
    assert isinstance(profile, ModbusProfile)
    assert (profile.points["p"].width, profile.points["p"].is_boolean) == (width, boolean)
    assert profile.points["p"].is_enum is ("enum" in point)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "profile.yaml:1: protocol: must be modbus or mqtt"),
        ("[]", "must be modbus or mqtt"),
        ("protocol: [modbus]", "profile.yaml:1: protocol: must be modbus or mqtt"),
        (HEAD + "protocol: bacnet", "profile.yaml:5: protocol: must be modbus or mqtt"),
        (MODBUS % "address: 1, scal: 2", 'profile.yaml:7: points.p.scal: unknown key, did you mean "scale"?'),
        (MODBUS % "table: holdng, address: 1", "points.p.table: 'holdng' is not known here, did you mean \"holding\"?"),
        (MODBUS % "type: uint16", "profile.yaml:7: points.p.address: is missing"),
        (MODBUS % "address: 1, type: string", "points.p: a string needs its length in registers"),
        (MODBUS % "address: 1, bit: 1, bits: [0, 3]", "points.p: bit and bits exclude each other"),
        (MODBUS % "address: 1, bits: [3, 0]", "points.p: bits are the lowest and the highest bit"),
        (MODBUS % "address: 1, bit: 64", "points.p.bit: Input should be less than or equal to 63"),
        (
            MODBUS % "address: 1, scale_by: [{point: q, factors: {0: 1}}]",
            "points.p.scale_by: there is no point 'q' here",
        ),
        (MODBUS.replace("protocol", "every: 10\nprotocol") % "address: 1", "profile.yaml:5: every: 10 is no duration"),
        (MODBUS.replace("manual", "maybe") % "address: 1", "profile.yaml:4: verified: 'maybe' is not known here"),
        (MQTT % "path: a", "points.p.topic: is missing"),
        (MQTT.replace("stale_after: 5min\n", "") % "topic: t", "stale_after: is missing"),
        (MQTT.replace("5min", "null") % "topic: t", "profile.yaml:6: stale_after: None is no duration"),
    ],
)
def test_what_a_profile_may_not_say(tmp_path: Path, text: str, message: str) -> None:
    assert message in problems(tmp_path, text)


@pytest.mark.parametrize(
    ("point", "boolean"),
    [("topic: t", False), ("topic: t, type: boolean", True), ("topic: t, true_when: ['on']", True)],
)
def test_an_mqtt_point(tmp_path: Path, point: str, boolean: bool) -> None:
    profile = load(tmp_path, MQTT % point)
    assert isinstance(profile, MqttProfile)
    assert profile.points["p"].is_boolean is boolean
    assert profile.stale_after == 300.0


def test_a_scale_that_the_device_tells(tmp_path: Path) -> None:
    text = MODBUS % "address: 4, scale_by: [{point: q, factors: {0: 1, 1: 0.1}}]" + "  q: {address: 3}\n"
    profile = load(tmp_path, text)
    assert isinstance(profile, ModbusProfile)
    assert profile.points["p"].scale_by[0].factors == {0: 1.0, 1: 0.1}


SAID = "means: {zh: 试, en: try}, reads_back: p"
WRITES = MODBUS % "address: 1" + "commands:\n  c: {%s}\n"
SAYS = MQTT % "topic: t" + "commands:\n  c: {%s}\n"
JSON = "topic: t, payload: {params: {on: true}}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WRITES % f"{SAID}, address: 2", "commands.c.value: is missing"),
        (WRITES % f"{SAID}, address: 2, value: 65536", "commands.c.value: Input should be less than or equal to 65535"),
        (WRITES % f"{SAID}, address: 2, value: -1", "commands.c.value: Input should be greater than or equal to 0"),
        (WRITES % f"{SAID}, address: 2, value: 2, table: coil", "commands.c: a coil is written with 0 or 1"),
        (WRITES % f"{SAID}, address: 2, value: 1, table: input", "commands.c.table: 'input' is not known here"),
        (WRITES % "means: {en: try}, reads_back: p, address: 2, value: 1", "write it in both languages"),
        (WRITES % "means: {zh: 试, en: try}, address: 2, value: 1", "commands.c.reads_back: is missing"),
        (
            WRITES % "means: {zh: 试, en: try}, reads_back: q, address: 2, value: 1",
            "commands.c.reads_back: there is no point 'q' here",
        ),
        (SAYS % f"{SAID}, topic: t", "commands.c.payload: is missing"),
        (SAYS % f"{SAID}, topic: 't/#', payload: x", "commands.c: a command goes to one topic: no + and no #"),
        (SAYS % f"{SAID}, {JSON}, seconds_at: params/s", "ends it by itself; say so"),
        (SAYS % f"{SAID}, {JSON}, ends_by_itself: true, seconds_at: params/on", "params/on is no free place"),
        (SAYS % f"{SAID}, {JSON}, ends_by_itself: true, seconds_at: param/s", "param/s is no free place"),
        (SAYS % f"{SAID}, {JSON}, ends_by_itself: true, seconds_at: params/", "params/ is no free place"),
        (SAYS % f"{SAID}, topic: t, payload: x, ends_by_itself: true, seconds_at: s", "s is no free place"),
        (SAYS % f"{SAID}, topic: t, payload: {{a: .inf}}", "commands.c"),
    ],
)
def test_what_a_command_may_not_say(tmp_path: Path, text: str, message: str) -> None:
    assert message in problems(tmp_path, text)


@pytest.mark.parametrize(
    ("more", "held", "timed"),
    [
        ("payload: ON", True, False),
        ("payload: OFF, stops: true", False, False),
        ("payload: {a: 1}, ends_by_itself: true", False, False),
        ("payload: {a: 1}, ends_by_itself: true, seconds_at: for", False, True),
    ],
)
def test_what_a_command_begins_stays_or_ends(tmp_path: Path, more: str, held: bool, timed: bool) -> None:
    command = load(tmp_path, SAYS % f"{SAID}, topic: t, {more}").commands["c"]
    assert (command.held, command.timed) == (held, timed)
