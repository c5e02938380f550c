"""Nothing is told too often, and nothing is left out."""

from gateway.northbound.pace import Pace


def test_an_asset_is_told_at_once_and_then_not_for_a_second() -> None:
    pace = Pace(1.0)
    pace.mark(["door"])
    assert pace.due(100.0) == ["door"]
    assert pace.pause(100.0) is None
    pace.mark(["door"])
    assert pace.due(100.4) == []
    assert pace.pause(100.4) is not None
    assert round(pace.pause(100.4) or 0.0, 6) == 0.6
    assert pace.due(101.0) == ["door"]


def test_each_has_its_own_second_and_the_longest_waiting_comes_first() -> None:
    pace = Pace(1.0)
    pace.mark(["b"])
    assert pace.due(10.0) == ["b"]
    pace.mark(["b", "c", "a"])
    assert pace.due(10.5) == ["c", "a"]
    pace.mark(["a", "c"])
    assert pace.due(11.0) == ["b"]
    assert pace.due(11.5) == ["a", "c"]


def test_a_thousand_changes_are_one_telling() -> None:
    pace = Pace(1.0)
    told = []
    for step in range(1000):
        pace.mark(["door"])
        told += pace.due(step / 100)
    assert len(told) == 10
