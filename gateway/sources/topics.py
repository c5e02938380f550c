"""Which devices a topic concerns, and what a message on it tells of each. Pure: knows no broker and no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.model import BadReading, Reading
from gateway.profiles import Availability, MqttPoint, MqttProfile
from gateway.sources.conversion import Raw, converter, same, shown
from gateway.sources.payloads import ABSENT, Field, TimeReader, overlay, split_path, time_reader, walk
from gateway.sources.source import Device

MOST_SHAPES = 64
MOST_RESOLVED = 10_000
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(slots=True)
class Route:
    """What one device wants of one topic: some of its points, or the word whether it is there."""

    device: Device
    topic: str
    time: TimeReader
    fields: tuple[Field, ...] = ()
    availability: Availability | None = None
    live_session: int = -1
    """The connection over which the topic last spoke live: a retained copy on it is older."""
    shapes: dict[tuple[int, ...], tuple[int, ...]] = field(default_factory=dict)

    def shape(self, ids: tuple[int, ...]) -> tuple[int, ...]:
        """The same ids as one lasting object, so that whoever lays out columns by them does it once."""
        known = self.shapes.get(ids)
        if known is None:
            if len(self.shapes) >= MOST_SHAPES:
                self.shapes.clear()
            known = self.shapes[ids] = ids
        return known

    def told(self, tree: Raw) -> dict[int, Reading]:
        """What a message tells of the device's points."""
        return overlay(tree, self.fields)

    def there(self, tree: Raw) -> Reading:
        """Whether an availability message says that the device is there."""
        availability = self.availability
        if availability is None or isinstance(tree, BadReading):
            return tree if isinstance(tree, BadReading) else BadReading("no-such-field")
        word = walk(tree, split_path(availability.path)) if isinstance(tree, dict | list) else tree
        if word is ABSENT or isinstance(word, dict | list):
            return BadReading("no-such-field")
        for words, answer in ((availability.online, True), (availability.offline, False)):
            if any(same(word, each) for each in words):
                return answer
        return BadReading("unknown-code", shown(word))


class Routes:
    """Every route of a connection, found by topic: exact ones at once, wildcards once for each topic met."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._exact: dict[str, list[Route]] = {}
        self._wild: list[Route] = []
        self._resolved: dict[str, Sequence[Route]] = {}
        for device in devices:
            for route in routes_of(device):
                there = self._wild if _is_wild(route.topic) else self._exact.setdefault(route.topic, [])
                there.append(route)
        self.filters = sorted({*self._exact, *(route.topic for route in self._wild)})

    def of(self, topic: str) -> Sequence[Route]:
        """The routes that ``topic`` concerns, perhaps none."""
        if not self._wild:
            return self._exact.get(topic, ())
        found = self._resolved.get(topic)
        if found is None:
            if len(self._resolved) >= MOST_RESOLVED:
                self._resolved.clear()
            wild = [route for route in self._wild if matches(route.topic, topic)]
            found = self._resolved[topic] = [*self._exact.get(topic, ()), *wild]
        return found


def routes_of(device: Device) -> list[Route]:
    """One route for each topic of ``device``; raises ValueError where a parameter is not stated."""
    profile = device.profile
    if not isinstance(profile, MqttProfile):
        raise TypeError(f"device {device.name}: its profile is not for MQTT")
    stated = {**profile.parameters, **device.parameters}
    topics: dict[str, list[Field]] = {}
    for name, id_ in device.point_ids.items():
        point = profile.points[name]
        topics.setdefault(fill(point.topic, stated), []).append(_field(id_, point, stated))
    time = time_reader(profile.time)
    routes = [Route(device, topic, time, tuple(fields)) for topic, fields in topics.items()]
    if profile.availability is not None:
        topic = fill(profile.availability.topic, stated)
        routes.append(Route(device, topic, time, availability=profile.availability))
    return routes


def _field(id_: int, point: MqttPoint, stated: Mapping[str, str | int | None]) -> Field:
    where = (
        (split_path(fill(path, stated)), fill(said, stated) if isinstance(said, str) else said)
        for path, said in point.where.items()
    )
    return Field(id_, split_path(fill(point.path, stated)), converter(point), tuple(where))


def fill(text: str, stated: Mapping[str, str | int | None]) -> str:
    """``text`` with each ``{parameter}`` replaced; nothing else in it has a meaning."""

    def value(match: re.Match[str]) -> str:
        found = stated.get(match[1])
        if found is None:
            raise ValueError(f"{text}: the parameter {match[1]} is not stated")
        return str(found)

    return _PARAMETER.sub(value, text)


def _is_wild(topic: str) -> bool:
    return "+" in topic or "#" in topic


def matches(wanted: str, topic: str) -> bool:
    """Whether ``topic`` is one that the filter ``wanted`` asks for (MQTT 3.1.1 §4.7)."""
    asked, levels = wanted.split("/"), topic.split("/")
    if topic.startswith("$") and asked[0] in ("+", "#"):
        return False
    for position, level in enumerate(asked):
        if level == "#":
            return True
        if position >= len(levels) or level not in ("+", levels[position]):
            return False
    return len(asked) == len(levels)
