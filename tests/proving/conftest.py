"""A property whose lamps are tested."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof_story import Lamp, Make, Property


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Make]:
    """Makes one, on a file of its own, of which everything was read for half a minute."""
    properties: list[Property] = []

    def make(*lamps: Lamp, rules: str = "", **stanzas: str) -> Property:
        properties.append(Property(tmp_path, list(lamps), rules, **stanzas))
        properties[-1].go_on(30.0)
        return properties[-1]

    yield make
    for each in properties:
        each.close()
