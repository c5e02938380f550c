"""What a site allows to be written, what it may not allow, and which asset's commands that makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import outcome
from gateway.errors import DocumentError
from gateway.estate import AssetCommand, Estate
from gateway.site import load_estate, load_site

SITE = """\
site: x
name: X
timezone: Asia/Shanghai
connections:
  bus: {kind: modbus-tcp, host: 127.0.0.1}
  broker: {kind: mqtt, host: 127.0.0.1}
devices:
  dali-1: {profile: intesis-dali, connection: bus, unit: 3, short_address: 2, allow: [start_duration_test, stop_test]}
  psu-2: {profile: pulsar-en54c-lcd, connection: bus, unit: 4}
  relay-2:
    profile: waveshare-relay-d
    connection: bus
    unit: 5
    relay: 1
    allow: [break_supply, restore_supply]
    allow_without_timeout: [break_supply]
  psu-3: {profile: pulsar-en54c-lcd, connection: bus, unit: 6}
  relay-3: {profile: shelly-gen2, connection: broker, prefix: relay-3, allow: [break_supply, restore_supply]}
assets:
  light-1: {kind: emergency-light, touchpoint: corridor, place: A, points: dali-1}
  light-2: {kind: emergency-light, touchpoint: corridor, place: B, points: [psu-2, relay-2]}
  light-3:
    kind: emergency-light
    touchpoint: corridor
    place: C
    points: {supply_broken: relay-3.output, also: psu-3}
    commands: {break_supply: relay-3.break_supply, restore_supply: relay-3.restore_supply}
"""


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    text = SITE
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "site.yaml").write_text(text, encoding="utf-8")
    return folder


SPLIT = """title: A board with lamps
maker: none
source: none
verified: simulator
protocol: modbus
parameters: {relay: null, lamp: null}
points:
  supply_broken: {table: coil, address: relay}
  lamp_on: {table: discrete, address: lamp}
commands:
  break_supply:
    {means: {zh: 断, en: b}, table: coil, address: relay, value: 1, reads_back: supply_broken, ends_by_itself: true}
  restore_supply:
    {means: {zh: 合, en: r}, table: coil, address: relay, value: 0, reads_back: supply_broken, stops: true}
