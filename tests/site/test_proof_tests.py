"""What a site says of its proof tests: read, checked against devices, windows and assets, and whether they fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.documents import Document
from gateway.errors import DocumentError
from gateway.proof_tests.rules import DAY, Pace
from gateway.site import Loaded, load_site
from tests.schemas.validating import errors

PANEL = "panel: {profile: wb-mcm8, connection: plant-room, unit: 3}"
RULES = """\
  window: low-risk
  at_once: 2
  fire_alarm: panel.input1
  function: {every: 30 d}
  duration: {calendar: "0 2 1 * *"}
  rated: off
"""


def write(folder: Path, rules: str, lights: int = 2, more: Sequence[str] = (), allow: bool = True) -> Path:
    """A site with so many luminaires that test themselves when told to, and a panel's contacts."""
    told = ", allow: [start_function_test, start_duration_test, stop_test]" if allow else ""
    devices = [
        f"  dali-{each}: {{profile: intesis-dali, connection: plant-room, unit: {31 + each // 64}, "
        f"short_address: {each % 64}{told}}}"
        for each in range(lights)
    ]
    assets = [
        f"  light-{each}: {{kind: emergency-light, touchpoint: corridor, place: Corridor, points: dali-{each}"
        f"{more[each] if each < len(more) else ''}}}"
        for each in range(lights)
    ]
    parts = [
        "site: riverside\nname: Riverside\ntimezone: Asia/Shanghai\nlanguages: [en]\nconnections:",
        "  plant-room: {kind: modbus-tcp, host: 10.0.4.20}\ndevices:",
        *devices,
        f"  {PANEL}\nassets:",
        *assets,
        "proof_tests:",
        rules,
    ]
    (folder / "site.yaml").write_text("\n".join(parts), encoding="utf-8")
    return folder


def load(folder: Path, rules: str = RULES, **more: object) -> Loaded:
    return load_site(write(folder, rules, **more))  # type: ignore[arg-type]


def said(loaded: Loaded) -> list[str]:
    """What is doubtful of the tests."""
    return [f"{each.where}: {each.message}" for each in loaded.warnings if each.where.startswith("proof_tests")]


