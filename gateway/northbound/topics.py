"""Where things are published, and which retained topics still hold something of ours: so that they can be emptied.

What was retained outlives the site's files; a file in the state folder remembers it. Knows no broker.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Parts: TypeAlias = Mapping[str, str]
"""Of a device told to Home Assistant: each of its components and that one's platform; else nothing."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Under ``prefix``; ``discovery`` is Home Assistant's own prefix, "" for none."""

    prefix: str
    discovery: str = ""

    @property
    def status(self) -> str:
        """online, or offline by last will; retained."""
        return f"{self.prefix}/status"

    @property
    def birth(self) -> str:
        """Where Home Assistant says that it is there."""
        return f"{self.discovery}/status"

    def state(self, asset: str) -> str:
        """An asset's state; retained."""
        return f"{self.prefix}/asset/{asset}/state"

    def acknowledge(self, asset: str) -> str:
        """Where the press of an asset's button comes."""
        return f"{self.prefix}/asset/{asset}/acknowledge"

    def pressed(self, topic: str) -> str:
        """The asset of ``acknowledge``'s topic, "" for any other topic."""
        inside = topic.removeprefix(f"{self.prefix}/asset/")
        return inside.removesuffix("/acknowledge") if inside != topic and inside.endswith("/acknowledge") else ""

    def schema(self, name: str) -> str:
        """A JSON Schema; retained."""
        return f"{self.prefix}/schema/{name}"

    def config(self, object_id: str) -> str:
        """What Home Assistant is told of a device; retained."""
        return f"{self.discovery}/device/{object_id}/config"


class Retained:
    """What is retained at the broker, as far as this gateway put it there; kept in ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.topics: dict[str, Parts] = _read(path)

    def gone(self, wanted: Mapping[str, Parts]) -> list[str]:
        """The topics that are to be emptied when only ``wanted`` shall be retained."""
        return sorted(self.topics.keys() - wanted.keys())

    def lost(self, topic: str, parts: Parts) -> dict[str, str]:
        """Those components of a device, with their platforms, that it no longer has."""
        return {name: platform for name, platform in self.topics.get(topic, {}).items() if name not in parts}

    def keep(self, topics: Mapping[str, Parts]) -> None:
        """Remember; raises OSError."""
        if topics == self.topics:
            return
        written = self._path.with_suffix(".new")
        written.write_text(json.dumps(topics, indent=1, sort_keys=True), encoding="utf-8")
        written.replace(self._path)
        self.topics = dict(topics)


def _read(path: Path) -> dict[str, Parts]:
    """What an unreadable file would have told stays at the broker: nothing worse comes of it."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(topic): dict(parts) for topic, parts in told.items()} if isinstance(told, dict) else {}
