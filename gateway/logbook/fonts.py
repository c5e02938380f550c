"""Finds a font with Chinese characters on this machine; a PDF carries those of its characters that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gateway.errors import Refused


class Font(NamedTuple):
    """A font's file, and which of the faces in it."""

    path: Path
    face: int = 0


BEGINNINGS = (b"\0\1\0\0", b"true", b"OTTO", b"ttcf")
"""What the files begin with that can be used."""
SHARE = Path("/usr/share/fonts")
DEBIAN: Sequence[Font] = (
    Font(SHARE / "opentype/noto/NotoSansCJK-Regular.ttc", 2),
    Font(SHARE / "truetype/wqy/wqy-microhei.ttc"),
    Font(SHARE / "truetype/wqy/wqy-zenhei.ttc"),
)
"""Where Debian has fonts with both Chinese and Latin characters, the best first; the third of Noto's is for China."""
MISSING = (
    "a PDF needs a font with Chinese characters, and none is installed: apt-get install fonts-wqy-microhei"
    " (small) or fonts-noto-cjk"
)


def find(named: Path | None = None, known: Sequence[Font] = DEBIAN) -> Font:
    """The font that is named, else the first of those known; raises Refused where there is none, or it is none."""
    if named is not None:
        if not named.is_file():
            raise Refused(f"{named}: there is no such font")
        with named.open("rb") as file:
            if file.read(4) not in BEGINNINGS:
                raise Refused(f"{named}: is no font (TrueType, OpenType, or a collection of those)")
        return Font(named, next((each.face for each in known if each.path.name == named.name), 0))
    found = next((each for each in known if each.path.is_file()), None)
    if found is None:
        raise Refused(MISSING)
    return found
