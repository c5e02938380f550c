"""The shipped standard: complete, bilingual, consistent with its kinds and functions, and right in worked examples."""

from __future__ import annotations

import pytest

from gateway.assets.derived import FUNCTIONS
from gateway.data import shipped
from gateway.kinds import Derivation, Kind
from gateway.model import BadReading, Priority, Reading
from gateway.site.files import Findings
from gateway.site.kinds import read_vocabulary
from gateway.site.pages import read_pages
from gateway.site.standard import check_clauses, read_clauses
from gateway.standards.standard import Clause
from gateway.standards.verdict import Outcome

BOOK = shipped().book
PROMISED = {
    "access-door": {"forced-open", "held-open", "reader-online", "reader-intact", "closes-properly"},
    "barrier-gate": {"opens-in-time", "no-fault", "boom-intact", "loop-clear", "reader-online"},
    "emergency-light": {"battery-healthy", "lamp-healthy", "mains-present", "lit"},
    "extinguisher": {"pressure-low", "pressure-critical", "pressure-high", "present", "unobstructed"},
    "lift": {"no-entrapment", "ride-vibration", "levelling", "no-fault", "call-button-free", "floor-display",
             "car-light", "certificate-valid"},
    "device": {"answers"},
    "connection": {"answers"},
    "asset": {"judgeable"},
}  # fmt: skip


FINDINGS = Findings()
PAGES = read_pages(BOOK, (), FINDINGS)
VOCABULARY = read_vocabulary(BOOK, PAGES, FINDINGS)
KINDS: dict[str, Kind] = VOCABULARY.kinds
CLAUSES: dict[str, Clause] = {name: clause for page in PAGES for name, clause in page.says.clauses.items()}
DERIVATIONS = [(kind, name) for kind in KINDS for name in KINDS[kind].derived]


def test_the_promised_clauses_are_there() -> None:
    promised = {f"{kind}.{name}" for kind, names in PROMISED.items() for name in names}
    assert promised <= CLAUSES.keys()


def test_the_site_loader_finds_nothing_wrong_in_the_book() -> None:
    check_clauses(read_clauses(PAGES, FINDINGS, None), VOCABULARY, FINDINGS)
    assert FINDINGS.problems == []
    assert FINDINGS.warnings == []
    assert len(VOCABULARY.touchpoints) == 21


@pytest.mark.parametrize("name", CLAUSES)
def test_each_clause_is_bilingual_and_says_what_to_do(name: str) -> None:
    clause = CLAUSES[name]
    assert name.startswith(f"{clause.applies_to}.")
    assert clause.title.keys() == clause.action.keys() == clause.require.explain().keys() == {"zh", "en"}
    assert all(text.strip() for text in (*clause.title.values(), *clause.action.values()))
    assert any("\u4e00" <= letter <= "\u9fff" for letter in clause.title["zh"] + clause.action["zh"])
    assert len(clause.action["en"].split()) >= 6


@pytest.mark.parametrize("name", CLAUSES)
def test_what_nobody_has_read_is_no_standards_number(name: str) -> None:
    basis = CLAUSES[name].basis
    unread = any(words in basis.note for words in ("not verified", "was not read", "by the trade's knowledge"))
    assert not unread or basis.kind == "proposed", basis.note


@pytest.mark.parametrize("name", CLAUSES)
def test_ticket_terms_follow_the_priority(name: str) -> None:
    clause = CLAUSES[name]
    terms = clause.ticket
    acknowledge = {Priority.P1: 120.0, Priority.P2: 600.0, Priority.P3: 1800.0, Priority.P4: 86400.0}
    on_site = {Priority.P1: 600.0, Priority.P2: 1800.0, Priority.P3: 14400.0, Priority.P4: None}
    assert terms.acknowledge == acknowledge[clause.priority]
    assert terms.on_site == on_site[clause.priority]
    assert terms.resolve is not None
    assert terms.resolve >= (terms.on_site or 0.0)


def test_priorities_leave_most_of_the_list_to_the_lower_ones() -> None:
    urgent = [name for name, clause in CLAUSES.items() if clause.priority is Priority.P1]
    assert len(urgent) <= len(CLAUSES) / 5


@pytest.mark.parametrize("kind", KINDS)
def test_every_point_is_named_in_both_languages(kind: str) -> None:
    each = KINDS[kind]
    assert each.title.keys() == {"zh", "en"}
    for name in each.names():
        assert each.means(name).keys() == {"zh", "en"}
    assert not each.points.keys() & each.derived.keys()
    assert not each.facts.keys() & (each.points.keys() | each.derived.keys())