"""


@pytest.mark.parametrize("connection", ["bus", "bus-2"])
def test_two_lamps_never_share_a_relay_whatever_their_devices_are_called(tmp_path: Path, connection: str) -> None:
    (tmp_path / "device_profiles").mkdir()
    (tmp_path / "device_profiles" / "split.yaml").write_text(SPLIT, encoding="utf-8")
    allow = "allow: [break_supply, restore_supply]"
    other = "  bus-2: {kind: modbus-tcp, host: 127.0.0.1}\n" if connection == "bus-2" else ""
    found = problems(
        tmp_path,
        ("  broker: {", f"{other}  broker: {{"),
        ("assets:\n", f"  one: {{profile: split, connection: bus, unit: 9, relay: 3, lamp: 1, {allow}}}\n"
         f"  two: {{profile: split, connection: {connection}, unit: 9, relay: 3, lamp: 2, {allow}}}\nassets:\n"
         "  light-8: {kind: emergency-light, touchpoint: corridor, place: D, points: one}\n"
         "  light-9: {kind: emergency-light, touchpoint: corridor, place: E, points: two}\n"),
    )  # fmt: skip
    assert [each.partition(": ")[2] for each in found] == [
        f"assets.light-9: {each}_supply is two.{each}_supply, which would discharge 'light-8' too"
        for each in ("break", "restore")
    ]


def problems(folder: Path, *changes: tuple[str, str]) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        load_estate(written(folder, *changes))
    return [f"{each.line}: {each.where}: {each.message}" for each in caught.value.problems]


def commands(estate: Estate) -> dict[str, Any]:
    return {name: dict(asset.commands) for name, asset in estate.assets.items() if asset.commands}


def test_commands_are_found_like_points(tmp_path: Path) -> None:
    """Of a whole device by name, or named one by one; only those that the site allows."""
    estate = load_estate(written(tmp_path))
    assert commands(estate) == {
        "light-1": {
            "start_duration_test": AssetCommand("dali-1", "start_duration_test", timed=False),
            "stop_test": AssetCommand("dali-1", "stop_test", timed=False),
        },
        "light-2": {
            "break_supply": AssetCommand("relay-2", "break_supply", timed=False),
            "restore_supply": AssetCommand("relay-2", "restore_supply", timed=False),
        },
        "light-3": {
            "break_supply": AssetCommand("relay-3", "break_supply", timed=True),
            "restore_supply": AssetCommand("relay-3", "restore_supply", timed=False),
        },
    }
    allowed = {name: list(device.commands) for name, device in estate.devices.items()}
    assert allowed == {
        "dali-1": ["start_duration_test", "stop_test"],
        "psu-2": [],
        "relay-2": ["break_supply", "restore_supply"],
        "psu-3": [],
        "relay-3": ["break_supply", "restore_supply"],
    }


def test_nothing_is_allowed_unless_the_site_says_so(tmp_path: Path) -> None:
    estate = load_estate(
        written(
            tmp_path,
            (", allow: [start_duration_test, stop_test]", ""),
            ("    allow: [break_supply, restore_supply]\n    allow_without_timeout: [break_supply]\n", ""),
            (", allow: [break_supply, restore_supply]}", "}"),
            ("    commands: {break_supply: relay-3.break_supply, restore_supply: relay-3.restore_supply}\n", ""),
        )
    )
    assert commands(estate) == {}
    assert not any(device.commands for device in estate.devices.values())


HELD = (
    "break_supply holds until somebody ends it, and the device does not end it by itself: should the gateway fail in "
    "between, it would stay. If that is acceptable here, write allow_without_timeout: [break_supply] as well"
)
WRONG = [
    (
        ("allow: [start_duration_test, stop_test]", "allow: [start_durationtest, stop_test]"),
        "8: devices.dali-1.allow: intesis-dali has no command 'start_durationtest', did you mean \"start_duration_test",
    ),
    (("    allow_without_timeout: [break_supply]\n", ""), f"15: devices.relay-2.allow: {HELD}"),
    (
        ("allow_without_timeout: [break_supply]", "allow_without_timeout: [break_supplies]"),
        "16: devices.relay-2.allow_without_timeout: 'break_supplies' is not under allow, did you mean \"break_supply",
    ),
    (
        ("allow: [start_duration_test, stop_test]", "allow: [start_duration_test]"),
        "assets.light-1: start_duration_test is allowed without stop_test: what is begun has to be ended; allow both",
    ),
    (
        ("restore_supply: relay-3.restore_supply}", "}"),
        "assets.light-3: break_supply is allowed without restore_supply: what is begun has to be ended; allow both",
    ),
    (
        ("supply_broken: relay-3.output, ", ""),
        "assets.light-3: nobody would see whether break_supply was obeyed: give it relay-3.output as a point",
    ),
    (
        ("{break_supply: relay-3.break_supply,", "{break_suply: relay-3.break_supply,"),
        "light-3.commands.break_suply: emergency-light has no command 'break_suply', did you mean \"break_supply\"?",
    ),
    (
        ("{break_supply: relay-3.break_supply,", "{break_supply: relay-4.break_supply,"),
        "assets.light-3.commands.break_supply: no device 'relay-4', did you mean",
    ),
    (
        ("{break_supply: relay-3.break_supply,", "{break_supply: relay-3.brake_supply,"),
        "assets.light-3.commands.break_supply: 'relay-3' has no command 'brake_supply', did you mean \"break_supply\"?",
    ),
    (
        ("{break_supply: relay-3.break_supply,", "{break_supply: relay-3,"),
        "assets.light-3.commands.break_supply: write device.command",
    ),
    (
        ("prefix: relay-3, allow: [break_supply, restore_supply]", "prefix: relay-3, allow: [break_supply]"),
        "light-3.commands.restore_supply: relay-3.restore_supply is not allowed: list it under allow of the device",
    ),
    (
        ("points: [psu-2, relay-2]}", "points: [psu-2, relay-2, {x: y}]}"),
        "assets.light-2.points: write a device, a list of devices, or points",
    ),
    (
        ("{break_supply: relay-3.break_supply, restore_supply: relay-3.restore_supply}",
         "{break_supply: relay-2.break_supply, restore_supply: relay-2.restore_supply}"),
        "assets.light-3: break_supply is relay-2.break_supply, which would discharge 'light-2' too",
    ),
    (("    unit: 5\n", "    unit: 0\n"), "devices.relay-2: unit 0 is every device on the line: what is commanded"),
    (("prefix: relay-3,", "prefix: a/#,"), "devices.relay-3: 'a/#/rpc' is no topic that can be published to"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "told"), WRONG, ids=[told[:50] for _, told in WRONG])
def test_what_may_not_be_allowed_is_told_with_why(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    found = problems(tmp_path, change)
    assert any(told in each for each in found), found


def test_what_holds_needs_something_that_ends_it(tmp_path: Path) -> None:
    """A relay without a timer on the test input of a perimeter zone: who would let go of it?"""
    zone = (
        "  zone-1:\n    kind: perimeter-zone\n    touchpoint: perimeter-wall\n    place: D\n"
        "    points: {alarm: relay-5.feed_present, test_stimulus: relay-5.supply_broken}\n"
        "    commands: {self_test: relay-5.break_supply}\n"
    )
    relay = (
        "  relay-5: {profile: waveshare-relay-d, connection: bus, unit: 5, relay: 2, allow: [break_supply],"
        " allow_without_timeout: [break_supply]}\n"
    )
    found = problems(tmp_path, ("assets:\n", f"{relay}assets:\n{zone}"))
    assert [each.split(": ", 1)[1] for each in found] == [
        "assets.zone-1: self_test is relay-5.break_supply, which holds, and nothing of this kind ends it"
    ]


def test_two_devices_that_would_both_do_it_have_to_be_named(tmp_path: Path) -> None:
    found = problems(tmp_path, ("points: [psu-2, relay-2]", "points: [dali-1, relay-2, relay-4]"),
                     ("assets:\n", "  relay-4: {profile: waveshare-relay-d, connection: bus, unit: 9, relay: 1, allow: "
                      "[break_supply, restore_supply], allow_without_timeout: [break_supply]}\nassets:\n"))  # fmt: skip
    assert any("break_supply is done by 'relay-2' and by 'relay-4': name the one" in each for each in found), found


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("stop_test]", "stop_test], allow_without_timeout: [stop_test]"),
            "stop_test holds nothing: it needs no such consent",
        ),
        (
            ("points: [psu-2, relay-2]", "points: {supply_broken: relay-2.supply_broken, also: psu-2}"),
            "break_supply is allowed, and no asset has it",
        ),
    ],
)  # fmt: skip
def test_what_is_allowed_to_no_purpose_is_doubtful(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    warnings = load_site(written(tmp_path, change)).warnings
    assert any(told in each.message for each in warnings), warnings


def test_a_lamp_that_may_be_commanded_and_that_nobody_sees_is_doubtful(tmp_path: Path) -> None:
    """Its supply tells that it runs on its battery, and nothing that it is lit: the gateway never begins a test."""

    def blind(*changes: tuple[str, str]) -> list[str]:
        return [each.where for each in load_site(written(tmp_path, *changes)).warnings if "lamp_power" in each.message]

    metered = ("also: psu-3", "lamp_power: relay-3.lamp_power, also: psu-3")
    forbidden = (
        "allow: [break_supply, restore_supply]\n    allow_without_timeout: [break_supply]", "every: 10s"
    )  # fmt: skip
    assert blind() == ["assets.light-2", "assets.light-3"]
    assert blind(metered) == ["assets.light-2"]
    assert blind(metered, forbidden) == []
    (warning,) = load_site(written(tmp_path, metered)).warnings
    assert warning.message.startswith("no test of it can be followed, and none begins: no point tells lamp_on (or lamp")


def test_sheets_say_the_same(tmp_path: Path) -> None:
    """A hundred luminaires of one channel are rows; their commands are a column."""
    (tmp_path / "devices.csv").write_text(
        "名称,设备型号,连接,站号,short_address,prefix,允许命令,允许无超时命令\n"
        "dali-8,intesis-dali,bus,3,8,,start_function_test；stop_test,\n"
        "feed-9,shelly-gen2,broker,,,feed-9,break_supply; restore_supply,\n"
        "psu-9,pulsar-en54c-lcd,bus,19,,,,\n",
        encoding="utf-8",
    )
    (tmp_path / "assets.csv").write_text(
        "名称,类别,触点,位置,点位,命令\n"
        "light-8,emergency-light,corridor,H,dali-8,\n"
        "light-9,emergency-light,corridor,I,psu-9; supply_broken=feed-9.output,"
        "break_supply=feed-9.break_supply; restore_supply=feed-9.restore_supply\n",
        encoding="utf-8",
    )
    found = commands(load_estate(written(tmp_path)))
    assert {name: list(each) for name, each in found.items() if name in ("light-8", "light-9")} == {
        "light-8": ["start_function_test", "stop_test"],
        "light-9": ["break_supply", "restore_supply"],
    }


def test_a_cell_of_commands_that_says_nothing_clear_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "assets.csv").write_text(
        "name,kind,touchpoint,place,points,commands\nlight-9,emergency-light,corridor,I,,break_supply\n",
        encoding="utf-8",
    )
    assert any("write each command once, as command=device.command" in each for each in problems(tmp_path))


def test_a_kind_that_names_a_command_which_it_has_not_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "kinds.yaml").write_text(
        "kinds:\n  lamp:\n    title: {zh: 灯, en: Lamp}\n    commands: {go_dark: {means: {zh: 断, en: dark}}}\n"
        "    points: {dark: {type: boolean, means: {zh: 黑, en: dark}}}\n"
        "    discharge: {on_battery: dark, relay: {open: go_dark, close: go_light}}\n",
        encoding="utf-8",
    )
    assert any("kinds.lamp.discharge: no command 'go_light'" in each for each in problems(tmp_path))


def test_check_says_that_writes_are_allowed_and_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["check", str(written(tmp_path))]) == 0
    told = capsys.readouterr().out
    assert "WRITES ARE ALLOWED: 6 commands on 3 devices" in told
    (row,) = [line for line in told.splitlines() if line.startswith("break_supply")]
    assert row.split()[1:] == ["2", "relay-2,", "relay-3"]
    assert outcome(["check", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["commands"] == {
        "dali-1": ["start_duration_test", "stop_test"],
        "relay-2": ["break_supply", "restore_supply"],
        "relay-3": ["break_supply", "restore_supply"],
    }


def test_check_says_that_nothing_is_ever_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["init", str(tmp_path / "new")]) == 0
    assert outcome(["check", str(tmp_path / "new")]) == 0
    assert "nothing is ever written to a device: no command is allowed" in capsys.readouterr().out
