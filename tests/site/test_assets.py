"""How assets get their points, and what cannot be bound."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.errors import DocumentError
from gateway.kinds import Fact
from gateway.site.assets import read_fact
from tests.sites import Site

CLOSED = "{closed: di-1.input1, released: {from: di-1.input2, inverted: true}}"
SHANGHAI = ZoneInfo("Asia/Shanghai")

WRONG = [
    ("kind: light", "kind: lihgt", "site.yaml:26: assets.light-3f.kind: no kind 'lihgt', did you mean \"light\"?"),
    ("kind: light", "kind: device", "assets.light-3f.kind: no kind 'device'"),
    (
        "touchpoint: corridor",
        "touchpoint: coridor",
        "assets.light-3f.touchpoint: no touchpoint 'coridor', did you mean \"corridor\"?",
    ),
    (
        "next_to: [yard-door]",
        "next_to: [yard-dor]",
        "assets.lobby-door.next_to: no asset 'yard-dor', did you mean \"yard-door\"?",
    ),
    ("next_to: [yard-door]", "next_to: [lobby-door]", "assets.lobby-door.next_to: is next to itself"),
    (
        "points: eml-3f",
        "points: eml-4f",
        "site.yaml:29: assets.light-3f.points: no device 'eml-4f', did you mean \"eml-3f\"?",
    ),
    (
        "points: eml-3f",
        "points: di-1",
        "assets.light-3f.points: 'di-1' has no point that this kind knows: name them one "
        "by one (it has: counter1, input1, input2)",
    ),
    ("points: eml-3f", "points: 7", "assets.light-3f.points: write a device, a list of devices, or points"),
    ("points: eml-3f", "points: [[a]]", "assets.light-3f.points: write a device, a list of devices, or points"),
    (
        "points: eml-3f",
        "points: {also: 7}",
        "assets.light-3f.points.also: write a device, a list of devices, or points",
    ),
    (
        "points: eml-3f",
        "points: {rated: eml-3f.state}",
        "assets.light-3f.points.rated: is a fact: write it under facts",
    ),
    (
        "points: eml-3f",
        "points: {stat: eml-3f.state}",
        'assets.light-3f.points.stat: unknown point, did you mean "state"?',
    ),
    (
        "points: eml-3f",
        "points: {state: eml-3f}",
        "assets.light-3f.points.state: write device.point, or {from: device.point, inverted: true}",
    ),
    ("points: eml-3f", "points: {state: {of: eml-3f.state}}", "assets.light-3f.points.state: write device.point"),
    ("points: eml-3f", "points: {state: {inverted: true}}", "assets.light-3f.points.state: write device.point"),
    (
        "points: eml-3f",
        "points: {state: {from: eml-3f.state, inverted: 1}}",
        "assets.light-3f.points.state: write device.point",
    ),
    (
        "points: eml-3f",
        "points: {state: {from: eml-3f.state, inverted: true}}",
        "only a boolean can be inverted, and eml-3f.state is a text",
    ),
    (
        "points: eml-3f",
        "points: {state: eml-3f.stat}",
        "assets.light-3f.points.state: 'eml-3f' has no point 'stat', did you mean \"state\"?",
    ),
    ("points: eml-3f", "points: {state: eml.state}", "assets.light-3f.points.state: no device 'eml'"),
    (
        "points: eml-3f",
        "points: {state: eml-3f.mains_present}",
        "state is a text, and eml-3f.mains_present is a boolean",
    ),
    (
        "points: eml-3f",
        "points: {battery_voltage: eml-3f.temperature}",
        "battery_voltage is in V, and eml-3f.temperature is in °C",
    ),
    (
        "points: eml-3f",
        "points: {battery_voltage: di-1.counter1}",
        "battery_voltage is in V, and di-1.counter1 is in no unit",
    ),
    (
        "    points: eml-3f\n    facts: {checked_until: 2027-03-31, rated: 3 h}\n",
        "",
        "site.yaml:25: assets.light-3f: has no points and no facts",
    ),
    ("rated: 3 h", "rate: 3 h", 'assets.light-3f.facts.rate: unknown fact, did you mean "rated"?'),
    ("rated: 3 h", "rated: 3 min", "assets.light-3f.facts.rated: is in min, and must be in h"),
    ("rated: 3 h", "rated: true", "assets.light-3f.facts.rated: None is no quantity"),
    ("rated: 3 h", "maker: 7", "assets.light-3f.facts.maker: must be text"),
    ("2027-03-31", "soon", "site.yaml:30: assets.light-3f.facts.checked_until: soon is no date"),
    ("2027-03-31", "2027-03-31 10:00:00", "is no date"),
    ("2027-03-31", "9999-12-31", "is no date"),
    ("points: [contact-9]", "points: {closed: di-1.input1, released: {from: di-1.input2}}", None),
    ("points: [contact-9]", "points: {closed: di-1.input1}", None),
    (CLOSED, "[contact-9]", "assets.yard-door.points: are exactly those of 'lobby-door'"),
]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize(("old", "new", "message"), WRONG, ids=[new[:60] for _, new, _ in WRONG])
def test_what_cannot_be_bound_is_told(site: Site, old: str, new: str, message: str | None) -> None:
    site.edit("site/site.yaml", old, new)
    if message is None:
        assert site.load().estate
    else:
        assert message in "\n".join(site.problems())


def test_two_devices_that_tell_the_same_need_a_choice(site: Site) -> None:
    more = "devices:\n  contact-8: {profile: contact, connection: broker, topic: doors/8}\n"
    site.edit("site/site.yaml", "devices:\n", more)
    site.edit("site/site.yaml", "points: [contact-9]", "points: [contact-9, contact-8]")
    assert [problem.split(": ", 1)[1] for problem in site.problems()] == [
        "assets.yard-door.points: battery is told by 'contact-9' and by 'contact-8': name the one",
        "assets.yard-door.points: closed is told by 'contact-9' and by 'contact-8': name the one",
    ]
    named = "points: {also: [contact-9, contact-8], closed: contact-8.closed, battery: contact-9.battery}"
    site.edit("site/site.yaml", "points: [contact-9, contact-8]", named)
    estate = site.load().estate
    assert estate.assets["yard-door"].ids["closed"] == estate.devices["contact-8"].point_ids["closed"]
    assert set(estate.assets["yard-door"].devices) == {"contact-8", "contact-9"}


def test_a_named_point_beside_whole_devices_of_both_protocols(site: Site) -> None:
    site.edit("site/site.yaml", "points: [contact-9]", "points: {also: contact-9, released: di-1.input2}")
    door = site.load().estate.assets["yard-door"]
    assert {"closed", "battery", "released"} <= door.ids.keys()
    assert door.protocol == "modbus+mqtt"


def test_an_asset_may_have_facts_alone(site: Site) -> None:
    site.edit("site/site.yaml", "    points: eml-3f\n", "")
    light = site.load().estate.assets["light-3f"]
    assert (set(light.ids), light.devices, light.protocol) == ({"checked_until", "rated"}, (), "")


RECORDS = "    records: {lamp_change: {means: {en: lamp change}}, cleaning: {means: {en: cleaning}}}\n    facts:\n"


def test_every_asset_of_a_kind_has_its_records_and_may_have_nothing_else(site: Site) -> None:
    site.edit("book/kinds.yaml", "    facts:\n", RECORDS)
    site.edit("site/site.yaml", "    points: eml-3f\n", "")
    site.edit("site/site.yaml", "    facts: {checked_until: 2027-03-31, rated: 3 h}\n", "")
    estate = site.load().estate
    light = estate.assets["light-3f"]
    assert light.ids == light.records
    assert {estate.points[number] for number in light.ids.values()} == {"light-3f/lamp_change", "light-3f/cleaning"}
    assert "lamp_change" not in estate.assets["lobby-door"].ids


def test_a_record_that_a_device_tells_is_not_for_people_to_tell(site: Site) -> None:
    site.edit("book/kinds.yaml", "    facts:\n", RECORDS)
    site.edit("profiles/inputs.yaml", "input2: {", "changed_at: {table: input, address: 9, type: uint32}\n  input2: {")
    site.edit("site/site.yaml", "points: eml-3f\n", "points: {also: eml-3f, lamp_change: di-1.changed_at}\n")
    estate = site.load().estate
    light = estate.assets["light-3f"]
    assert light.records.keys() == {"cleaning"}
    assert light.ids["lamp_change"] == estate.devices["di-1"].point_ids["changed_at"]


def test_a_record_with_the_name_of_a_point_is_told(site: Site) -> None:
    site.edit("book/kinds.yaml", "    facts:\n", RECORDS.replace("cleaning:", "state:"))
    with pytest.raises(DocumentError, match=r"kinds.light.records.state: is named more than once in this kind"):
        site.load()


def test_the_finest_deadband_of_those_who_share_a_point_counts(site: Site) -> None:
    site.edit(
        "book/kinds.yaml",
        "  light:\n",
        "  bin: {title: {en: Bin}, points: {battery: {type: number, unit: '%', means: {en: b},"
        " history_deadband: 0.5}}}\n"
        "  light:\n",
    )
    site.edit(
        "site/site.yaml",
        "  light-3f:\n",
        "  bin-1: {kind: bin, touchpoint: corridor, place: here, points: contact-9}\n  light-3f:\n",
    )
    estate = site.load().estate
    assert estate.deadbands[estate.devices["contact-9"].point_ids["battery"]] == 0.5


def test_facts_are_read_by_their_type() -> None:
    day = Fact(type="date", means={"en": "day"})
    assert read_fact(day, "2027-03-31", SHANGHAI) == 1806508799.0
    assert read_fact(day, "2027-03-31", ZoneInfo("UTC")) == 1806508799.0 + 8 * 3600
    assert read_fact(Fact(type="number", unit="kg", means={"en": "mass"}), 4, SHANGHAI) == 4.0
    assert read_fact(Fact(type="text", means={"en": "agent"}), "co2", SHANGHAI) == "co2"