def problems(folder: Path, rules: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        load(folder, rules)
    return [f"{each.where}: {each.message}" for each in caught.value.problems]


def test_the_rules_come_to_the_estate_and_the_fire_alarm_is_read(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    estate, rules = loaded.estate, loaded.estate.proof_tests
    assert rules
    assert rules.paces == {"function": Pace(30 * DAY), "duration": Pace(calendar="0 2 1 * *")}
    assert (rules.window, rules.at_once, rules.alarm_is) == ("low-risk", 2, True)
    assert rules.fire_alarm is not None
    assert estate.points[rules.fire_alarm] == "device:panel/input1"
    assert estate.devices["panel"].point_ids == {"input1": rules.fire_alarm}
    assert said(loaded) == []
    assert "no asset has a point of this device" not in str(loaded.warnings)


def test_without_rules_the_gateway_starts_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path, RULES)
    path = folder / "site.yaml"
    path.write_text(path.read_text(encoding="utf-8").split("proof_tests:")[0], encoding="utf-8")
    assert load_site(folder).estate.proof_tests is None


def test_a_contact_that_opens_on_fire_is_turned_round(tmp_path: Path) -> None:
    rules = load(tmp_path, RULES.replace("panel.input1", "{from: panel.input1, inverted: true}")).estate.proof_tests
    assert rules
    assert rules.alarm_is is False


def test_a_fire_alarm_that_an_asset_tells_too_is_one_point(tmp_path: Path) -> None:
    folder = write(tmp_path, RULES)
    path = folder / "site.yaml"
    door = (
        "  door: {kind: access-door, touchpoint: unit-door, place: Door, points: {closed: panel.input1}}\nproof_tests"
    )
    path.write_text(path.read_text(encoding="utf-8").replace("proof_tests", door), encoding="utf-8")
    estate = load_site(folder).estate
    assert estate.proof_tests
    assert estate.assets["door"].ids["closed"] == estate.proof_tests.fire_alarm


def test_groups_are_told_in_both_files(tmp_path: Path) -> None:
    folder = write(tmp_path, RULES, more=[", group: stairs-1"])
    (folder / "assets.csv").write_text(
        "名称,类别,触点,位置,点位,分组\nlight-8,emergency-light,corridor,走廊,lamp_on=panel.input2,stairs-1\n",
        encoding="utf-8",
    )
    assets = load_site(folder).estate.assets
    assert [assets[name].group for name in ("light-0", "light-1", "light-8")] == ["stairs-1", "", "stairs-1"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("low-risk", "low-risc", 'proof_tests.window: no window \'low-risc\', did you mean "low-risk"?'),
        ("low-risk", "dark", "proof_tests.window: 'dark' needs the sun's times: say where the site is"),
        ("at_once: 2", "at_once: 0", "proof_tests.at_once: Input should be greater than or equal to 1"),
        ("panel.input1", "pannel.input1", "proof_tests.fire_alarm: no device 'pannel', did you mean \"panel\"?"),
        ("panel.input1", "panel.inptu1", "proof_tests.fire_alarm: 'panel' has no point 'inptu1', did you mean"),
        ("panel.input1", "dali-0.mode", "proof_tests.fire_alarm: must be a boolean, and dali-0.mode is a text"),
        ("panel.input1", "panel", "proof_tests.fire_alarm: write device.point, or {from: device.point"),
        ("rated: off", "yearly: {every: 365 d}", "proof_tests.yearly: unknown key"),
        ("rated: off", "rated: yearly", "proof_tests.rated: 'yearly' says no pace: write {every: 30 d}"),
        ("rated: off", "rated: {every: 12 h}", "proof_tests.rated: every is from 1 d"),
        ("rated: off", "rated: {every: 300 d, calendar: 0 2 1 1 *}", "proof_tests.rated: write every or calendar"),
        ("rated: off", "rated: {calendar: 0 2 30 2 *}", "proof_tests.rated: '0 2 30 2 *' is no calendar: bad day"),
        ("rated: off", "rated: {calendar: 0 */2 1 1 *}", "proof_tests.rated: '0 */2 1 1 *' comes more often than once"),
        ("rated: off", "only: [lamp-*]", "proof_tests.only: no asset is like 'lamp-*'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    found = problems(tmp_path, RULES.replace(old, new))
    assert len(found) == 1
    assert found[0].startswith(message)


@pytest.mark.parametrize(
    ("old", "new", "fits"),
    [
        ("", "", True), ("rated: off", "only: [light-*]", True), ("rated: off", "rated: {every: 365d}", True),
        ("panel.input1", "{from: panel.input1, inverted: true}", True), ("at_once: 2", "at_once: 0", False),
        ("rated: off", "rated: yearly", False), ("rated: off", "rated: {}", False), ("rated: off", "x: 1", False),
        ("rated: off", "rated: {every: 365}", False), ("rated: off", "rated: {calendar: 0 2 1 1}", False),
        ("rated: off", "rated: {every: 300 d, calendar: 0 2 1 1 *}", False), ("rated: off", "only: []", False),
        ("panel.input1", "panel", False), ("window: low-risk", "at_least: 1", False),
    ],
)  # fmt: skip
def test_an_editor_marks_what_is_wrong(tmp_path: Path, old: str, new: str, fits: bool) -> None:
    rules = RULES.replace(old, new)
    folder = write(tmp_path, rules)
    assert (errors("site", Document(folder / "site.yaml").plain) == []) == fits
    assert fits or problems(tmp_path, rules)


def test_a_window_shorter_than_a_test_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "windows.yaml").write_text(
        'windows: {tea: {title: {zh: 茶歇, en: tea}, daily: ["15:00", "15:15"]}}', encoding="utf-8"
    )
    assert problems(tmp_path, RULES.replace("low-risk", "tea")) == [
        "proof_tests.window: is open for 15 min at most, and a duration test takes 20 min"
    ]
    assert load(tmp_path, RULES.replace("low-risk", "tea").replace("duration:", "#"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  fire_alarm: panel.input1\n", "", "proof_tests: names no fire_alarm: tests would also run during one"),
        ("", "", ""),
        ('function: {every: 30 d}\n  duration: {calendar: "0 2 1 * *"}', "", "proof_tests: starts no test"),
    ],
)
def test_what_is_doubtful_is_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    found = said(load(tmp_path, RULES.replace(old, new)))
    assert "".join(found).startswith(message)
    assert len(found) == bool(message)


def test_luminaires_that_may_not_be_commanded_cannot_be_tested(tmp_path: Path) -> None:
    assert said(load(tmp_path, allow=False)) == [
        "proof_tests: no asset here can be tested by command: allow the commands of their devices"
    ]


def test_five_hundred_luminaires_one_after_the_other_do_not_fit(tmp_path: Path) -> None:
    monthly = "  window: low-risk\n  fire_alarm: panel.input1\n  duration: {every: 30 d}\n"
    assert said(load(tmp_path, monthly, lights=500)) == [
        "proof_tests.window: these tests do not fit into the window, 1 at once: "
        "500 duration tests of 20 min in 30 d, with room for at most 360"
    ]
    assert said(load(tmp_path, monthly + "  at_once: 2\n", lights=500)) == []
    assert said(load(tmp_path, monthly + "  only: ['light-1*']\n", lights=500)) == []


def test_a_long_escape_route_recharges_too_slowly(tmp_path: Path) -> None:
    monthly = "  window: low-risk\n  fire_alarm: panel.input1\n  duration: {every: 30 d}\n"
    assert said(load(tmp_path, monthly, lights=32, more=[", group: stairs"] * 30)) == [
        "proof_tests: the 30 assets of group 'stairs' wait for one another: a duration test with its recharge takes "
        "24.3 h, so that a round takes 30.4 d at least, and is asked for in 30 d"
    ]
    assert said(load(tmp_path, monthly, lights=32, more=[", group: stairs"] * 29)) == []
