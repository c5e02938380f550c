"""What answers one clause on one asset, traced to devices and records, and what is missing."""

from __future__ import annotations

from pathlib import Path

from gateway.coverage import Answer, Missing, Source
from tests.coverage.story import covered, item

FACTS = "    facts: {checked_until: 2027-03-31, rated: 3 h}\n"
GUARD = "    only_while: {point: mains_present, equals: true}\n"


def test_a_sensor_is_named_with_its_device_and_protocol(tmp_path: Path) -> None:
    found = item(covered(tmp_path), "light.battery", "light-3f")
    assert found.answer is Answer.SENSOR
    assert set(found.sources) == {
        Source("eml-3f", "mains_present", "modbus"), Source("eml-3f", "battery_voltage", "modbus"),
    }  # fmt: skip
    assert (found.records, found.missing, found.why) == ((), (), None)
    assert str(found.sources[0]) == "eml-3f.mains_present"


def test_a_derived_or_inverted_point_is_traced_to_what_feeds_it(tmp_path: Path) -> None:
    coverage = covered(tmp_path)
    assert item(coverage, "door.held", "yard-door").sources == (Source("contact-9", "closed", "mqtt"),)
    assert item(coverage, "door.intact", "lobby-door").sources == (Source("di-1", "input2", "modbus"),)


def test_what_rests_on_facts_alone_is_answered_by_record(tmp_path: Path) -> None:
    found = item(covered(tmp_path), "light.checked", "light-3f")
    assert (found.answer, found.sources, found.records) == (Answer.RECORD, (), ("checked_until",))


def test_a_missing_fact_is_a_missing_record_and_nothing_answers(tmp_path: Path) -> None:
    found = item(covered(tmp_path, ("site/site.yaml", FACTS, "")), "light.checked", "light-3f")
    assert (found.answer, found.missing) == (Answer.NOTHING, (Missing("checked_until", record=True),))


def test_a_missing_input_of_a_derived_point_is_named_once_with_what_it_serves(tmp_path: Path) -> None:
    edit = ("site/site.yaml", "closed: di-1.input1, released: {from", "released: {from")
    found = item(covered(tmp_path, edit), "door.held", "lobby-door")
    assert (found.answer, found.missing) == (Answer.NOTHING, (Missing("closed", serves="held_open_time"),))
    assert found.sources == ()


def test_a_missing_guard_leaves_the_clause_unanswered(tmp_path: Path) -> None:
    edit = ("site/site.yaml", "    points: eml-3f\n", "    points: {battery_voltage: eml-3f.battery_voltage}\n")
    found = item(covered(tmp_path, edit), "light.battery", "light-3f")
    assert (found.answer, found.missing) == (Answer.NOTHING, (Missing("mains_present"),))


def test_some_of_the_fault_signals_are_an_answer_in_part_only(tmp_path: Path) -> None:
    require = "require: {none_true: [released, barred]}"
    coverage = covered(tmp_path, ("book/door.yaml", require, "require: {none_true: [closed, released]}"))
    yard = item(coverage, "door.intact", "yard-door")
    assert (yard.answer, yard.missing) == (Answer.IN_PART, (Missing("released"),))
    assert item(coverage, "door.intact", "lobby-door").answer is Answer.SENSOR


def test_none_of_the_fault_signals_is_no_answer_at_all(tmp_path: Path) -> None:
    found = item(covered(tmp_path), "door.intact", "yard-door")
    assert (found.answer, found.missing) == (
        Answer.NOTHING, (Missing("released"), Missing("released", serves="barred")),
    )  # fmt: skip


def test_a_record_that_settles_the_guard_makes_the_clause_not_applicable(tmp_path: Path) -> None:
    facts = ("site/site.yaml", "rated: 3 h}", "rated: 3 h, maker: Lux}")
    for choice, answer in (("Nox", Answer.NOT_APPLICABLE), ("Lux", Answer.SENSOR)):
        guard = ("book/light.yaml", GUARD, f"    only_while: {{point: maker, equals: {choice}}}\n")
        found = item(covered(tmp_path / choice, facts, guard), "light.battery", "light-3f")
        assert (found.answer, found.records) == (answer, ("maker",))


