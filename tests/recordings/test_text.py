"""CSV and line protocol as recordings: every garbage row is told with its line, nothing is half-read."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import DocumentError
from gateway.model import BadReading
from gateway.recordings import open_recording
from gateway.recordings.recording import Row
from gateway.recordings.text import LONGEST_LINE, MOST_PROBLEMS, read_time
from tests.sites import Site

T = 1_767_268_800.0


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def rows_of(site: Site, text: str | bytes, name: str = "r.csv") -> list[Row]:
    path = site.folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    recording = open_recording(path, site.load().estate)
    return list(recording.rows(recording.first, recording.last))


def named(site: Site, text: str | bytes, name: str = "r.csv") -> list[tuple[float, str, object]]:
    points = site.load().estate.points
    return [(row.at - T, points[row.point], row.reading) for row in rows_of(site, text, name)]


def wrong(site: Site, text: str | bytes, name: str = "r.csv") -> list[str]:
    with pytest.raises(DocumentError) as caught:
        rows_of(site, text, name)
    return [str(each).partition(name)[2] for each in caught.value.problems]


def test_points_have_the_names_that_people_use(site: Site) -> None:
    text = f"""\
at,point,value
{T},lobby-door.closed,true
2026-01-01T20:00:01+08:00,lobby-door.released,1
2026-01-01T12:00:02.5Z,eml-3f:battery_voltage,12.4
{T + 3},device:eml-3f/battery_voltage,13
{T + 4},eml-3f:answers,false
{T + 5},connection/plant-room/answers,FALSE
{T + 6},light-3f.state,lit
{T + 7},light-3f.battery_voltage,
"""
    assert named(site, text) == [
        (0.0, "device:di-1/input1", True),
        (1.0, "device:di-1/input2", False),
        (2.5, "device:eml-3f/battery_voltage", 12.4),
        (3.0, "device:eml-3f/battery_voltage", 13.0),
        (4.0, "device/eml-3f/answers", False),
        (5.0, "connection/plant-room/answers", False),
        (6.0, "device:eml-3f/state", "lit"),
        (7.0, "device:eml-3f/battery_voltage", BadReading("no-value", "in the recording")),
    ]


def test_every_garbage_row_is_told_with_its_line(site: Site) -> None:
    text = f"""\
value,note,at,point
12,x,noon,light-3f.battery_voltage
12,x,2026-01-01T12:00:00,light-3f.battery_voltage
12,x,{T * 1000},light-3f.battery_voltage
12 V,x,{T},light-3f.battery_voltage
nan,x,{T},light-3f.battery_voltage
1_2,x,{T},light-3f.battery_voltage

maybe,x,{T},lobby-door.closed
lid,x,{T},light-3f.state
1,x,{T},lobby-dor.closed
5,x,{T},lobby-door.held_open_time
5,x,{T},light-3f.rated
5,x,{T}
5,"x"y,{T},light-3f.battery_voltage
5,x,{T},light-3f.battery_voltage
"""
    told = wrong(site, text)
    assert [line.split(":")[1] for line in told] == [str(n) for n in (2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15)]
    for line, words in zip(told, (
        "'noon' is no time", "does not say which time zone", "a plain number is in seconds", "'12 V' is no number",
        "'nan' is no number", "'1_2' is no number", "neither true nor false", 'did you mean "lit"',
        'did you mean "lobby-door.closed"', "is computed", "is a fact", "has 3 columns instead of 4", "expected after",
    ), strict=True):  # fmt: skip
        assert words in line


def test_a_file_that_is_none_is_refused(site: Site) -> None:
    assert wrong(site, "") == [": has no readings"]
    missing = ":1: the first line must name the columns at, point, value; value is missing"
    assert wrong(site, "at,point\n1,2\n") == [missing]
    assert "is not UTF-8" in wrong(site, b"at,point,value\n\xff\xfe,1,2\n")[-1]
    assert "longer than" in wrong(site, "at,point,value\n" + "x" * LONGEST_LINE)[-1]
    with pytest.raises(DocumentError, match="No such file"):
        open_recording(site.folder / "none.lp", site.load().estate)
    many = wrong(site, "at,point,value\n" + "x,y,z\n" * 250)
    assert len(many) == MOST_PROBLEMS + 1
    assert many[0].endswith("250 lines are wrong; here are the first")


def test_what_is_not_plausible_is_a_bad_reading(site: Site) -> None:
    site.edit("profiles/light-supply.yaml", "scale: 0.001, unit: V", "scale: 0.001, unit: V, plausible: [0, 20]")
    ((_, _, reading),) = named(site, f"at,point,value\n{T},eml-3f:battery_voltage,99\n")
    assert reading == BadReading("out-of-range", "99")


def test_rows_out_of_order_are_sorted(site: Site) -> None:
    lines = [f"{T + at},eml-3f:battery_voltage,{at}" for at in (3, 1, 2, 1)]
    told = named(site, "\ufeffAt,Point,Value\r\n" + "\r\n".join(lines))
    assert [at for at, _, _ in told] == [1, 1, 2, 3]


def test_line_protocol_is_known_by_its_content(site: Site) -> None:
    text = f"""\
# exported
light-3f battery_voltage=12.5,mains_present=t,state="lit" {T:.0f}000000000

readings,asset=lobby-door,point=closed value=false {T:.0f}500000000
"""
    assert named(site, text, "export") == [
        (0.0, "device:eml-3f/battery_voltage", 12.5),
        (0.0, "device:eml-3f/mains_present", True),
        (0.0, "device:eml-3f/state", "lit"),
        (0.5, "device:di-1/input1", False),
    ]
    told = wrong(site, f'light-3f battery_voltage="12" {T:.0f}000000000\nlight-3f battery_voltage=12 5\nx\n', "export")
    assert "is a number, and '12' is text" in told[0]
    assert "line protocol has nanoseconds" in told[1]
    assert "is no line protocol" in told[2]


def test_csv_is_known_by_its_content_too(site: Site) -> None:
    assert len(named(site, f"at,point,value\n{T},eml-3f:battery_voltage,12\n", "export.txt")) == 1


def test_a_part_is_read_between_its_times(site: Site) -> None:
    path = site.folder / "r.csv"
    path.write_text("at,point,value\n" + "".join(f"{T + at},eml-3f:battery_voltage,1\n" for at in range(9)))
    recording = open_recording(path, site.load().estate)
    assert [row.at - T for row in recording.rows(T + 2, T + 4)] == [2, 3, 4]
    assert (recording.count(T, T + 8), recording.count(T + 1, T + 8)) == (9, 0)
    path.write_text("gone")
    with pytest.raises(DocumentError):
        list(recording.rows(T, T + 8))


def test_times_are_rfc_3339_or_unix() -> None:
    assert (
        read_time("1767268800.25") == read_time("2026-01-01T12:00:00.25Z") == read_time("2026-01-01T20:00:00.25+08:00")
    )
    for text in ("1999-12-31T23:59:59Z", "inf", "nan", "9e9", "2026-01-01", ""):
        with pytest.raises(ValueError, match=r"1970|no time|which time zone"):
            read_time(text)
