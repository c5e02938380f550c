"""CSV as spreadsheet programs write it: encodings, delimiters, quotes, line ends, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.errors import DocumentError
from gateway.site.cells import LARGEST, LONGEST_CELL, MOST_ROWS, Row, read_rows

TEXT = "名称,位置\r\nlight-1,3号楼大堂\r\n"
ROWS = [Row(1, ["名称", "位置"]), Row(2, ["light-1", "3号楼大堂"])]


def rows(folder: Path, content: bytes) -> list[Row]:
    path = folder / "a.csv"
    path.write_bytes(content)
    return read_rows(path, "a.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_every_program_is_read_alike(tmp_path: Path, encoding: str, delimiter: str, line_end: str) -> None:
    text = TEXT.replace(",", delimiter).replace("\r\n", line_end)
    assert rows(tmp_path, text.encode(encoding)) == ROWS


def test_quotes_keep_delimiters_line_ends_and_quotes(tmp_path: Path) -> None:
    content = b'name,place\n"a;b","Building 3, ""floor"" 4\nback"\nc,d\n'
    assert rows(tmp_path, content) == [
        Row(1, ["name", "place"]),
        Row(2, ["a;b", 'Building 3, "floor" 4\nback']),
        Row(3, ["c", "d"]),
    ]


def test_empty_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    assert rows(tmp_path, b"\n,,\n name ,\t kind\n ; ,\n\nlight-1,light\n") == [
        Row(3, ["name", "kind"]),
        Row(4, [";", ""]),
        Row(6, ["light-1", "light"]),
    ]
    assert rows(tmp_path, b"") == rows(tmp_path, b"\xef\xbb\xbf") == rows(tmp_path, b",,\n\n") == []


def test_the_delimiter_is_that_of_the_first_row_with_words(tmp_path: Path) -> None:
    assert rows(tmp_path, b";;\nname;place\na;b,c\n")[0] == Row(2, ["name", "place"])
    assert rows(tmp_path, b'"name";"place"\n')[0].cells == ["name", "place"]
    assert rows(tmp_path, b"name\na\n")[1].cells == ["a"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name\na\nb\0\n", "a.csv:3: has a NUL in it: save it as CSV in UTF-8"),
        ("name\n名\n".encode("utf-16"), "a.csv:1: has a NUL in it: save it as CSV in UTF-8"),
        (b"name\n\x1b[2Ja\n", "a.csv:2: has the control character '\\x1b' in it"),
        (b"name\na\xff\xff\n", "a.csv:2: neither UTF-8 nor GB18030: save it as CSV in UTF-8"),
        (b"\xef\xbb\xbfname\n" + "名".encode("gb18030"), "a.csv:2: not UTF-8 at byte 8"),
        ("name\n三号楼三层走廊\n楼".encode()[:-1], "a.csv:3: not UTF-8 at byte 27"),
        (b'name\n"a\nb\nc\n', "a.csv:2: no CSV: unexpected end of data"),
        (b'name\n"a"b\n', "a.csv:2: no CSV: ',' expected after '\"'"),
        (b"name\n" + b"x" * (LONGEST_CELL + 1), f"a.csv:2: a cell has more than {LONGEST_CELL} characters"),
        (b'name\n"' + b"x\n" * 100_000, "a.csv:2: no CSV: field larger than field limit"),
        (b"n\n" * (MOST_ROWS + 1), f"a.csv:{MOST_ROWS + 1}: more than {MOST_ROWS} rows"),
        (b"n" * (LARGEST + 1), "a.csv: larger than 16 MiB"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        rows(tmp_path, content)
    assert str(caught.value).startswith(message)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"^a\.csv: Is a directory$"):
        read_rows(tmp_path, "a.csv")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DocumentError, match=r"^a\.csv: is no regular file$"):
        read_rows(tmp_path / "pipe", "a.csv")


def test_the_longest_cell_is_still_one(tmp_path: Path) -> None:
    assert len(rows(tmp_path, b"x" * LONGEST_CELL)[0].cells[0]) == LONGEST_CELL