@pytest.mark.parametrize(("kind", "name"), DERIVATIONS)
def test_every_derivation_fits_its_function(kind: str, name: str) -> None:
    derivation: Derivation = KINDS[kind].derived[name]
    function = FUNCTIONS[derivation.function]
    taken = {**function.inputs, **function.optional}
    assert function.inputs.keys() <= derivation.inputs.keys() <= taken.keys()
    for needed, point in derivation.inputs.items():
        if point == "site.day":
            assert taken[needed] == "number"
            continue
        assert KINDS[kind].type_of(point) in (taken[needed], {"number": "date"}.get(taken[needed]))
    assert derivation.type == function.gives
    assert not function.unit or derivation.unit == function.unit
    assert derivation.parameters.keys() <= function.parameters.keys()


def judged(name: str, *readings: Reading, before: Outcome = Outcome.MET) -> Outcome:
    return CLAUSES[name].require.judge(readings, before, 0.0)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("access-door.forced-open", False, True),
        ("access-door.held-open", 120.0, 120.5),
        ("access-door.closes-properly", 25.0, 26.0),
        ("access-door.reader-online", True, False),
        ("barrier-gate.opens-in-time", 6.0, 6.1),
        ("barrier-gate.no-fault", 0, 7),
        ("barrier-gate.boom-intact", True, False),
        ("barrier-gate.loop-clear", False, True),
        ("emergency-light.lamp-healthy", False, True),
        ("emergency-light.mains-present", True, False),
        ("emergency-light.lit", True, False),
        ("extinguisher.pressure-low", 1.0, 0.999),
        ("extinguisher.pressure-critical", 0.8, 0.79),
        ("extinguisher.pressure-high", 1.4, 1.41),
        ("extinguisher.present", True, False),
        ("lift.no-entrapment", 30.0, 31.0),
        ("lift.ride-vibration", 2, 3),
        ("lift.levelling", -10.0, 10.5),
        ("lift.call-button-free", False, True),
        ("lift.car-light", 100.0, 99.0),
        ("device.answers", True, False),
    ],
)
def test_each_limit_stands_where_the_standard_puts_it(name: str, good: Reading, bad: Reading) -> None:
    assert judged(name, good) is Outcome.MET
    assert judged(name, bad) is Outcome.VIOLATED
    assert judged(name, BadReading("stale")) is Outcome.UNKNOWN


def test_a_low_pressure_must_come_back_by_the_deadband() -> None:
    assert judged("extinguisher.pressure-low", 1.01, before=Outcome.VIOLATED) is Outcome.VIOLATED
    assert judged("extinguisher.pressure-low", 1.02, before=Outcome.VIOLATED) is Outcome.MET


def test_an_empty_extinguisher_is_told_once() -> None:
    assert judged("extinguisher.pressure-low", 0.1) is Outcome.VIOLATED
    assert CLAUSES["extinguisher.pressure-low"].superseded_by == ("extinguisher.pressure-critical",)


def test_one_fault_bit_is_enough() -> None:
    bits = CLAUSES["emergency-light.battery-healthy"].require.points
    assert judged("emergency-light.battery-healthy", *[False] * len(bits)) is Outcome.MET
    assert judged("emergency-light.battery-healthy", True, *[BadReading("stale")] * (len(bits) - 1)) is Outcome.VIOLATED


def test_a_certificate_counts_to_the_end_of_its_day() -> None:
    end = 1_800_000_000.0
    valid, renewal = CLAUSES["lift.certificate-valid"].require, CLAUSES["lift.certificate-renewal"].require
    assert valid.judge([end], Outcome.MET, end - 1) is Outcome.MET
    assert valid.judge([end], Outcome.MET, end) is Outcome.VIOLATED
    assert renewal.judge([end], Outcome.MET, end - 61 * 86400) is Outcome.MET
    assert renewal.judge([end], Outcome.MET, end - 59 * 86400) is Outcome.VIOLATED


def test_forced_open_waits_for_nobody_and_stays_until_a_person_saw_it() -> None:
    clause = CLAUSES["access-door.forced-open"]
    assert (clause.priority, clause.on_delay, clause.latched) == (Priority.P1, 0.0, True)
