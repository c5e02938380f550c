"""From the bytes of a message to what it tells of a device's points. Pure: knows no broker, no clock, no topic.

Whatever a sender may send ends as a value, as a BadReading with its reason, or as nothing told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal, TypeAlias

from gateway.model import BadReading, Reading
from gateway.profiles import TimeField
from gateway.sources.conversion import LARGEST_INT, Convert, Raw, same, shown

LARGEST_PAYLOAD = 256 * 1024
"""Bytes; a larger payload is refused unread."""
DEEPEST = 32
"""Objects and lists inside each other."""
MOST_CONTAINERS = 4096
"""Objects and lists in one message: bounds how long reading it can hold up the event loop."""

Path: TypeAlias = tuple[str, ...]
TimeReader: TypeAlias = Callable[[Raw], float | BadReading | None]
"""The time that a message states for itself, in seconds since 1970 UTC; None when it states none."""

EMPTY = BadReading("empty")
TOO_LARGE = BadReading("too-large", f"more than {LARGEST_PAYLOAD} bytes")
TOO_MANY = BadReading("too-large", f"more than {MOST_CONTAINERS} objects and lists")
TOO_DEEP = BadReading("too-deep", f"more than {DEEPEST} levels")


class Absent(Enum):
    """What a path finds where a message does not speak of it."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


class _Refused(ValueError):
    """JSON that the grammar allows and we do not."""


def parse(payload: bytes) -> Raw | BadReading:
    """The payload's JSON value; its text where it is no JSON and does not look like an object or a list."""
    if not payload:
        return EMPTY
    if len(payload) > LARGEST_PAYLOAD:
        return TOO_LARGE
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return BadReading("not-json", "not UTF-8")
    containers = text.count("{") + text.count("[")
    if containers > MOST_CONTAINERS:
        return TOO_MANY if text.lstrip()[:1] in ("{", "[") else BadReading("not-json")
    return _decode(text, containers)


def _decode(text: str, containers: int) -> Raw | BadReading:
    try:
        tree = _DECODER.decode(text)
    except RecursionError:
        return TOO_DEEP
    except ValueError as error:
        if text.lstrip()[:1] in ("{", "["):
            return BadReading("not-json", str(error)[:80])
        return text.strip()
    if containers > DEEPEST and _deeper_than(tree, DEEPEST):
        return TOO_DEEP
    return tree


def _unique(pairs: list[tuple[str, Raw]]) -> dict[str, Raw]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused("a key is there twice")
    return found


def _no_constant(word: str) -> Raw:
    raise _Refused(f"{word} is no JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _deeper_than(tree: Raw, levels: int) -> bool:
    layer = [tree]
    for _ in range(levels):
        layer = [child for node in layer for child in _inside(node) if isinstance(child, dict | list)]
    return bool(layer)


def _inside(node: Raw) -> Collection[Raw]:
    return node.values() if isinstance(node, dict) else node


def split_path(path: str) -> Path:
    """``params/input:0/state`` → its keys; an empty path is the payload itself."""
    return tuple(path.split("/")) if path else ()


def walk(tree: Raw, path: Path) -> Raw | Absent:
    """What stands at ``path``: keys of objects, positions in lists; ABSENT where the message does not have it."""
    for step in path:
        if isinstance(tree, dict):
            tree = tree.get(step, ABSENT)
        elif isinstance(tree, list):
            tree = tree[int(step)] if step.isdecimal() and int(step) < len(tree) else ABSENT
        else:
            return ABSENT
    return tree


@dataclass(frozen=True, slots=True)
class Field:
    """One point of a device as a message may carry it; paths and conditions with the parameters filled in."""

    id: int
    path: Path
    convert: Convert
    where: tuple[tuple[Path, str | int | bool], ...] = ()

    def concerned(self, tree: Raw) -> bool:
        """Whether the message speaks of this point at all, by what its other fields say."""
        return all(_matches(walk(tree, path), stated) for path, stated in self.where)


def _matches(raw: Raw, stated: str | int | bool) -> bool:
    """An id may be a number in the message and text in the site's file: 405419896 is "405419896"."""
    if isinstance(stated, str) and isinstance(raw, int) and not isinstance(raw, bool):
        return abs(raw) < LARGEST_INT and str(raw) == stated
    return same(raw, stated)


def overlay(tree: Raw, fields: Collection[Field]) -> dict[int, Reading]:
    """What a message tells, by point id. A field that it lacks is not told; a refused payload is told for all."""
    told: dict[int, Reading] = {}
    for field in fields:
        if isinstance(tree, BadReading):
            if not field.where:
                told[field.id] = tree
        elif not field.where or field.concerned(tree):
            raw = walk(tree, field.path)
            if raw is not ABSENT:
                told[field.id] = field.convert(raw)
            elif not isinstance(tree, dict):
                told.update(_misshapen(tree, field))
    return told


def _misshapen(tree: Raw, field: Field) -> dict[int, Reading]:
    """Text or a list where an object was asked for; a list that is only too short lacks the field."""
    if not isinstance(tree, list):
        return {field.id: BadReading("not-json", shown(tree))}
    return {} if field.path[0].isdecimal() else {field.id: BadReading("wrong-type", shown(tree))}


def source_time(tree: Raw, path: Path, written: Literal["unix", "unix-ms", "iso"]) -> float | BadReading | None:
    """Seconds since 1970 UTC that the message states for itself; None when it states none."""
    raw = walk(tree, path)
    if raw is ABSENT or raw is None or isinstance(tree, BadReading):
        return None
    if written == "iso":
        return _iso_time(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not abs(raw) < LARGEST_INT:
        return BadReading("bad-time", shown(raw))
    return raw / 1000 if written == "unix-ms" else float(raw)


def _iso_time(raw: Raw) -> float | BadReading:
    try:
        moment = datetime.fromisoformat(raw)
        # Without a zone it is some clock's local time, of which nobody here knows the offset.
        return moment.timestamp() if moment.tzinfo else BadReading("bad-time", f"{shown(raw)} has no zone")
    except (TypeError, ValueError, OverflowError):
        return BadReading("bad-time", shown(raw))


def time_reader(field: TimeField | None) -> TimeReader:
    """How messages of a profile tell their own time."""
    if field is None:
        return lambda tree: None
    path, written = split_path(field.path), field.format
    return lambda tree: source_time(tree, path, written)
