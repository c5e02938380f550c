"""A site that uses most of what can be written: what is wrong in it is so for editors and for ``touchpoint check``."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli import outcome
from gateway.documents import Document
from tests.schemas.validating import errors

SITE = """\
site: riverside
name: {zh: 滨河花园, en: Riverside}
timezone: Asia/Shanghai
location: {latitude: 31.2, longitude: 121.5}
connections:
  plant: {kind: modbus-tcp, host: 10.0.4.20, timeout: 500ms}
  bus: {kind: modbus-rtu, port: /dev/ttyUSB0, line: 9600-8N1}
  broker: {kind: mqtt, host: 10.0.4.5}
devices:
  di-1: {profile: inputs, connection: plant, unit: 3, every: 1s}
  di-2: {profile: inputs, connection: bus, unit: 4, every: 2s}
  contact-9: {profile: contact, connection: broker, topic: doors/9}
assets:
  lobby-door:
    kind: access-door
    touchpoint: unit-door
    place: {zh: 大堂, en: Lobby}
    points: {closed: di-1.input1, unlocked: {from: di-2.input1, inverted: true}, also: contact-9}
    next_to: [lift-1]
  lift-1:
    kind: lift
    touchpoint: lift
    place: Lift 1
    facts: {certificate_valid_until: 2030-03-31}
outputs:
  journal: {kind: log, events: [ticket.*]}
  helpdesk: {kind: webhook, events: [alarm.raised], url: "https://helpdesk.example/x"}
people:
  li: {name: 李伟, language: zh, reach: {journal: , helpdesk: desk 3}}
teams:
  engineers: {members: li, roster: [{on: [li], holidays: as-ever}]}
routes:
  - {name: urgent, when: {priority: P1, events: [ticket.opened]}, tell: engineers, by: [helpdesk, journal], wait: 20s}
quiet: {during: lunch, floor: P2}
history: {keep: 30d}
"""
STANDARDS = """\
version: site 1
clauses:
  tank.level:
    title: {zh: 水位, en: Level}
    applies_to: tank
    require: {point: level, between: [1.0 m, 2 m], deadband: 0.1 m}
    only_while: {during: lunch}
    basis: {document: house rules, kind: proposed}
    priority: P3
    on_delay: 5min
    ticket: {trade: general, on_site: 30min}
    action: {zh: 补水, en: Fill it}
adjust:
  access-door.held-open: {change: {priority: P2, require: {at_most: 60 s}}}
  access-door.reader-online: {off: true, reason: none here, until: 2099-01-01}
"""
KINDS = """\
kinds:
  tank:
    title: {zh: 水箱, en: Tank}
    points:
      level: {type: number, unit: m, means: {zh: 水位, en: level}}
      full: {type: boolean, means: {zh: 满, en: full}}
    derived:
      empty: {function: inverted, inputs: {value: full}, type: boolean, means: {zh: 空, en: empty}}
    facts:
      checked_until: {type: date, means: {zh: 检查有效期, en: checked until}}
"""
WINDOWS = """\
windows:
  lunch: {title: {zh: 午休, en: Lunch}, daily: [["11:30", "13:00"]], weekdays: [mon, tue]}
  warm: {title: {zh: 暖季, en: Warm season}, season: [05-01, 09-30], sun: {from: dawn + 15 min, to: dusk}}
"""
INPUTS = """\
title: Inputs
maker: Anybody
source: a made-up table
verified: simulator
protocol: modbus
every: 20s
points:
  input1: {table: discrete, address: 0}
  level: {address: 100, type: float32, unit: m, plausible: [0, 10]}
  name: {address: 200, type: string, length: 4}
"""
CONTACT = """\
title: Contact
maker: Anybody
source: a made-up table
verified: simulator
protocol: mqtt
stale_after: 1h
parameters: {topic: null}
points:
  reader_online: {topic: '{topic}/state', path: online, type: boolean}
"""
EXAMPLES = """\
examples:
  - clause: tank.level
    name: too low
    starts: 2027-03-01
    facts: {checked_until: 2027-03-31}
    steps:
      - {at: 12h, points: {level: 0.9 m, full: false}, expect: violated, alarm: pending}
      - {at: 13h, points: {level: {bad: no-answer}}, cannot_be_judged: false}
