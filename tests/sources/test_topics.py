"""Topics lead to devices, with the site's parameters filled in."""

from typing import Any

import pytest

from gateway.model import BadReading
from gateway.profiles import ModbusProfile, MqttProfile
from gateway.sources.source import Device
from gateway.sources.topics import MOST_SHAPES, Routes, fill, matches, routes_of


def device(points: dict[str, Any], name: str = "d", **said: Any) -> Device:
    stated = {
        "title": "t",
        "maker": "m",
        "source": "s",
        "verified": "simulator",
        "protocol": "mqtt",
        "stale_after": "60s",
    }
    parameters = said.pop("parameters", {})
    profile = MqttProfile.model_validate(stated | said | {"points": points})
    ids = {point: number for number, point in enumerate(points)}
    return Device(name, profile, ids, 99, 0.0, 60.0, parameters=parameters)


@pytest.mark.parametrize(
    ("wanted", "topic", "expected"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("#", "a/b", True),
        ("#", "$SYS/x", False),
        ("+/x", "$SYS/x", False),
        ("/+/x", "/s1/x", True),
        ("+/x", "/s1/x", False),
        ("a/b/c", "a/b", False),
    ],
)
def test_filters(wanted: str, topic: str, expected: bool) -> None:
    assert matches(wanted, topic) is expected


def test_parameters_are_filled_and_nothing_else_is_understood() -> None:
    assert fill("/devices/{id}/controls/{name}", {"id": "wb-1", "name": 3}) == "/devices/wb-1/controls/3"
    assert fill("{a.__class__}", {"a": 1}) == "{a.__class__}"
    with pytest.raises(ValueError, match="the parameter prefix is not stated"):
        fill("{prefix}/x", {"prefix": None})


def test_a_leading_slash_is_part_of_the_topic() -> None:
    routes = Routes([device({"floor": {"topic": "/{id}/floor"}}, parameters={"id": "s1"})])
    assert routes.filters == ["/s1/floor"]
    assert len(routes.of("/s1/floor")) == 1
    assert routes.of("s1/floor") == ()


def test_exact_and_wild_topics_together() -> None:
    routes = Routes(
        [
            device({"a": {"topic": "x/1"}}, "exact"),
            device({"a": {"topic": "x/+"}}, "wild"),
        ]
    )
    assert [route.device.name for route in routes.of("x/1")] == ["exact", "wild"]
    assert [route.device.name for route in routes.of("x/2")] == ["wild"]
    assert routes.of("x/1") is routes.of("x/1")
    assert routes.of("y") == []


def test_many_topics_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.sources.topics.MOST_RESOLVED", 3)
    routes = Routes([device({"a": {"topic": "x/+"}})])
    for number in range(10):
        assert len(routes.of(f"x/{number}")) == 1
    assert len(routes._resolved) <= 3


def test_parameters_also_fill_paths_and_conditions() -> None:
    point = {"topic": "events", "path": "doors/{door}", "where": {"device-id": "{controller}", "live": True}}
    (route,) = routes_of(device({"open": point}, parameters={"door": 2, "controller": 405419896}))
    message = {"device-id": 405419896, "live": True, "doors": {"1": 7, "2": 8}}
    assert route.told(message) == {0: 8}
    assert route.told(message | {"device-id": 1}) == {}


def test_the_profiles_own_parameters_count_unless_the_site_says_otherwise() -> None:
    told = device({"a": {"topic": "{root}/a"}}, parameters={})
    profile = told.profile.model_copy(update={"parameters": {"root": "z"}})
    (route,) = routes_of(Device("d", profile, {"a": 0}, 9, 0.0, 60.0))
    assert route.topic == "z/a"
    (route,) = routes_of(Device("d", profile, {"a": 0}, 9, 0.0, 60.0, parameters={"root": "y"}))
    assert route.topic == "y/a"


def test_a_profile_of_the_other_protocol_is_a_mistake() -> None:
    profile = ModbusProfile.model_validate(
        {"title": "t", "maker": "m", "source": "s", "verified": "manual", "protocol": "modbus", "points": {}}
    )
    with pytest.raises(TypeError, match="not for MQTT"):
        routes_of(Device("d", profile, {}, 9, 0.0, 60.0))


def test_availability_in_both_forms() -> None:
    availability = {"topic": "d/availability", "path": "state", "online": ["online", True]}
    _, route = routes_of(device({"a": {"topic": "d"}}, availability=availability))
    assert route.there("online") is True
    assert route.there({"state": "offline"}) is False
    assert route.there(True) is True
    assert route.there("perhaps") == BadReading("unknown-code", "'perhaps'")
    assert route.there({"other": 1}) == BadReading("no-such-field")
    assert route.there({"state": []}) == BadReading("no-such-field")
    assert route.there(BadReading("not-json")) == BadReading("not-json")


def test_a_route_of_values_says_nothing_of_presence() -> None:
    (route,) = routes_of(device({"a": {"topic": "d"}}))
    assert route.there("online") == BadReading("no-such-field")


def test_the_same_points_are_the_same_object() -> None:
    (route,) = routes_of(device({"a": {"topic": "d", "path": "a"}, "b": {"topic": "d", "path": "b"}}))
    first = route.shape(tuple(route.told({"a": 1, "b": 2})))
    assert route.shape(tuple(route.told({"a": 3, "b": 4}))) is first
    assert route.shape((1,)) is route.shape(tuple([1]))
    for number in range(MOST_SHAPES + 5):
        route.shape((number,))
    assert len(route.shapes) <= MOST_SHAPES
