"""Which font a PDF gets: the one that is named, else the best that is installed, else words on what to install."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import Refused
from gateway.logbook.fonts import DEBIAN, Font, find


def test_the_first_that_is_there_is_taken(tmp_path: Path) -> None:
    known = [Font(tmp_path / "best.ttc", 2), Font(tmp_path / "good.ttc")]
    known[1].path.touch()
    assert find(known=known) == known[1]
    known[0].path.touch()
    assert find(known=known) == known[0]


def test_none_at_all_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"apt-get install fonts-wqy-microhei .*fonts-noto-cjk"):
        find(known=[Font(tmp_path / "none.ttc")])


def test_a_named_one_wins_and_has_its_face_by_its_name(tmp_path: Path) -> None:
    for name, face in (("NotoSansCJK-Regular.ttc", 2), ("other.ttf", 0)):
        (tmp_path / name).write_bytes(b"ttcf")
        assert find(tmp_path / name, DEBIAN) == Font(tmp_path / name, face)
    with pytest.raises(Refused, match="no such font"):
        find(tmp_path / "gone.ttf")
    (tmp_path / "text.ttf").write_text("text", encoding="utf-8")
    with pytest.raises(Refused, match="is no font"):
        find(tmp_path / "text.ttf")