"""
WRITTEN = {
    "site.yaml": ("site", SITE),
    "standards.yaml": ("standards", STANDARDS),
    "kinds.yaml": ("kinds", KINDS),
    "windows.yaml": ("windows", WINDOWS),
    "device_profiles/inputs.yaml": ("profile", INPUTS),
    "device_profiles/contact.yaml": ("profile", CONTACT),
    "standards.test.yaml": ("examples", EXAMPLES),
}
REQUIRE = "{point: level, between: [1.0 m, 2 m], deadband: 0.1 m}"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name, (_, text) in WRITTEN.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_right_site_is_right_for_both(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["check", str(site)]) == 0, capsys.readouterr().err
    for name, (schema, _) in WRITTEN.items():
        assert errors(schema, Document(site / name).plain) == []


WRONG = [
    ("site.yaml", "site: riverside", "site: River Side"),
    ("site.yaml", "timezone: Asia/Shanghai\n", ""),
    ("site.yaml", "latitude: 31.2", "latitude: 131.2"),
    ("site.yaml", "timeout: 500ms", "timeout: 500"),
    ("site.yaml", "timeout: 500ms", "timeout: 0.0s"),
    ("site.yaml", "host: 10.0.4.20", "hots: 10.0.4.20"),
    ("site.yaml", "kind: modbus-tcp", "kind: modbus"),
    ("site.yaml", "port: /dev/ttyUSB0, line: 9600-8N1", "port: /dev/ttyUSB0"),
    ("site.yaml", "9600-8N1", "9601-8N1"),
    ("site.yaml", "unit: 3", "unit: 300"),
    ("site.yaml", "unit: 3", "unit: '3'"),
    ("site.yaml", "  di-1:", "  DI-1:"),
    ("site.yaml", "topic: doors/9", "topic: true"),
    ("site.yaml", "closed: di-1.input1", "closed: di-1"),
    ("site.yaml", "inverted: true", "inverted: 1"),
    ("site.yaml", "inverted: true", "invert: true"),
    ("site.yaml", "place: Lift 1", "place: {}"),
    ("site.yaml", "certificate_valid_until: 2030-03-31", "certificate_valid_until: true"),
    ("site.yaml", "next_to: [lift-1]", "next_to: lift-1"),
    ("site.yaml", "events: [ticket.*]", "events: []"),
    ("site.yaml", "events: [ticket.*]", "events: [Ticket]"),
    ("site.yaml", "{kind: log, events", "{kind: log, url: x, events"),
    ("site.yaml", ', url: "https://helpdesk.example/x"', ""),
    ("site.yaml", "https://helpdesk", "ftp://helpdesk"),
    ("site.yaml", "keep: 30d", "keep: 30"),
    ("site.yaml", "language: zh", "language: English"),
    ("site.yaml", "reach: {journal: , helpdesk: desk 3}", "reach: {}"),
    ("site.yaml", "helpdesk: desk 3", "helpdesk: 3"),
    ("site.yaml", "holidays: as-ever", "holidays: never"),
    ("site.yaml", "members: li, ", ""),
    ("site.yaml", "name: urgent", "name: Urgent Things"),
    ("site.yaml", "{priority: P1, e", "{priority: [P1, P7], e"),
    ("site.yaml", "tell: engineers", "tell: []"),
    ("site.yaml", "wait: 20s", "wait: 20"),
    ("site.yaml", "wait: 20s", "wiat: 20s"),
    ("site.yaml", "floor: P2", "floor: high"),
    ("standards.yaml", "  tank.level:", "  tank:"),
    ("standards.yaml", "between: [1.0 m, 2 m]", "between: [1.0 m]"),
    ("standards.yaml", "between: [1.0 m, 2 m]", "between: [low, 2 m]"),
    ("standards.yaml", "between: [1.0 m, 2 m]", "between: [1.0 m, 2 m], at_least: 1 m"),
    ("standards.yaml", "between: [1.0 m, 2 m], deadband", "deadband"),
    ("standards.yaml", "deadband: 0.1 m", "deadbnd: 0.1 m"),
    ("standards.yaml", "{during: lunch}", "{during: [lunch]}"),
    ("standards.yaml", "kind: proposed", "kind: guessed"),
    ("standards.yaml", "priority: P3", "priority: P5"),
    ("standards.yaml", "on_delay: 5min", "on_delay: 5"),
    ("standards.yaml", "on_delay: 5min", "on_delay: 5 minutes"),
    ("standards.yaml", "trade: general", "trade: plumbing"),
    ("standards.yaml", "    action: {zh: 补水, en: Fill it}\n", ""),
    ("standards.yaml", REQUIRE, "{any_of: [{point: full, equals: true}]}"),
    ("standards.yaml", REQUIRE, "{all_of: [{point: full, equals: true}, {point: level, at_least: some}]}"),
    ("standards.yaml", REQUIRE, "{point: checked_until, in_date: false}"),
    ("standards.yaml", REQUIRE, "{point: checked_until, in_date: true, ahead: 3 h}"),
    ("standards.yaml", REQUIRE, "{point: checked_until, within: 0 d}"),
    ("standards.yaml", REQUIRE, "{proof_test: x, tested_within: 1d}"),
    ("standards.yaml", "priority: P2", "prority: P2"),
    ("standards.yaml", "priority: P2", "priority: high"),
    ("standards.yaml", "at_most: 60 s", "at_most: soon"),
    ("standards.yaml", "at_most: 60 s", "at_mots: 60 s"),
    ("standards.yaml", "off: true, reason: none here", "off: true"),
    ("standards.yaml", "reason: none here, until: 2099-01-01", "reason: none here"),
    ("standards.yaml", "until: 2099-01-01", "until: next year"),
    ("standards.yaml", "{change: {priority: P2, require: {at_most: 60 s}}}", "{reason: to be done}"),
    ("kinds.yaml", "      level:", "      Level:"),
    ("kinds.yaml", "type: number, unit: m", "type: float, unit: m"),
    ("kinds.yaml", "function: inverted", "function: invert"),
    ("kinds.yaml", "inputs: {value: full}", "inputs: {contact: full}"),
    ("kinds.yaml", "inputs: {value: full}", "inputs: {}"),
    ("kinds.yaml", "inputs: {value: full}", "inputs: {value: full}, parameters: {window: 5}"),
    ("kinds.yaml", "inputs: {value: full}, type: boolean", "inputs: {value: full}, type: number"),
    ("kinds.yaml", "type: date", "type: boolean"),
    ("windows.yaml", '"11:30"', '"11.30"'),
    ("windows.yaml", ', daily: [["11:30", "13:00"]], weekdays: [mon, tue]', ""),
    ("windows.yaml", "[mon, tue]", "[mon, tues]"),
    ("windows.yaml", "dawn + 15 min", "noon + 15 min"),
    ("windows.yaml", "05-01", "5 May"),
    ("device_profiles/inputs.yaml", "protocol: modbus", "protocol: bacnet"),
    ("device_profiles/inputs.yaml", "every: 20s", "every: 20"),
    ("device_profiles/inputs.yaml", "table: discrete", "table: discrte"),
    ("device_profiles/inputs.yaml", "type: float32", "type: float"),
    ("device_profiles/inputs.yaml", ", length: 4", ""),
    ("device_profiles/inputs.yaml", "type: float32", "type: uint16, bit: 1, bits: [0, 3]"),
    ("device_profiles/inputs.yaml", "plausible: [0, 10]", "plausible: [0]"),
    ("device_profiles/inputs.yaml", "verified: simulator", "verified: surely"),
    ("device_profiles/contact.yaml", "stale_after: 1h\n", ""),
    ("device_profiles/contact.yaml", "topic: '{topic}/state'", "address: 1"),
    ("standards.test.yaml", "at: 12h", "at: 12"),
    ("standards.test.yaml", "expect: violated", "expect: fine"),
    ("standards.test.yaml", "cannot_be_judged: false", "cannot_be_judged: sometimes"),
    ("standards.test.yaml", "{bad: no-answer}", "{worse: no-answer}"),
    ("standards.test.yaml", "checked_until: 2027-03-31", "checked_until: true"),
    ("standards.test.yaml", "starts: 2027-03-01", "starts: in March"),
    ("standards.test.yaml", "    name: too low\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new"), WRONG)
def test_what_is_wrong_fails_the_schema_and_the_check(
    site: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str
) -> None:
    schema, text = WRITTEN[file]
    assert text.count(old) == 1
    (site / file).write_text(text.replace(old, new), encoding="utf-8")
    assert errors(schema, Document(site / file).plain) != []
    assert outcome(["check", str(site)]) == 78
    assert file in capsys.readouterr().err
