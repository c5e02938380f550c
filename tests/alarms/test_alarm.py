"""What an alarm tells of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.alarms.alarm import Alarm, Delays, Phase
from tests.story import clause


def test_delays_are_those_of_the_clause() -> None:
    stated = clause("door", {"point": "p", "equals": True}, on_delay="2min", off_delay=5.0, latched=True)
    assert Delays.of(stated) == Delays(120.0, 5.0, True)


@pytest.mark.parametrize(
    ("phase", "standing"),
    [(Phase.NORMAL, False), (Phase.PENDING, False), (Phase.ACTIVE, True), (Phase.CLEARING, True)],
)
def test_standing_is_raised_and_not_proven_gone(phase: Phase, standing: bool) -> None:
    assert Alarm("a", "c", phase=phase).standing is standing


def test_a_fresh_alarm_is_unknown_rests_and_is_unseen() -> None:
    fresh = Alarm("a", "c")
    assert (fresh.key, fresh.outcome, fresh.resting, fresh.acknowledged, fresh.hidden) == (
        ("a", "c"), "unknown", True, False, False,
    )  # fmt: skip
    assert not replace(fresh, shelved_until=1.0).resting
    assert replace(fresh, acknowledged_at=1.0).acknowledged
