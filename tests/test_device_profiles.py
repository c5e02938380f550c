"""Every shipped profile: loads, says where it comes from, fits the kinds, and reads what its maker says it sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import iso
from gateway.data import shipped
from gateway.documents import Document
from gateway.model import BadReading, Reading
from gateway.profiles import ModbusPoint, ModbusProfile, MqttPoint, MqttProfile, Profile, load_profile
from gateway.site.files import Findings
from gateway.site.pages import read_pages
from gateway.sources.payloads import parse
from gateway.sources.registers import plan
from gateway.sources.source import Device
from gateway.sources.topics import routes_of

PROFILES = {path.stem: path for path in sorted(shipped().profiles.glob("*.yaml"))}
LOADED: Mapping[str, Profile] = {name: load_profile(path) for name, path in PROFILES.items()}
CAPTURES = {path.stem: path for path in sorted((Path(__file__).parent / "captures").glob("*.yaml"))}
PAGES = read_pages(shipped().book, (), Findings())
KINDS = {name: kind for page in PAGES for name, kind in page.says.kinds.items()}
FAMILIES = ("access-door", "barrier-gate", "emergency-light", "extinguisher", "lift")


def capture(name: str) -> Mapping[str, Any]:
    tree: Mapping[str, Any] = Document(CAPTURES[name]).plain
    return tree


FILES = {name: capture(name) for name in CAPTURES}
CASES = [(name, number) for name in CAPTURES for number in range(len(FILES[name]["cases"]))]


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_loads_and_says_where_it_comes_from(name: str) -> None:
    profile = LOADED[name]
    assert profile.source
    assert profile.maker
    assert profile.verified in ("manual", "simulator")
    assert len(profile.points) >= 2


def test_every_profile_has_a_capture() -> None:
    assert PROFILES.keys() == CAPTURES.keys()


def test_half_of_them_speak_modbus_and_half_mqtt() -> None:
    modbus = [name for name in PROFILES if isinstance(LOADED[name], ModbusProfile)]
    assert len(modbus) == len(PROFILES) / 2
    assert len(modbus) >= len(FAMILIES) * 2


@pytest.mark.parametrize("name", PROFILES)
def test_a_point_that_a_kind_knows_has_its_unit_and_type(name: str) -> None:
    profile = LOADED[name]
    for family, kind in KINDS.items():
        for point in profile.points.keys() & kind.points.keys() if meant_for(name, family) else ():
            assert profile.points[point].unit == kind.unit_of(point), f"{family}.{point}"
            assert type_of(profile.points[point]) == kind.type_of(point), f"{family}.{point}"


def meant_for(name: str, family: str) -> bool:
    """A contact's battery level is no emergency light's: only a family that shares a telling point counts."""
    shared = LOADED[name].points.keys() & KINDS[family].points.keys()
    return bool(shared - {"battery_level", "battery_low", "temperature", "fault_code"})


def type_of(point: ModbusPoint | MqttPoint) -> str:
    if point.is_boolean:
        return "boolean"
    return "text" if point.is_enum or point.type in ("string", "text") else "number"


@pytest.mark.parametrize(("name", "number"), CASES)
def test_what_the_maker_says_it_sends_is_what_is_read(name: str, number: int) -> None:
    file = FILES[name]
    profile, case = LOADED[file["profile"]], file["cases"][number]
    parameters = file.get("parameters", {})
    if isinstance(profile, ModbusProfile):
        told = read_words(profile, parameters, case["reads"], set(case["expect"]))
    else:
        told = read_messages(profile, parameters, case)
    assert told == {point: reading_like(value) for point, value in case.get("expect", {}).items()}


def reading_like(value: Any) -> Any:
    """What equals the reading: near for numbers, by its reason for a bad one."""
    if isinstance(value, Mapping):
        return Bad(value["bad"])
    return pytest.approx(value, rel=1e-5) if isinstance(value, float) else value


class Bad:
    """Equal to any bad reading with this reason."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BadReading) and other.reason == self.reason

    def __hash__(self) -> int:
        return hash(self.reason)

    def __repr__(self) -> str:
        return f"Bad({self.reason})"


def read_words(
    profile: ModbusProfile, parameters: Mapping[str, int], reads: Sequence[Mapping[str, Any]], wanted: set[str]
) -> Mapping[str, Reading]:
    memory = {(read["table"], read["start"] + n): word for read in reads for n, word in enumerate(read["words"])}
    planned = plan(profile, wanted, parameters)
    answers = [[memory[block.table, block.start + n] for n in range(block.count)] for block in planned.blocks]
    return dict(zip(planned.names, planned.decode(answers), strict=True))


def read_messages(profile: MqttProfile, parameters: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Reading]:
    ids = {name: number for number, name in enumerate(profile.points)}
    device = Device("tested", profile, ids, -1, 0.0, profile.stale_after or 0.0, parameters=parameters)
    told: dict[str, Reading] = {}
    for message in case["messages"]:
        tree = parse(message["payload"].encode())
        routes = [route for route in routes_of(device) if route.topic == message["topic"]]
        assert routes, f"nobody listens to {message['topic']}"
        for route in routes:
            if route.availability is not None:
                assert route.there(tree) is case["there"]
                continue
            told |= {
                name: reading for name, id_ in ids.items() for at, reading in route.told(tree).items() if at == id_
            }
            moment = route.time(tree)
            assert "at" not in case or (isinstance(moment, float) and iso(moment) == case["at"])
    return told


@pytest.mark.parametrize("name", [name for name in PROFILES if isinstance(LOADED[name], ModbusProfile)])
def test_no_poll_needs_many_requests(name: str) -> None:
    profile = LOADED[name]
    assert isinstance(profile, ModbusProfile)
    parameters = {parameter: value if value is not None else 0 for parameter, value in profile.parameters.items()}
    assert len(plan(profile, profile.points, parameters).blocks) <= 5


def test_no_profile_reads_who_went_through_a_door() -> None:
    for name in ("uhppoted-controller", "zigbee2mqtt-contact"):
        text = PROFILES[name].read_text(encoding="utf-8")
        assert "card-number" not in text


@pytest.mark.parametrize("name", PROFILES)
def test_a_code_that_makes_a_state_unknown_makes_no_truth_either(name: str) -> None:
    """A charger whose state cannot be read is not "mains present"."""
    codes: dict[object, set[frozenset[int | str]]] = {}
    for point in LOADED[name].points.values():
        if point.enum is not None or point.true_when is not None:
            where = (point.address, point.bits) if isinstance(point, ModbusPoint) else (point.topic, point.path)
            codes.setdefault(where, set()).add(frozenset(point.enum or ()))
    assert all(len(each) == 1 for each in codes.values()), codes
