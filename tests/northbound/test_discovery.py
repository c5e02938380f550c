"""What Home Assistant is told of the demo's property, held field by field against what it accepts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from gateway.data import demo_site
from gateway.estate import Asset, Estate
from gateway.kinds import SITE, Kind
from gateway.model import Value
from gateway.northbound.discovery import Discovery, discovered
from gateway.northbound.entities import ENDINGS, OF_BOOLEAN, OF_NUMBER, look_of
from gateway.northbound.topics import Topics
from gateway.site import load_estate
from tests.northbound.home_assistant import FIELDS, TOPIC, UNITS, expanded, wrong

TOPICS = Topics("touchpoint/riverside-garden", "homeassistant")


@pytest.fixture(scope="module")
def estate() -> Estate:
    return load_estate(demo_site(), now=None)


@pytest.fixture(scope="module")
def told(estate: Estate) -> dict[str, dict[str, Any]]:
    discovery = Discovery(estate, TOPICS, acknowledge=True)
    return {discovery.topic(name): discovery.device(name) for name in discovered(estate)}


def test_every_asset_of_the_demo_is_one_device_that_home_assistant_accepts(
    estate: Estate, told: dict[str, dict[str, Any]]
) -> None:
    assert len(told) == 52 == len([name for name in estate.assets if "/" not in name])
    assert {topic: list(wrong(each)) for topic, each in told.items() if list(wrong(each))} == {}
    assert all((found := TOPIC.fullmatch(topic)) and found["component"] == "device" for topic in told)
    platforms = Counter(each["p"] for device in told.values() for each in device["cmps"].values())
    assert platforms.keys() == FIELDS.keys()
    assert platforms["button"] == 52
    assert sum(platforms.values()) > 500


def test_every_point_of_every_shipped_kind_has_a_class_that_goes_with_its_unit(estate: Estate) -> None:
    """Also of those kinds that the demo has no asset of: each as an asset that can tell everything."""
    seen: set[str] = set()
    for name, kind in estate.kinds.items():
        if name == "asset":
            continue
        points = sorted(each for each in kind.told() | kind.proofs().keys() if not each.startswith(SITE))
        asset = Asset(
            "all-of-it", name, "corridor", {"en": "x"}, dict(zip(points, range(10_000, 20_000), strict=False))
        )
        device = Discovery(replace(estate, assets={"all-of-it": asset}), TOPICS, acknowledge=False).device("all-of-it")
        assert list(wrong(device)) == [], name
        assert len(device["cmps"]) == len(points) + 2
        seen |= {each.get("device_class", "") for each in device["cmps"].values()}
    assert UNITS.keys() <= seen, "a class that stands in the table and is never used was not looked at"


def test_names_in_the_tables_are_names_of_points(estate: Estate) -> None:
    known = {point for kind in estate.kinds.values() for point in kind.names()}
    assert known >= OF_BOOLEAN.keys()
    assert known >= OF_NUMBER.keys()
    assert all(any(point.endswith(ending) for point in known) for ending in ENDINGS)


def test_no_two_entities_share_an_id_and_all_are_named_in_the_sites_language(
    estate: Estate, told: dict[str, dict[str, Any]]
) -> None:
    ids = Counter(each["unique_id"] for device in told.values() for each in device["cmps"].values())
    assert {name: count for name, count in ids.items() if count > 1} == {}
    assert all(
        re.search("[\u4e00-\u9fff]", each["name"]) for device in told.values() for each in device["cmps"].values()
    )
    english = Discovery(replace(estate, languages=["en", "zh"]), TOPICS, acknowledge=True).device("door-lobby-1")
    assert {"Violates a clause", "Open tickets", "Acknowledge alarms"} <= {
        each["name"] for each in english["cmps"].values()
    }


def component(told: dict[str, dict[str, Any]], asset: str, part: str) -> dict[str, Any]:
    own_id = f"touchpoint_riverside-garden_{asset}"
    return dict(told[f"homeassistant/device/{own_id}/config"]["cmps"][f"{own_id}_{part}"])


def test_the_verdict_is_a_problem_and_unknown_is_not_no_problem(told: dict[str, dict[str, Any]]) -> None:
    verdict = component(told, "door-lobby-1", "verdict")
    assert (verdict["p"], verdict["device_class"]) == ("binary_sensor", "problem")
    assert verdict["state_topic"] == "touchpoint/riverside-garden/asset/door-lobby-1/state"
    assert verdict["value_template"] == "{{ {'violated': 'ON', 'met': 'OFF'}.get(value_json.verdict, 'None') }}"
    assert "availability" not in verdict, "that its devices are gone must not hide what is wrong with it"
    button = component(told, "door-lobby-1", "acknowledge")
    assert button["command_topic"] == "touchpoint/riverside-garden/asset/door-lobby-1/acknowledge"


def test_points_have_their_classes_units_and_templates(told: dict[str, dict[str, Any]]) -> None:
    closed = component(told, "door-lobby-1", "p_closed")
    assert closed["device_class"] == "door"
    assert closed["value_template"] == (
        "{{ {'True': 'OFF', 'False': 'ON'}.get(value_json.points['closed'].value | string, 'None') }}"
    )
    pressure = component(told, "extinguisher-garage-1", "p_pressure")
    assert (pressure["device_class"], pressure["unit_of_measurement"]) == ("pressure", "kPa")
    assert pressure["value_template"] == (
        "{{ (value_json.points['pressure'].value * 1000) | round(6)"
        " if value_json.points['pressure'].value is not none else 'None' }}"
    )
    tested = component(told, "emergency-light-b1-1", "p_proof_test_duration_passed")
    assert (tested["device_class"], tested["entity_category"]) == ("timestamp", "diagnostic")
    assert "value_json.points['proof_test.duration.passed'].value | as_datetime" in tested["value_template"]
    status, own = closed["availability"]
    assert (status["topic"], closed["availability_mode"]) == ("touchpoint/riverside-garden/status", "all")
    assert own["topic"] == closed["state_topic"]


def test_without_leave_there_is_no_button(estate: Estate) -> None:
    device = Discovery(estate, TOPICS, acknowledge=False).device("door-lobby-1")
    assert "button" not in {each["p"] for each in device["cmps"].values()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"device_class": "motion"}, "device_class motion is unknown"),
        ({"unit_of_measurement": "MPa"}, "pressure is not told in MPa"),
        ({"state_topic": "a/#"}, "state_topic is no topic"),
        ({"colour": "red"}, "colour is no field of a sensor"),
        ({"availability_mode": "some"}, "availability_mode is unknown"),
        ({"p": "siren"}, "platform siren is not supported here"),
    ],
)
def test_the_table_would_notice(told: dict[str, dict[str, Any]], change: dict[str, Value], message: str) -> None:
    part = component(told, "extinguisher-garage-1", "p_pressure")
    device = {"dev": {"ids": ["x"]}, "o": {"name": "x"}, "cmps": {"x": part}}
    assert list(wrong(device)) == []
    assert f"components.x: {message}" in list(wrong({**device, "cmps": {"x": {**part, **change}}}))
    assert list(wrong({**device, "dev": {}})) == ["device has neither identifiers nor connections"]
    assert expanded(device)["components"]["x"]["platform"] == "sensor"


def test_a_unit_that_the_name_does_not_go_with_is_not_believed() -> None:
    point = {"type": "number", "unit": "ppm", "means": {"en": "x"}}
    kind = Kind.model_validate({"title": {"en": "x"}, "points": {"battery_level": point, "ammonia": point}})
    assert (look_of(kind, "battery_level").device_class, look_of(kind, "ammonia").unit) == ("", "ppm")
