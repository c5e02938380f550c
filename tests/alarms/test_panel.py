"""All alarms together: what is kept, what explains what, and the asset that cannot be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from gateway.alarms.alarm import Alarm, Phase
from gateway.alarms.panel import JUDGEABLE, Panel, unknown_since, worst
from gateway.standards.check import Check
from gateway.standards.standard import Clause
from gateway.standards.verdict import Outcome
from tests.story import JUDGEABLE as JUDGEABLE_CLAUSE
from tests.story import clause

MET, VIOLATED, UNKNOWN = Outcome.MET, Outcome.VIOLATED, Outcome.UNKNOWN
POINT = {"point": "p", "equals": True}
LESSER = clause("k", POINT, superseded_by=("worse", "worst"))
PLAIN = clause("k", POINT)


def make_panel(clauses: Mapping[str, Clause], judgeable: Clause | None = JUDGEABLE_CLAUSE) -> Panel:
    return Panel([Check("a", name, each, {"p": 0}) for name, each in clauses.items()], judgeable)


def test_what_never_left_normal_is_not_kept() -> None:
    panel = make_panel({"c": PLAIN})
    panel.step(("a", "c"), MET, 1.0)
    panel.step(("a", "c"), UNKNOWN, 2.0)
    assert (panel.alarms, panel.take_moved()) == ({}, [])
    assert panel.alarm(("a", "c")) == Alarm("a", "c")


def test_moves_are_told_in_order_and_once() -> None:
    panel = make_panel({"c": PLAIN})
    panel.step(("a", "c"), VIOLATED, 1.0)
    panel.step(("a", "c"), MET, 2.0)
    phases = [(before.phase, after.phase) for before, after in panel.take_moved()]
    assert phases == [(Phase.NORMAL, Phase.ACTIVE), (Phase.ACTIVE, Phase.CLEARING)]
    assert panel.take_moved() == []


def test_a_step_without_effect_moves_nothing() -> None:
    panel = make_panel({"c": PLAIN})
    panel.step(("a", "c"), VIOLATED, 1.0)
    panel.take_moved()
    panel.step(("a", "c"), VIOLATED, 2.0)
    assert panel.take_moved() == []


def test_a_clause_that_the_files_no_longer_have_is_not_stepped() -> None:
    gone = Alarm("a", "gone", VIOLATED, Phase.ACTIVE, 1.0, 1.0)
    panel = Panel([], None, [gone])
    panel.step(gone.key, MET, 5.0)
    assert (panel.alarm(gone.key), panel.clause(gone.key), panel.due(gone.key)) == (gone, None, None)


def test_any_of_the_worse_clauses_explains_the_lesser_until_the_last_is_over() -> None:
    panel = make_panel({"lesser": LESSER, "worse": PLAIN, "worst": PLAIN})
    panel.step(("a", "worst"), VIOLATED, 1.0)
    panel.step(("a", "lesser"), VIOLATED, 1.0)
    assert panel.alarm(("a", "lesser")).suppressed_by == "worst"
    panel.step(("a", "worse"), VIOLATED, 2.0)
    assert panel.alarm(("a", "lesser")).suppressed_by == "worse"
    for name, at in (("worse", 3.0), ("worse", 14.0)):
        panel.step(("a", name), MET, at)
    assert panel.alarm(("a", "lesser")).suppressed_by == "worst"
    for name, at in (("worst", 15.0), ("worst", 26.0)):
        panel.step(("a", name), MET, at)
    shown = panel.alarm(("a", "lesser"))
    assert (shown.suppressed_by, shown.phase) == ("", Phase.ACTIVE)


def test_a_worse_clause_that_cannot_be_judged_before_it_was_told_hides_nothing() -> None:
    panel = make_panel({"worse": clause("k", POINT, on_delay=60.0), "lesser": LESSER})
    panel.step(("a", "worse"), VIOLATED, 1.0)
    panel.step(("a", "lesser"), VIOLATED, 2.0)
    assert panel.alarm(("a", "lesser")).suppressed_by == "worse"
    panel.step(("a", "worse"), UNKNOWN, 3.0)
    assert not panel.alarm(("a", "lesser")).hidden, "else neither of the two is ever told"
    panel.step(("a", "worse"), VIOLATED, 61.0)
    panel.step(("a", "worse"), UNKNOWN, 62.0)
    assert panel.alarm(("a", "lesser")).suppressed_by == "worse", "it was told, and nothing has proven it gone"


def test_what_nothing_explains_any_more_is_shown_again() -> None:
    hidden = Alarm("a", "lesser", VIOLATED, Phase.ACTIVE, 1.0, 1.0, suppressed_by="gone")
    panel = Panel([Check("a", "lesser", LESSER, {"p": 0})], None, [hidden])
    panel.suppress(hidden.key, 2.0)
    assert panel.alarm(hidden.key) == replace(hidden, suppressed_by="")


def unknown(panel: Panel, since: float | None) -> None:
    for check in panel.checks.values():
        check.unknown_since = since


@pytest.mark.parametrize(
    ("since", "answering", "expected", "again"),
    [
        (None, True, Phase.NORMAL, None),
        (100.0, True, Phase.NORMAL, 220.0),
        (80.0, True, Phase.ACTIVE, None),
        (80.0, False, Phase.NORMAL, None),
    ],
)
def test_patience_over_is_told_unless_the_device_is_to_blame(
    since: float | None, answering: bool, expected: Phase, again: float | None
) -> None:
    panel = make_panel({"c": PLAIN})
    unknown(panel, since)
    assert panel.judgeability("a", lambda _: answering, 200.0) == again
    assert panel.alarm(("a", JUDGEABLE)).phase is expected


def test_what_is_told_is_not_taken_back_by_a_cause_that_may_pass() -> None:
    """An ordinary call makes a stuck button pending each time; the button's own fault stays told."""
    panel = make_panel({"worse": clause("k", POINT, on_delay=120.0), "c": clause("k", POINT, superseded_by=("worse",))})
    panel.step(("a", "c"), VIOLATED, 1.0)
    panel.take_moved()
    panel.step(("a", "worse"), VIOLATED, 10.0)
    assert not panel.alarm(("a", "c")).hidden
    panel.step(("a", "worse"), MET, 12.0)
    assert [each.key for _, each in panel.take_moved()] == [("a", "worse"), ("a", "worse")]
    panel.step(("a", "worse"), VIOLATED, 20.0)
    panel.step(("a", "worse"), VIOLATED, 140.0)
    assert panel.alarm(("a", "c")).suppressed_by == "worse", "once it is told itself, it explains"


