"""Figures of clauses in words, in force and as shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.coverage.wording import differences, required
from gateway.model import Priority
from gateway.standards.requirement import span
from gateway.standards.standard import Clause
from tests.coverage.story import site
from tests.story import clause


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "0 s"), (0.5, "0.5 s"), (60.0, "60 s"), (120.0, "2 min"), (3600.0, "1 h"), (5400.0, "90 min"),
     (86400.0, "1 d"), (2592000.0, "30 d")],
)  # fmt: skip
def test_times_are_told_in_the_unit_that_people_use(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_clause_is_told_with_its_guard_and_its_delay(tmp_path: Path) -> None:
    estate = site(tmp_path).load().estate
    words = required(estate, estate.standard.clauses["light.battery"])
    assert words["en"] == "battery at least 12.1 V; only while: mains is yes; alarm when not so for 30 s"
    assert words["zh"].endswith(";仅当:mains_present 为 是;不符超过 30 s 报警")
    assert required(estate, estate.standard.clauses["light.checked"])["en"] == "checked until in date (30 d ahead)"


def test_every_changed_figure_is_told_with_both_values() -> None:
    shipped = clause("light", {"point": "volts", "between": ["1 V", "2 V"]}, on_delay=30.0)
    now = clause(
        "light", {"point": "volts", "at_least": "1.5 V"}, on_delay=600.0, priority=Priority.P1, latched=True,
        only_while={"point": "mains", "equals": True},
    )  # fmt: skip
    assert {each["key"]: (each["shipped"], each["changed"]) for each in differences(shipped, now)} == {
        "require.between": ("1 V, 2 V", "-"),
        "require.at_least": ("-", "1.5 V"),
        "only_while.point": ("-", "mains"),
        "only_while.equals": ("-", "true"),
        "priority": ("P2", "P1"),
        "on_delay": ("30 s", "10 min"),
        "latched": ("false", "true"),
    }
    assert differences(shipped, shipped) == []


def test_a_figure_inside_a_combination_is_told_with_its_place() -> None:
    def asked(within: str) -> Clause:
        return clause("light", {"any_of": [{"point": "checked", "within": within}, {"point": "lit", "equals": True}]})

    assert differences(asked("31 d"), asked("14 d")) == [
        {"key": "require.any_of.0.within", "shipped": "31 d", "changed": "14 d"}
    ]
