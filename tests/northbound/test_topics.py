"""Topics, and what is remembered of what is retained."""

from pathlib import Path

import pytest

from gateway.northbound.topics import Retained, Topics

TOPICS = Topics("touchpoint/garden", "homeassistant")


@pytest.mark.parametrize(
    ("topic", "asset"),
    [
        ("touchpoint/garden/asset/door/acknowledge", "door"), ("touchpoint/garden/asset/door/state", ""),
        ("touchpoint/other/asset/door/acknowledge", ""), ("door/acknowledge", ""), ("touchpoint/garden/status", ""),
    ],
)  # fmt: skip
def test_a_press_is_known_by_its_topic(topic: str, asset: str) -> None:
    assert TOPICS.pressed(topic) == asset
    assert TOPICS.pressed(TOPICS.acknowledge("door-1")) == "door-1"


def test_what_is_no_longer_wanted_is_known_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "north.json"
    Retained(path).keep({"a": {}, "b": {"x": "sensor", "y": "button"}})
    later = Retained(path)
    assert later.gone({"b": {}, "c": {}}) == ["a"]
    assert later.lost("b", {"x": "sensor"}) == {"y": "button"}
    assert later.lost("c", {}) == {}


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b"\xff\xfe", b'{"a": {}}'])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "north.json"
    path.write_bytes(damage)
    assert set(Retained(path).gone({})) <= {"a"}
    Retained(path).keep({"b": {}})
    assert Retained(path).gone({}) == ["b"]