def test_what_is_not_yet_told_waits_with_a_cause_that_waits() -> None:
    panel = make_panel({"worse": clause("k", POINT, on_delay=120.0), "c": clause("k", POINT, superseded_by=("worse",))})
    panel.step(("a", "worse"), VIOLATED, 1.0)
    panel.step(("a", "c"), VIOLATED, 2.0)
    assert panel.alarm(("a", "c")).hidden


def test_new_patience_proves_nothing() -> None:
    """An asset that could not be judged is not "judged again" because its patience began anew."""
    panel = make_panel({"c": PLAIN})
    unknown(panel, 0.0)
    panel.judgeability("a", lambda _: True, 200.0)
    unknown(panel, 200.0)
    panel.judgeability("a", lambda _: True, 201.0)
    assert panel.alarm(("a", JUDGEABLE)).phase is Phase.ACTIVE
    unknown(panel, None)
    panel.judgeability("a", lambda _: True, 202.0)
    assert panel.alarm(("a", JUDGEABLE)).phase is Phase.CLEARING


def test_what_waits_for_days_by_right_does_not_keep_the_alarm_up() -> None:
    panel = make_panel({"c": PLAIN, "trend": clause("k", POINT, patience=60 * 86400.0)})
    plain, trend = panel.checks["a", "c"], panel.checks["a", "trend"]
    plain.unknown_since = trend.unknown_since = 10.0
    panel.judgeability("a", lambda _: True, 200.0)
    assert panel.alarm(("a", JUDGEABLE)).phase is Phase.ACTIVE
    plain.unknown_since = None
    panel.judgeability("a", lambda _: True, 201.0)
    assert panel.alarm(("a", JUDGEABLE)).outcome is MET
    trend.unknown_since = 201.0 - 61 * 86400.0
    panel.judgeability("a", lambda _: True, 202.0)
    assert panel.alarm(("a", JUDGEABLE)).outcome is VIOLATED, "but not for ever"


def test_without_such_a_clause_or_without_checks_nobody_asks() -> None:
    assert make_panel({"c": PLAIN}, judgeable=None).judgeability("a", lambda _: True, 1.0) is None
    assert make_panel({"c": PLAIN}).judgeability("elsewhere", lambda _: True, 1.0) is None


def test_the_overdue_and_the_next_one() -> None:
    checks = [Check("a", name, clause("k", POINT, patience=60.0), {"p": 0}) for name in "abc"]
    for check, since in zip(checks, (None, 0.0, 50.0), strict=True):
        check.unknown_since = since
    overdue, again = unknown_since(checks, 60.0)
    assert ([each.clause_id for each in overdue], again) == (["b"], 110.0)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [([], UNKNOWN), ([MET], MET), ([MET, UNKNOWN], UNKNOWN), ([UNKNOWN, MET, VIOLATED], VIOLATED)],
)
def test_the_worst_is_said_of_an_asset(outcomes: list[Outcome], expected: Outcome) -> None:
    assert worst(outcomes) is expected
