"""assets.csv and devices.csv beside site.yaml: the same site as in YAML, and the same strictness by row and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.estate import Estate
from gateway.site.files import MOST_NEAR
from gateway.site.sheets import points_of
from tests.sites import Site

DEVICES = """\
name,profile,connection,unit,every,stale_after,channel,topic
di-2,inputs,plant-room,4,1s,5s,,
eml-4f,light-supply,corridor-bus,12,,,3,
contact-8,contact,broker,,,,,doors/8
"""
ASSETS = """\
name,kind,touchpoint,place.zh,place.en,points,next_to,facts.checked_until,facts.rated,facts.maker
back-door,door,unit-door,后门,Back door,closed=di-2.input1; released=!di-2.input2,yard-door; side-door,,,
side-door,door,unit-door,边门,Side door,contact-8,,,,
light-4f,light,corridor,4层,Floor 4,eml-4f,,2027/3/31,3 h,Anybody
"""
CHINESE = {
    "name,kind,touchpoint,place.zh,place.en,points,next_to": "名称,类别,触点,位置,位置（英文）,点位,相邻",
    "name,profile,connection,unit,every,stale_after": "名称,设备型号,连接,站号,轮询间隔,失效时间",
    "facts.": "资料.",
    "; ": "；",
    "=!": "＝！",
}
IN_YAML = {
    "devices:\n": """\
devices:
  di-2: {profile: inputs, connection: plant-room, unit: 4, every: 1s, stale_after: 5s}
  eml-4f: {profile: light-supply, connection: corridor-bus, unit: 12, channel: 3}
  contact-8: {profile: contact, connection: broker, topic: doors/8}
""",
    "assets:\n": """\
assets:
  back-door:
    kind: door
    touchpoint: unit-door
    place: {zh: 后门, en: Back door}
    points: {closed: di-2.input1, released: {from: di-2.input2, inverted: true}}
    next_to: [yard-door, side-door]
  side-door: {kind: door, touchpoint: unit-door, place: {zh: 边门, en: Side door}, points: contact-8}
  light-4f:
    kind: light
    touchpoint: corridor
    place: {zh: 4层, en: Floor 4}
    points: eml-4f
    facts: {checked_until: 2027-03-31, rated: 3 h, maker: Anybody}
