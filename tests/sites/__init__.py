"""A small correct site with its own small book and profiles, written into a folder for a test to use or to break."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.data import Shipped
from gateway.errors import DocumentError
from gateway.site import Loaded, load_site

SITE = """\
site: riverside
name: {zh: 滨河花园, en: Riverside Garden}
timezone: Asia/Shanghai
languages: [zh, en]
connections:
  plant-room: {kind: modbus-tcp, host: 10.0.4.20, timeout: 500ms}
  corridor-bus: {kind: modbus-rtu, port: /dev/ttyUSB0, line: 9600-8N1}
  broker: {kind: mqtt, host: 10.0.4.5, tls: true, user: gateway, password_file: secrets/mqtt}
devices:
  di-1: {profile: inputs, connection: plant-room, unit: 3, every: 1s}
  eml-3f: {profile: light-supply, connection: corridor-bus, unit: 11, channel: 2}
  contact-9: {profile: contact, connection: broker, topic: doors/9}
assets:
  lobby-door:
    kind: door
    touchpoint: unit-door
    place: {zh: 大堂, en: Lobby}
    points: {closed: di-1.input1, released: {from: di-1.input2, inverted: true}}
    next_to: [yard-door]
  yard-door:
    kind: door
    touchpoint: unit-door
    place: {zh: 院门, en: Yard}
    points: [contact-9]
  light-3f:
    kind: light
    touchpoint: corridor
    place: {zh: 3层, en: Floor 3}
    points: eml-3f
    facts: {checked_until: 2027-03-31, rated: 3 h}
outputs:
  journal: {kind: log, events: [ticket.*]}
history: {keep: 30d}
"""

STANDARDS = """\
version: site 1
clauses:
  door.shut:
    title: {zh: 门关闭, en: Door shut}
    applies_to: door
    require: {point: closed, equals: true}
    basis: {document: house rules, kind: proposed}
    priority: P3
    ticket: {trade: access}
    action: {zh: 关门, en: Shut it}
adjust:
  light.battery: {change: {priority: P1, require: {at_least: 12.1 V}}}
"""

KINDS = """\
kinds:
  device: {title: {en: Device}, points: {answers: {type: boolean, means: {en: answers}}}}
  connection: {title: {en: Connection}, points: {answers: {type: boolean, means: {en: answers}}}}
  door:
    title: {zh: 门, en: Door}
    points:
      closed: {type: boolean, means: {en: closed}}
      released: {type: boolean, means: {en: released}}
      battery: {type: number, unit: '%', means: {en: battery}, history_deadband: 1}
    derived:
      held_open_time:
        {function: held_open_time, inputs: {closed: closed}, type: number, unit: s, means: {en: held open}}
      open: {function: inverted, inputs: {value: closed}, type: boolean, means: {en: open}}
      barred: {function: inverted, inputs: {value: released}, type: boolean, means: {en: barred}}
  light:
    title: {zh: 灯, en: Light}
    points:
      battery_voltage: {type: number, unit: V, means: {en: battery}, history_deadband: 0.05}
      mains_present: {type: boolean, means: {en: mains}}
      state: {type: text, means: {en: state}}
    facts:
      checked_until: {type: date, means: {en: checked until}}
      rated: {type: number, unit: h, means: {en: rated}}
      maker: {type: text, means: {en: maker}}
"""

TOUCHPOINTS = """\
touchpoints:
  unit-door: {title: {zh: 单元门, en: Unit door}, numbers: {'2024': '12'}}
  corridor: {title: {zh: 走廊, en: Corridor}}
"""

LIGHT_CLAUSES = """\
version: book 1
clauses:
  light.battery:
    title: {zh: 电池, en: Battery}
    touchpoints: [corridor]
    applies_to: light
    require: {point: battery_voltage, at_least: 12 V, deadband: 0.2 V}
    only_while: {point: mains_present, equals: true}
    basis: {document: touchpoint standard, kind: text}
    priority: P2
    on_delay: 30s
    ticket: {trade: electrical, on_site: 30min}
    action: {zh: 更换, en: Replace it}
  light.checked:
    title: {zh: 检查, en: Checked}
    applies_to: light
    require: {point: checked_until, in_date: true, ahead: 30 d}
    basis: {document: touchpoint standard, kind: text}
    priority: P4
    superseded_by: [light.battery]
    ticket: {trade: electrical}
    action: {zh: 检查, en: Check it}
"""

INPUTS = """\
title: Eight inputs
maker: Anybody
source: a made-up table
verified: simulator
protocol: modbus
points:
  input1: {table: discrete, address: 0}
  input2: {table: discrete, address: 1}
  counter1: {table: input, address: 32, type: uint32}
"""

LIGHT_SUPPLY = """\
title: Light supply
maker: Anybody
source: a made-up table
verified: simulator
protocol: modbus
line: 9600-8N1
every: 20s
parameters: {channel: null, bank: 1}
points:
  battery_voltage: {address: 100*channel + bank, scale: 0.001, unit: V}
  mains_present: {address: 2, bit: 0}
  state: {address: 3, enum: {0: resting, 1: lit}}
  temperature: {address: 4, type: int16, unit: °C}
"""

CONTACT = """\
title: Door contact
maker: Anybody
source: a made-up table
verified: simulator
protocol: mqtt
stale_after: 1h
parameters: {topic: null}
points:
  closed: {topic: '{topic}/state', path: contact, type: boolean}
  battery: {topic: '{topic}/state', path: battery, unit: '%'}
"""


def write(folder: Path) -> tuple[Path, Shipped]:
    """Write the site and what is shipped with it below ``folder``; returns the site's folder and the rest."""
    files = {
        "site/site.yaml": SITE,
        "site/standards.yaml": STANDARDS,
        "site/secrets/mqtt": "hush\n",
        "book/kinds.yaml": KINDS,
        "book/touchpoints.yaml": TOUCHPOINTS,
        "book/light.yaml": LIGHT_CLAUSES,
        "profiles/inputs.yaml": INPUTS,
        "profiles/light-supply.yaml": LIGHT_SUPPLY,
        "profiles/contact.yaml": CONTACT,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "site/secrets/mqtt").chmod(0o600)
    return folder / "site", Shipped(folder / "book", folder / "profiles")


class Site:
    """A correct site that a test can break."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.shipped = write(folder)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace ``old``, which must be there once, in a file below the site's parent."""
        path = self.folder.parent / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    def load(self, **options: object) -> Loaded:
        return load_site(self.folder, data=self.shipped, **options)  # type: ignore[arg-type]  # passed on as given

    def problems(self) -> list[str]:
        """What is wrong, with paths from the site's folder on."""
        with pytest.raises(DocumentError) as caught:
            self.load()
        return [str(problem).replace(f"{self.folder}/", "") for problem in caught.value.problems]

    def warnings(self) -> list[str]:
        return [str(problem).replace(f"{self.folder}/", "") for problem in self.load().warnings]
