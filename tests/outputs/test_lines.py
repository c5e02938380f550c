"""Line protocol to the letter: tags escaped, one type a field, no strings, the source's time."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.changes import Changes, HistoryBlock, StatePoint
from gateway.model import BadReading, Reading
from gateway.outputs.lines import QUALITIES, Lines, escaped, heads_of
from gateway.recordings.line_protocol import parse
from gateway.spooled import codes, pack, unpack
from tests.api.serving import small_site

AT = 1_767_225_600.1234
SITE = small_site()
ROWS = [1000 + number for number in range(len(SITE.points))]
"""The store has rows of its own."""


def written(*readings: tuple[str, Reading], precision: str = "ms") -> list[str]:
    """The lines of readings, by the point's name, on their way through a spool."""
    block = HistoryBlock(AT, [SITE.points.index(name) for name, _ in readings], [value for _, value in readings])
    rows = [row.body for row in pack(ROWS, Changes(history=[block]))]
    return [*Lines("test-site", heads_of(SITE, ROWS), {}, precision).of(rows)]


VOLTS = "light-3f-device/battery_voltage"
START = r"touchpoint_reading,asset=light-3f,device=light-3f-device,point=battery_voltage,site=test-site,unit=1 "


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (12.6, "value=12.6,quality=0i"),
        (12, "value=12.0,quality=0i"),
        (-1e-7, "value=-1e-07,quality=0i"),
        (2**70, "value=1.1805916207174113e+21,quality=0i"),
        (True, "state=1i,quality=0i"),
        (False, "state=0i,quality=0i"),
        (nan, "quality=2i"),
        (inf, "quality=2i"),
        ("no such word", "quality=2i"),
        (BadReading("stale"), "quality=4i"),
        (BadReading("no-answer", "3 polls"), "quality=5i"),
        (BadReading("something new"), "quality=1i"),
    ],
)
def test_a_number_is_a_float_and_a_state_an_integer_and_nothing_a_string(value: Reading, fields: str) -> None:
    assert written((VOLTS, value)) == [f"{START}{fields} 1767225600123"]


@pytest.mark.parametrize(
    ("precision", "stamp"),
    [("s", "1767225600"), ("ms", "1767225600123"), ("us", "1767225600123400"), ("ns", "1767225600123400")],
)
def test_timestamps_have_the_precision_asked_for(precision: str, stamp: str) -> None:
    (line,) = written((VOLTS, 1.0), precision=precision)
    told = line.rpartition(" ")[2]
    assert told.startswith(stamp[:13])
    assert len(told) == {"s": 10, "ms": 13, "us": 16, "ns": 19}[precision]


def test_what_a_device_and_a_line_tell_has_its_asset_too() -> None:
    assert written(("device/light-3f-device/answers", True), ("connection/line/answers", False)) == [
        r"touchpoint_reading,asset=device/light-3f-device,point=answers,site=test-site,unit=1 state=1i,quality=0i"
        " 1767225600123",
        r"touchpoint_reading,asset=connection/line,point=answers,site=test-site,unit=1 state=0i,quality=0i"
        " 1767225600123",
    ]


def test_a_point_that_two_assets_share_is_told_of_each_and_one_of_none_by_its_device() -> None:
    lamps = {name: replace(SITE.assets["light-3f"], name=name) for name in ("light-3f", "light-4f")}
    points = [*SITE.points, "light-3f-device/spare"]
    device = SITE.devices["light-3f-device"]
    wired = {device.name: replace(device, point_ids={**device.point_ids, "spare": len(SITE.points)})}
    site = replace(SITE, assets={**SITE.assets, **lamps}, points=points, units=["V"] * len(points), devices=wired)
    heads = heads_of(site, range(len(points)))
    assert [head.split(",")[1] for head, _ in heads[points.index(VOLTS)]] == ["asset=light-3f", "asset=light-4f"]
    assert [head for head, _ in heads[len(points) - 1]] == [
        "touchpoint_reading,device=light-3f-device,point=spare,site=test-site,unit=V"
    ]


def test_a_word_is_told_by_the_number_that_the_device_has_for_it() -> None:
    assert codes({0: "resting", 7: "lit", 8: "resting"}) == {"resting": 0, "lit": 7}
    assert codes({"ON": "lit", "OFF": "dark"}) == {"lit": 0, "dark": 1}
    told = Changes(history=[HistoryBlock(AT, [0, 1], ["lit", "dark"])])
    lines = Lines("s", {9: [("m", {"lit": 7})], 10: [("m", {})]}, {}, "s")
    body = [row.body for row in pack([9, 10], told)]
    assert [line.split(" ")[1] for line in lines.of(body)] == ["state=7i,quality=0i", "quality=2i"]


def test_states_and_points_that_are_gone_from_the_files() -> None:
    told = Changes(
        history=[HistoryBlock(AT, [0], [True])],
        states=[StatePoint(AT, "touchpoint_verdict", {"asset": "a b", "clause": "c,d=e"}, {"outcome": 2, "old": 0})],
    )
    body = [row.body for row in pack([5], told)]
    assert [*Lines("s", {}, {5: "old-lamp/lit"}).of(body)] == [
        "touchpoint_reading,point=old-lamp/lit,site=s,unit=1 state=1i,quality=0i 1767225600123",
        r"touchpoint_verdict,asset=a\ b,clause=c\,d\=e,site=s outcome=2i,old=0i 1767225600123",
    ]


def test_damage_in_one_row_costs_that_row(caplog: pytest.LogCaptureFixture) -> None:
    good = [row.body for row in pack([5], Changes(history=[HistoryBlock(AT, [0], [1.0])]))]
    lines = [*Lines("s", {}, {}).of([b"damaged", *good])]
    assert len(lines) == 1
    assert "are damaged, and lost" in caplog.text


@given(st.text(max_size=20))
def test_whatever_a_tag_says_the_line_is_one_line_and_reads_back(text: str) -> None:
    assert escaped(text)
    line = f"m,asset={escaped(text)},point=p value=1.5 1767225600000000000"
    assert "\n" not in line
    _, (field,) = parse(line)
    assert (field.name.endswith(".p"), field.value, field.quoted) == (True, "1.5", False)


def test_a_quality_stands_for_one_reason() -> None:
    assert len(set(QUALITIES.values())) == len(QUALITIES)
    assert min(QUALITIES.values()) > 1


def test_large_ticks_are_cut_so_that_little_is_dropped_at_once() -> None:
    told = Changes(history=[HistoryBlock(AT + n, range(100), [float(n)] * 100) for n in range(12)])
    rows = [*pack(range(100), told)]
    assert [row.readings for row in rows] == [500, 500, 200]
    assert [at for row in rows for at, _, _ in unpack(row.body).blocks] == [AT + n for n in range(12)]
    assert rows[0].at == AT + 4
    assert [*pack([], Changes())] == []
