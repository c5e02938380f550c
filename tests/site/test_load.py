"""A site folder as a whole: what becomes of a right one, and that every wrong one is told with file and line."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from gateway.data import Shipped, data_folder, demo_site, shipped, starter_site
from gateway.errors import DocumentError, Problem, Refused
from gateway.estate import DerivedPoint, Estate
from gateway.model import Priority
from gateway.outputs import output_of
from gateway.site import load_estate, load_site, write_starter
from tests.sites import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def estate(site: Site) -> Estate:
    return site.load().estate


def test_a_correct_site_has_no_warnings(site: Site) -> None:
    assert site.warnings() == []


def test_every_value_has_its_own_place_in_the_columns(estate: Estate) -> None:
    assert len(estate.points) == len(estate.units) == len(estate.deadbands) == len(set(estate.points))
    used = {id_ for asset in estate.assets.values() for id_ in asset.ids.values()}
    polled = {id_ for device in estate.devices.values() for id_ in device.point_ids.values()}
    assert used | polled | set(estate.site_points.values()) == set(range(len(estate.points)))


def test_only_points_that_an_asset_uses_are_polled(estate: Estate) -> None:
    assert set(estate.devices["di-1"].point_ids) == {"input1", "input2"}
    assert set(estate.devices["eml-3f"].point_ids) == {"battery_voltage", "mains_present", "state"}


def test_an_asset_shares_the_ids_of_its_device_points(estate: Estate) -> None:
    light = estate.assets["light-3f"]
    assert light.ids["battery_voltage"] == estate.devices["eml-3f"].point_ids["battery_voltage"]
    assert estate.points[light.ids["battery_voltage"]] == "device:eml-3f/battery_voltage"
    assert (estate.units[light.ids["battery_voltage"]], estate.deadbands[light.ids["battery_voltage"]]) == ("V", 0.05)
    assert light.protocol == "modbus"
    assert estate.assets["yard-door"].protocol == "mqtt"
    assert light.place == {"zh": "3层", "en": "Floor 3"}


def test_an_inverted_point_is_derived_from_the_device_point(estate: Estate) -> None:
    door = estate.assets["lobby-door"]
    source = estate.devices["di-1"].point_ids["input2"]
    assert DerivedPoint(door.ids["released"], "inverted", {"value": source}) in door.derived
    assert estate.points[door.ids["released"]] == "lobby-door/released"


def test_derived_points_exist_where_all_their_inputs_do(estate: Estate) -> None:
    assert {"held_open_time", "open", "barred"} <= estate.assets["lobby-door"].ids.keys()
    assert "barred" not in estate.assets["yard-door"].ids
    held = estate.assets["yard-door"].ids["held_open_time"]
    assert estate.units[held] == "s"


def test_a_derived_point_feeds_another_in_the_right_order(site: Site) -> None:
    site.edit("book/kinds.yaml", "inputs: {value: released}", "inputs: {value: open}")
    door = site.load().estate.assets["yard-door"]
    order = [point.id for point in door.derived]
    assert order.index(door.ids["open"]) < order.index(door.ids["barred"])


def test_a_device_that_tells_a_derived_point_itself_wins(site: Site) -> None:
    site.edit("site/site.yaml", "{from: di-1.input2, inverted: true}", "di-1.input2, open: di-1.input2")
    estate = site.load().estate
    door = estate.assets["lobby-door"]
    assert door.ids["open"] == door.ids["released"] == estate.devices["di-1"].point_ids["input2"]


def test_facts_are_fixed_and_a_date_lasts_to_the_end_of_its_day(estate: Estate) -> None:
    ids = estate.assets["light-3f"].ids
    assert estate.fixed[ids["rated"]] == 3.0
    # 2027-03-31 23:59:59 in Shanghai is 15:59:59 UTC.
    assert estate.fixed[ids["checked_until"]] == 1806508799.0


def test_devices_and_connections_are_assets_too(estate: Estate) -> None:
    device, connection = estate.assets["device/eml-3f"], estate.assets["connection/broker"]
    assert (device.kind, device.protocol, device.ids) == (
        "device",
        "modbus",
        {"answers": estate.devices["eml-3f"].answers_id},
    )
    assert (connection.kind, connection.protocol) == ("connection", "mqtt")
    assert connection.ids == {"answers": estate.connections["broker"].answers_id}
    assert connection.place == {"zh": "broker", "en": "broker"}


def test_devices_know_their_intervals_units_and_parameters(estate: Estate) -> None:
    inputs, light, contact = (estate.devices[name] for name in ("di-1", "eml-3f", "contact-9"))
    assert (inputs.unit, inputs.every, inputs.stale_after) == (3, 1.0, 10.0)
    assert (light.unit, light.every, light.stale_after) == (11, 20.0, 60.0)
    assert light.parameters == {"channel": 2, "bank": 1}
    assert (contact.stale_after, contact.parameters) == (3600.0, {"topic": "doors/9"})
    assert estate.device_connection == {"di-1": "plant-room", "eml-3f": "corridor-bus", "contact-9": "broker"}


def test_connections_are_as_written(estate: Estate) -> None:
    tcp, line, broker = (estate.connections[name] for name in ("plant-room", "corridor-bus", "broker"))
    assert (tcp.host, tcp.port, tcp.timeout) == ("10.0.4.20", 502, 0.5)
    assert (line.port, line.line) == ("/dev/ttyUSB0", "9600-8N1")
    assert (broker.port, broker.tls, broker.password, broker.client_id) == (1883, True, "hush", "touchpoint-riverside")
    assert "hush" not in repr(broker)


def test_endpoints_lead_connections_elsewhere(site: Site) -> None:
    endpoints = {"plant-room": ("127.0.0.1", 15020), "corridor-bus": ("", "/dev/pts/7"), "unknown": ("", 1)}
    found = site.load(endpoints=endpoints).estate.connections
    assert (found["plant-room"].host, found["plant-room"].port) == ("127.0.0.1", 15020)
    assert found["corridor-bus"].port == "/dev/pts/7"
    assert found["broker"].host == "10.0.4.5"


def test_the_rest_of_the_site(estate: Estate) -> None:
    assert (estate.site, estate.title["en"], estate.timezone) == (
        "riverside",
        "Riverside Garden",
        ZoneInfo("Asia/Shanghai"),
    )
    assert (estate.languages, estate.history_days) == (("zh", "en"), 30)
    assert estate.outputs["journal"].events == ("ticket.*",)
    assert estate.assets["yard-door"].next_to == ("lobby-door",)
    assert estate.standard.clauses["light.battery"].priority is Priority.P1


def test_a_plain_text_stands_for_every_language(site: Site) -> None:
    site.edit("site/site.yaml", "{zh: 大堂, en: Lobby}", "Lobby")
    site.edit("site/site.yaml", "{zh: 院门, en: Yard}", "{en: Yard}")
    loaded = site.load()
    assert loaded.estate.assets["lobby-door"].place == {"zh": "Lobby", "en": "Lobby"}
    assert loaded.estate.assets["yard-door"].place == {"zh": "Yard", "en": "Yard"}
    assert site.warnings() == ["site.yaml:23: assets.yard-door.place: says nothing in zh"]


def test_the_sites_own_profile_wins_over_the_shipped_one(site: Site) -> None:
    own = site.folder / "device_profiles"
    own.mkdir()
    shipped_text = (site.shipped.profiles / "inputs.yaml").read_text(encoding="utf-8")
    (own / "inputs.yaml").write_text(shipped_text.replace("Eight inputs", "Our inputs"), encoding="utf-8")
    assert site.load().estate.devices["di-1"].profile.title == "Our inputs"


def test_the_sites_own_kinds_are_added(site: Site) -> None:
    own = "kinds:\n  bin: {title: {en: Bin}, points: {battery: {type: number, unit: '%', means: {en: battery}}}}\n"
    (site.folder / "kinds.yaml").write_text(own, encoding="utf-8")
    site.edit(
        "site/site.yaml",
        "    kind: door\n    touchpoint: unit-door\n    place: {zh: 院门",
        "    kind: bin\n    touchpoint: unit-door\n    place: {zh: 院门",
    )
    assert set(site.load().estate.assets["yard-door"].ids) == {"battery"}


def test_a_kind_may_stand_beside_the_clauses_on_it(site: Site) -> None:
    own = "kinds:\n  bin: {title: {en: Bin}, points: {closed: {type: boolean, means: {en: lid closed}}}}\n"
    site.edit("site/standards.yaml", "clauses:\n  door.shut:", f"{own}clauses:\n  bin.shut:")
    site.edit("site/standards.yaml", "applies_to: door", "applies_to: bin")
    estate = site.load().estate
    assert estate.kinds["bin"].names() == {"closed", "site.day"}
    assert estate.standard.clauses["bin.shut"].applies_to == "bin"


def test_a_slip_in_a_clause_is_not_told_of_the_assets_of_its_page(site: Site) -> None:
    site.edit("book/light.yaml", "clauses:\n", "kinds:\n  bin: {title: {en: Bin}}\nclauses:\n")
    site.edit("book/light.yaml", "priority: P2", "priority: P9")
    site.edit("site/site.yaml", "    kind: door\n    touchpoint: unit-door\n    place: {zh: 院门",
              "    kind: bin\n    touchpoint: unit-door\n    place: {zh: 院门")  # fmt: skip
    said = site.problems()
    assert "standards/book/light.yaml:12: clauses.light.battery.priority: 'P9' is not known here" in "\n".join(said)
    assert not any("no kind" in each for each in said)


def test_everything_wrong_in_all_files_is_told_at_once(site: Site) -> None:
    site.edit("site/site.yaml", "unit: 3", "unitt: 3")
    site.edit("site/site.yaml", "profile: contact,", "profile: kontact,")
    site.edit("site/standards.yaml", "priority: P3", "priority: P9")
    site.edit("profiles/light-supply.yaml", "protocol: modbus", "protocol: modbus\nscal: 2")
    assert site.problems() == [
        'site.yaml:10: devices.di-1.unitt: unknown key, did you mean "unit"?',
        "site.yaml:12: devices.contact-9.profile: no device profile 'kontact', did you mean \"contact\"?",
        "standards.yaml:8: clauses.door.shut.priority: 'P9' is not known here (known: P1, P2, P3, P4)",
        "device_profiles/light-supply.yaml:6: scal: unknown key",
    ]


@pytest.mark.parametrize("text", ["", "[]", "7", "site: [", "a: 1\na: 2\n", "a: &x [1]\nb: *x\n"])
def test_a_site_file_that_is_none(site: Site, text: str) -> None:
    (site.folder / "site.yaml").write_text(text, encoding="utf-8")
    assert all(problem.startswith("site.yaml") for problem in site.problems())


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"site\.yaml: No such file or directory"):
        load_estate(tmp_path / "nowhere")


def test_a_file_with_a_slip_in_its_name_is_noticed(site: Site) -> None:
    (site.folder / "standard.yaml").write_text("", encoding="utf-8")
    (site.folder / "device_profiles").mkdir()
    (site.folder / "device_profiles" / "meter.yml").write_text("", encoding="utf-8")
    assert site.warnings() == [
        "device_profiles/meter.yml: is not read: profiles end in .yaml",
        'standard.yaml: is not read, did you mean "standards.yaml"?',
    ]


def test_the_starter_passes_its_check_and_its_examples_do_too(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    write_starter(folder)
    assert load_site(folder).warnings == ()
    for name in ("site.yaml", "standards.yaml", "windows.yaml"):
        text = (folder / name).read_text(encoding="utf-8")
        examples = re.sub(r"^#(?! \S|$)", "", text, flags=re.MULTILINE)
        assert examples != text
        (folder / name).write_text(examples, encoding="utf-8")
    (folder / "secrets").mkdir()
    for secret in ("mqtt", "mail", "ntfy-topic"):
        (folder / "secrets" / secret).write_text("x", encoding="utf-8")
        (folder / "secrets" / secret).chmod(0o600)
    loaded = load_site(folder)
    for name in loaded.estate.outputs:
        output_of(loaded.estate, name)
    assert [str(each) for each in loaded.warnings if "nothing can answer" not in each.message] == []
    assert len(loaded.estate.devices) == 4
    assert "access-door.reader-intact" in loaded.estate.off
    assert {"site.dark", "site.market-days", "site.lanterns"} <= loaded.estate.site_points.keys()


def test_the_starter_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(Refused, match="not empty"):
        write_starter(tmp_path)
    with pytest.raises(Refused, match="not empty"):
        write_starter(tmp_path / "file")
    write_starter(tmp_path / "new")
    assert (tmp_path / "new" / "site.yaml").is_file()


def test_data_is_found_in_a_wheel_and_in_a_checkout(tmp_path: Path) -> None:
    package = tmp_path / "gateway"
    assert data_folder("demo-site", "deploy/demo-site", package) == tmp_path / "deploy" / "demo-site"
    (package / "_data" / "demo-site").mkdir(parents=True)
    assert data_folder("demo-site", "deploy/demo-site", package) == package / "_data" / "demo-site"
    assert isinstance(shipped(), Shipped)
    assert all(folder.is_dir() for folder in (shipped().book, shipped().profiles, starter_site(), demo_site().parent))


JUNK = [
    "",
    "null",
    "[]",
    "{}",
    "-1",
    "1e999",
    ".nan",
    "true",
    "'",
    "{",
    "*x",
    "&x",
    "!!binary x",
    "!!set {a}",
    "? [a]",
    "\t",
    "2027-13-01",
    "99999999999999999999999",
    "0x",
    "x.y",
    "é",
    "\x00",
    "<<: {a: 1}",
    "%YAML 3.0",
    "---",
    "!foo bar",
    "10s",
    "12 V",
    "|",
    ">-",
    "@",
]


def mutated(text: str, random: Random) -> str:
    """``text`` with one to three places cut, doubled, moved or replaced by junk."""
    lines = text.splitlines()
    for _ in range(random.randint(1, 3)):
        row = random.randrange(len(lines))
        words = re.split(r"(\W+)", lines[row])
        spot = random.randrange(len(words))
        match random.randrange(6):
            case 0:
                words[spot] = random.choice(JUNK)
            case 1:
                words[spot] = words[random.randrange(len(words))]
            case 2:
                del words[spot]
            case 3:
                words.append(random.choice(JUNK))
            case 4:
                words = [lines[random.randrange(len(lines))]]
            case _:
                words = [" " * random.randrange(4), *words]
        lines[row] = "".join(words)
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(40))
def test_mutated_configurations_are_right_or_refused_and_nothing_else(site: Site, seed: int) -> None:
    random = Random(seed)
    files = sorted(site.folder.parent.rglob("*.yaml"))
    for _ in range(5):
        path = random.choice(files)
        before = path.read_text(encoding="utf-8")
        path.write_text(mutated(before, random), encoding="utf-8")
        told: tuple[Problem, ...] | None = None
        try:
            site.load()
        except DocumentError as error:
            told = error.problems
        assert told != ()
        path.write_text(before, encoding="utf-8")