""",
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def put(site: Site, devices: str = DEVICES, assets: str = ASSETS, encoding: str = "utf-8") -> None:
    (site.folder / "devices.csv").write_text(devices, encoding=encoding)
    (site.folder / "assets.csv").write_text(assets, encoding=encoding)


def said(estate: Estate) -> dict[str, object]:
    """Everything that an estate says of its assets, whatever the order in which they were written."""

    def value(id_: int) -> tuple[object, ...]:
        return estate.points[id_], estate.units[id_], estate.deadbands[id_], estate.fixed.get(id_)

    assets = {
        name: (
            (each.kind, each.touchpoint, each.place, each.devices, each.next_to, each.protocol),
            {point: value(id_) for point, id_ in each.ids.items()},
            [(value(point.id), point.function) for point in each.derived],
        )
        for name, each in estate.assets.items()
    }
    devices = {
        name: (each.unit, each.every, each.stale_after, dict(each.parameters), each.point_ids.keys())
        for name, each in estate.devices.items()
    }
    return {"assets": assets, "devices": devices, "on": dict(estate.device_connection)}


def test_sheets_come_to_what_yaml_comes_to(tmp_path: Path) -> None:
    plain, sheets, chinese = (Site(tmp_path / name) for name in ("plain", "sheets", "chinese"))
    for old, new in IN_YAML.items():
        plain.edit("site/site.yaml", old, new)
    put(sheets, encoding="utf-8-sig")
    devices, assets = DEVICES, ASSETS
    for old, new in CHINESE.items():
        devices, assets = devices.replace(old, new), assets.replace(old, new)
    put(chinese, devices.replace(",", "\t"), assets, "gb18030")
    assert said(sheets.load().estate) == said(plain.load().estate)
    assert said(chinese.load().estate) == said(plain.load().estate)
    assert sheets.warnings() == plain.warnings() == []


def test_a_site_may_have_all_its_assets_in_sheets(site: Site) -> None:
    text = (site.folder / "site.yaml").read_text(encoding="utf-8")
    wires, outputs = text[: text.index("devices:")], text[text.index("outputs:") :]
    (site.folder / "site.yaml").write_text(wires + outputs, encoding="utf-8")
    put(site, assets=ASSETS.replace("yard-door; ", ""))
    assert {"back-door", "side-door", "light-4f"} < site.load().estate.assets.keys()


def test_an_empty_sheet_says_nothing(site: Site) -> None:
    put(site, "", "\n,,\n")
    assert site.warnings() == []


def test_a_plain_place_and_a_place_in_one_language(site: Site) -> None:
    put(site, assets="name,kind,touchpoint,place,points\nback-door,door,unit-door,Back,closed=di-2.input1; contact-8\n")
    assert site.load().estate.assets["back-door"].place == {"zh": "Back", "en": "Back"}
    put(site, assets="name,kind,touchpoint,位置,points\nback-door,door,unit-door,后门,closed=di-2.input1\n")
    assert "assets.csv:2: place: says nothing in en" in site.warnings()


WRONG = [
    ("assets", "kind,", "kin,", 'assets.csv:1: kin: unknown column, did you mean "kind"?'),
    ("assets", "kind,", "kin,", 'assets.csv:1: kind: there is no such column, did you mean "kin"?'),
    ("assets", "facts.rated", "facts.rate", 'assets.csv:1: facts.rate: unknown column, did you mean "facts.rated"?'),
    ("assets", "facts.rated", "颜色", "assets.csv:1: 颜色: unknown column (known: commands, group, kind, name,"),
    ("assets", "next_to", "点位置", 'assets.csv:1: 点位置: unknown column, did you mean "点位"?'),
    ("assets", "facts.maker", "name", "assets.csv:1: name: is the column 'name' again"),
    ("assets", "place.zh,place.en", "facts.x,facts.y", "assets.csv:1: place: there is no such column"),
    ("assets", "place.zh", "位置", None),
    ("assets", "place.zh", "place", "assets.csv:1: place: is for every language: leave out the others, or this one"),
    ("devices", "channel,topic", "facts,facts.x", "devices.csv:1: facts.x: unknown column"),
    ("assets", "facts.maker", "", "assets.csv:4: column 10: 'Anybody' stands under no column name"),
    ("assets", "h,Anybody", "h,Anybody,more", "assets.csv:4: column 11: 'more' stands under no column name"),
    ("assets", "\nside-door", "\n", "assets.csv:3: name: is missing"),
    ("assets", "\nside-door", "\nback-door", "assets.csv:3: name: 'back-door' is already in row 2"),
    ("assets", "\nlight-4f", "\nlight-3f", "assets.csv:4: name light-3f: is already in site.yaml:25"),
    ("assets", "\nlight-4f", "\nLight 4f", "assets.csv:4: name Light 4f: 'Light 4f' is no name"),
    ("assets", "light,corridor", "lihgt,corridor", "assets.csv:4: kind: no kind 'lihgt', did you mean \"light\"?"),
    ("assets", "light,corridor", "light,", "assets.csv:4: touchpoint: is missing"),
    ("assets", "light,corridor", "light,coridor", "assets.csv:4: touchpoint: no touchpoint 'coridor'"),
    ("assets", "eml-4f", "eml-5f", "assets.csv:4: points: no device 'eml-5f', did you mean \"eml-4f\"?"),
    ("assets", "=di-2.input1", "=di-2.inptu1", "assets.csv:2: points.closed: 'di-2' has no point 'inptu1'"),
    ("assets", "closed=", "close=", 'assets.csv:2: points.close: unknown point, did you mean "closed"?'),
    ("assets", "=di-2.input1", "=di-2", "assets.csv:2: points: 'closed=di-2': write point=device.point"),
    ("assets", "released=", "closed=", "assets.csv:2: points: closed is there twice"),
    (
        "assets",
        "; side-door",
        "; sied-door",
        "assets.csv:2: next_to: no asset 'sied-door', did you mean",
    ),
    ("assets", "2027/3/31", "2027/2/30", "assets.csv:4: facts.checked_until: 2027/2/30 is no date"),
    ("assets", "2027/3/31", "31.3.2027", "assets.csv:4: facts.checked_until: 31.3.2027 is no date"),
    ("assets", "3 h", "3 min", "assets.csv:4: facts.rated: is in min, and must be in h"),
    ("assets", "eml-4f,,2027/3/31,3 h,Anybody", ",,,,", "assets.csv:4: name light-4f: has no points and no facts"),
    ("assets", "4层", "x" * 501, "assets.csv:4: place.zh: String should have at most 500 characters"),
    ("devices", "connection,", "conection,", 'connection: there is no such column, did you mean "conection"?'),
    ("devices", "stale_after", "kind", "devices.csv:1: kind: unknown column (known: allow, allow_without_timeout,"),
    ("devices", "channel,", "chanel,", 'devices.csv:1: chanel: unknown column, did you mean "channel"?'),
    ("devices", ",4,1s", ",four,1s", "devices.csv:2: unit: Input should be a valid integer"),
    ("devices", ",4,1s", ",256,1s", "devices.csv:2: unit: Input should be less than or equal to 255"),
    ("devices", ",4,1s", ",4,1", "devices.csv:2: every: '1' is no duration"),
    ("devices", "1s,5s", "5s,5s", "devices.csv:2: stale_after: is not longer than every (5 s)"),
    ("devices", "inputs,", "input,", "devices.csv:2: profile: no device profile 'input', did you mean \"inputs\"?"),
    ("devices", "plant-room", "plant", "devices.csv:2: connection: no connection 'plant'"),
    ("devices", ",12,,,3,", ",12,,,three,", "devices.csv:3: name eml-4f: parameter 'channel' of an address must be"),
    ("devices", ",12,,,3,", ",12,,,,", "devices.csv:3: name eml-4f: channel is missing: light-supply needs it"),
    ("devices", ",12,,,3,", ",12,,,3,x", "devices.csv:3: topic: unknown key"),
    ("devices", ",12,,,3,", ",,,,3,", "devices.csv:3: name eml-4f: unit is missing: on a serial line"),
    ("devices", ",4,1s", ",3,1s", "devices.csv:2: name di-2: has the same address as 'di-1': unit 3 of 'plant-room'"),
    ("devices", "\neml-4f", "\ncontact-9", "devices.csv:3: name contact-9: is already in site.yaml:12"),
    ("devices", "broker,,", '"broker,,', "devices.csv:4: no CSV: unexpected end of data"),
    ("devices", "topic\n", "topic" + ",x" * 200 + "\n", "devices.csv:1: more than 200 columns"),
]


@pytest.mark.parametrize(
    ("sheet", "old", "new", "message"), WRONG, ids=[f"{sheet} {new}"[:50].strip() for sheet, _, new, _ in WRONG]
)
def test_what_is_wrong_is_told_by_row_and_column(
    site: Site, sheet: str, old: str, new: str, message: str | None
) -> None:
    put(site)
    path = site.folder / f"{sheet}.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert old in text
    if message is None:
        assert site.load()
    else:
        assert message in "\n".join(site.problems())


def test_everything_wrong_in_all_files_is_told_at_once(site: Site) -> None:
    site.edit("site/site.yaml", "unit: 3", "unit: three")
    put(site, DEVICES.replace(",4,1s", ",four,1s"), ASSETS.replace("light,", ",").replace("=di-2.input1", "=di-2"))
    assert [problem.split(": ")[0:2] for problem in site.problems()] == [
        ["assets.csv:2", "points"],
        ["assets.csv:4", "kind"],
        ["devices.csv:2", "unit"],
        ["site.yaml:10", "devices.di-1.unit"],
    ]


def test_a_parameter_has_the_type_that_its_profile_wants(site: Site) -> None:
    site.edit("profiles/contact.yaml", "{topic: null}", "{topic: null, floor: '1'}")
    put(site, DEVICES.replace("topic\n", "topic,floor\n").replace("doors/8", "007,2"))
    assert site.load().estate.devices["contact-8"].parameters == {"topic": "007", "floor": "2"}
    put(site, DEVICES.replace("doors/8", "7"))
    assert site.load().estate.devices["contact-8"].parameters == {"topic": 7, "floor": "1"}


def test_a_column_is_not_called_unknown_while_a_profile_is(site: Site) -> None:
    put(site, DEVICES.replace("light-supply", "light-suply"))
    assert site.problems() == [
        "devices.csv:3: profile: no device profile 'light-suply', did you mean \"light-supply\"?"
    ]


def test_a_sheet_with_a_slip_in_its_name_is_noticed(site: Site) -> None:
    for name in ("asset.csv", "Devices.CSV", "readings.csv"):
        (site.folder / name).write_text("name\n", encoding="utf-8")
    assert site.warnings() == [
        'Devices.CSV: is not read, did you mean "devices.csv"?',
        'asset.csv: is not read, did you mean "assets.csv"?',
    ]


def test_how_points_are_written() -> None:
    assert points_of("di-1") == "di-1"
    assert points_of("di-1; di-2;") == ["di-1", "di-2"]
    assert points_of("closed = di-1.a ; di-2 ; shut=! di-1.b") == {
        "closed": "di-1.a",
        "shut": {"from": "di-1.b", "inverted": True},
        "also": ["di-2"],
    }
    for wrong in ("=di-1.a", "also=di-1.a", "closed=", "closed=!"):
        with pytest.raises(ValueError, match=r"write point=device\.point"):
            points_of(wrong)


def many(number: int, device: str = "unit-{}") -> tuple[str, str]:
    """As many contacts and doors, each next to the one before."""
    devices = [f"unit-{n},contact,broker,doors/{n + 100}" for n in range(number)]
    assets = [f"door-{n},door,unit-door,Door {n},{device.format(n)},door-{n - 1}" for n in range(1, number)]
    first = f"door-0,door,unit-door,Door 0,{device.format(0)},"
    return "\n".join(["name,profile,connection,topic", *devices]), "\n".join(
        ["name,kind,touchpoint,place,points,next_to", first, *assets]
    )


def test_two_thousand_of_each(site: Site) -> None:
    put(site, *many(2000))
    estate = site.load().estate
    assert len(estate.devices) == 2003
    assert estate.assets["door-1500"].next_to == ("door-1499", "door-1501")
    assert estate.assets["door-1500"].place["en"] == "Door 1500"
    assert estate.points[estate.assets["door-1999"].ids["closed"]] == "device:unit-1999/closed"
    assert estate.devices["unit-1999"].parameters == {"topic": "doors/2099"}


def test_two_thousand_errors_are_all_told_and_the_first_ones_with_a_suggestion(site: Site) -> None:
    put(site, *many(2000, "uint-{}"))
    problems = [problem for problem in site.problems() if "no device" in problem]
    assert len(problems) == 2000
    assert sum("did you mean" in problem for problem in problems) == MOST_NEAR