def test_a_guard_on_a_date_settles_nothing(tmp_path: Path) -> None:
    guard = ("book/light.yaml", GUARD, "    only_while: {point: checked_until, in_date: true}\n")
    assert item(covered(tmp_path, guard), "light.battery", "light-3f").answer is Answer.SENSOR


def test_what_people_tell_is_answered_by_record_though_nothing_was_told_yet(tmp_path: Path) -> None:
    facts = "    facts:\n      checked_until"
    coverage = covered(
        tmp_path,
        ("book/kinds.yaml", facts, f"    records: {{lamp_change: {{means: {{en: lamp change}}}}}}\n{facts}"),
        (
            "book/light.yaml",
            "{point: checked_until, in_date: true, ahead: 30 d}",
            "{point: lamp_change, within: 365 d}",
        ),
    )
    found = item(coverage, "light.checked", "light-3f")
    assert (found.answer, found.records, found.missing) == (Answer.RECORD, ("lamp_change",), ())


def asking(written: str) -> tuple[str, str, str]:
    """The clause on the light's check, asking for something else."""
    asked = "require: {point: checked_until, in_date: true, ahead: 30 d}"
    return "book/light.yaml", asked, f"require: {written}"


def test_what_only_a_test_could_prove_is_not_yet_provable_and_says_what_it_needs(tmp_path: Path) -> None:
    coverage = covered(tmp_path, asking("{proof_test: duration, longer_than: 15 min, tested_within: 31 d}"))
    found = item(coverage, "light.checked", "light-3f")
    assert (found.answer, found.missing) == (Answer.NOT_YET_PROVABLE, ())
    assert found.why == {
        "zh": "尚不能证明,须:31 d 内通过放电时间测试,持续超过 15 min",
        "en": "not yet provable, needs: duration test passed within 31 d, lasting more than 15 min",
    }
    assert (coverage.unanswered, coverage.counts[Answer.NOT_YET_PROVABLE]) == (2, 1)


def test_a_proof_among_others_is_needed_by_all_of_and_not_by_any_of(tmp_path: Path) -> None:
    both = "[{proof_test: function, tested_within: 31 d}, {point: battery_voltage, at_least: 12.1 V}]"
    every = item(covered(tmp_path / "all", asking(f"{{all_of: {both}}}")), "light.checked", "light-3f")
    assert every.answer is Answer.NOT_YET_PROVABLE
    either = item(covered(tmp_path / "any", asking(f"{{any_of: {both}}}")), "light.checked", "light-3f")
    assert (either.answer, either.missing) == (Answer.SENSOR, ())


def test_a_formula_that_is_wrong_for_the_asset_answers_nothing(tmp_path: Path) -> None:
    kind = """\
  bottle:
    title: {zh: 瓶, en: Bottle}
    points:
      pressure: {type: number, unit: V, means: {en: pressure}}
      temperature: {type: number, unit: V, means: {en: temperature}}
    derived:
      normal:
        function: pressure_at_20c
        inputs: {pressure: pressure, temperature: temperature, agent: agent}
        type: number
        unit: MPa
        means: {en: normal}
    facts: {agent: {type: text, means: {en: agent}}}
  light:
"""
    clause = """\
  bottle.full:
    title: {zh: 满, en: Full}
    applies_to: bottle
    require: {point: normal, at_least: 1 MPa}
    basis: {document: d, kind: text}
    priority: P3
    ticket: {trade: fire}
    action: {zh: 换, en: Change}
  door.held:
"""
    asset = """\
  bottle-1:
    kind: bottle
    touchpoint: corridor
    place: {zh: 瓶, en: Bottle}
    points: {pressure: eml-3f.battery_voltage, temperature: eml-3f.battery_voltage}
    facts: {agent: AGENT}
outputs:
"""
    for agent, answer in (("co2", Answer.NOTHING), ("powder", Answer.SENSOR)):
        coverage = covered(
            tmp_path / agent,
            ("book/kinds.yaml", "  light:\n", kind),
            ("book/door.yaml", "  door.held:\n", clause),
            ("site/site.yaml", "outputs:\n", asset.replace("AGENT", agent)),
        )
        found = item(coverage, "bottle.full", "bottle-1")
        assert found.answer is answer
        assert (found.why is None) == (agent == "powder")
        assert found.why is None or "co2 is judged by its mass" in found.why["en"]
