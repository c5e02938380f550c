"""Each figure of the comparison can fail: one thing of a true year is changed, and its figure tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.proof_tests.entry import Entry, Outcome
from simulators.year_lamps import Burnt, Frame, Held, Together
from tests.year.compare import Truth, compare, joined
from tests.year.lived import Lived

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
Change = Callable[[Truth], Truth]


def first(truth: Truth, outcome: Outcome, kind: str = "duration") -> Entry:
    """A line of that kind and outcome."""
    return next(entry for entry in truth.entries if entry.outcome is outcome and entry.kind == kind)


def exchanged(truth: Truth, entry: Entry, *others: Entry) -> Truth:
    """The same with others in the place of a line."""
    return replace(truth, entries=[*(each for each in truth.entries if each is not entry), *others])


def forgotten(truth: Truth) -> Truth:
    """No weak battery is ever found."""
    return replace(truth, entries=[entry for entry in truth.entries if entry.outcome is not Outcome.FAILED])


def passed_for_nothing(truth: Truth) -> Truth:
    entry = next(each for each in truth.entries if each.outcome is Outcome.INCONCLUSIVE)
    return exchanged(truth, entry, replace(entry, outcome=Outcome.PASSED))


def passed_with_14_minutes(truth: Truth) -> Truth:
    entry = first(truth, Outcome.PASSED)
    burnt = [
        each._replace(lit=840.0)
        if each.asset == entry.asset and each.began < entry.ended_at < each.ended + 60
        else each
        for each in truth.burnt
    ]
    return replace(truth, burnt=burnt)


def failed_for_nothing(truth: Truth) -> Truth:
    entry = first(truth, Outcome.PASSED)
    return exchanged(truth, entry, replace(entry, outcome=Outcome.FAILED, finding="lamp-out"))


def left_out(truth: Truth) -> Truth:
    return exchanged(truth, first(truth, Outcome.PASSED))


def doubled(truth: Truth) -> Truth:
    entry = first(truth, Outcome.PASSED)
    return exchanged(truth, entry, entry, replace(entry, id=10_000))


def started_twice(truth: Truth) -> Truth:
    entry = first(truth, Outcome.PASSED)
    return replace(truth, frames=[*truth.frames, Frame(entry.asset, entry.started_at + 5.0, "break_supply", True)])


def started_for_nobody(truth: Truth) -> Truth:
    entry = first(truth, Outcome.PASSED)
    return replace(truth, frames=[*truth.frames, Frame(entry.asset, entry.started_at - 5000.0, "break_supply", True)])


def beside_an_empty_one(truth: Truth) -> Truth:
    return replace(truth, together=[Together("light-001", truth.plan.end - 1.0, "light-002", 0.0)])


def invented(truth: Truth) -> Truth:
    entry = first(truth, Outcome.PASSED)
    return exchanged(truth, entry, entry, replace(entry, id=10_000, started_at=entry.started_at - 9e4, ended_at=1.0))


def unseen(truth: Truth) -> Truth:
    at = truth.plan.end - 3 * 86_400.0
    while truth.unseen("light-000", at - 30.0, at + 700.0) > 0.0:
        at -= 1000.0
    return replace(truth, burnt=[*truth.burnt, Burnt("light-000", "discharge", at, at + 600.0, 600.0)])


def too_long(truth: Truth) -> Truth:
    entry = first(truth, Outcome.PASSED)
    return exchanged(truth, entry, replace(entry, lasted=entry.lasted + 60.0))


def held_on(truth: Truth) -> Truth:
    return replace(truth, held=[*truth.held, Held("light-000", "relay", truth.plan.end - 5e5, float("inf"), "nobody")])


@pytest.mark.parametrize(
    ("change", "figure"),
    [
        (forgotten, "weak batteries found in time"),
        (passed_for_nothing, "passes that the battery earned"),
        (passed_with_14_minutes, "passes that the battery earned"),
        (failed_for_nothing, "failures that the battery earned"),
        (left_out, "scheduled tests with exactly one outcome"),
        (doubled, "scheduled tests with exactly one outcome"),
        (started_twice, "tests with one start frame at most"),
        (started_for_nobody, "start frames that belong to one test"),
        (beside_an_empty_one, "commanded discharges beside full neighbours"),
        (left_out, "discharges with one line of the log book"),
        (doubled, "discharges with one line of the log book"),
        (unseen, "discharges with one line of the log book"),
        (invented, "lines of the log book with one discharge"),
        (too_long, "durations within the resolution"),
        (held_on, "relays that let go in time"),
    ],
)
def test_what_is_wrong_is_told(short_year: Lived, change: Change, figure: str) -> None:
    assert not compare(short_year.truth)[figure].wrong
    assert compare(change(short_year.truth))[figure].wrong


def test_a_lamp_without_supply_throughout_is_one_discharge_whatever_keeps_it_away() -> None:
    night = [
        Burnt("a", "stuck", 100.0, 226.0, 126.0), Burnt("a", "discharge", 226.0, 613.0, 387.0),
        Burnt("a", "stuck", 613.0, 9_000.0, 7_451.0), Burnt("a", "discharge", 9_100.0, 9_200.0, 100.0),
        Burnt("b", "relay", 100.0, 226.0, 126.0), Burnt("b", "stuck", 226.0, 300.0, 74.0),
    ]  # fmt: skip
    assert joined(night) == [
        Burnt("a", "discharge", 100.0, 9_000.0, 7_964.0), Burnt("a", "discharge", 9_100.0, 9_200.0, 100.0),
        Burnt("b", "relay", 100.0, 226.0, 126.0), Burnt("b", "stuck", 226.0, 300.0, 74.0),
    ], "a test that ends with a stuck relay stays a test"  # fmt: skip
