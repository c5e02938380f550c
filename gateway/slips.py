"""What a person most likely did who wrote what is no YAML, in words to act on. Knows libyaml's words alone."""

from __future__ import annotations

import re
import unicodedata

PLAIN = {
    "could not find expected ':'": "is no key with a value: write a colon and a space after the key",
    "mapping values are not allowed in this context": (
        "has a ': ' where no key can stand: is it indented as its neighbours, has the key above its ': ',"
        " and is text with ': ' in it in quotes?"
    ),
    "found unexpected end of stream": "a quote that is opened here is not closed",
    "did not find expected key": "does not go on with what is above: is it indented as its neighbours?",
    "did not find expected '-' indicator": "does not go on with what is above: is it indented as its neighbours?",
    "did not find expected alphabetic or numeric character": "text that begins with * or & has to be in quotes",
    "found character that cannot start any token": "text cannot begin with this character: put it in quotes",
}
BEGINS = ("could not find expected ':'", "found unexpected end of stream")
"""What is wrong where it begins, not where that is noticed."""
_WIDE = re.compile("[：，｛｝［］【】＃、。“”‘’－]")
_OTHER = {"【": "[", "】": "]", "、": ",", "。": ".", "“": '"', "”": '"', "‘": "'", "’": "'"}
_COMMENT = re.compile(r"(^|\s)#.*")


def in_plain_words(text: str, says: str, begun: int, noticed: int) -> tuple[int, str]:
    """The line that is wrong and what is wrong with it, of ``text`` in which libyaml ``says`` so.

    Its complaint was ``noticed`` in one line, about something ``begun`` in another; lines count from 1.
    """
    line = begun if says in BEGINS else noticed
    message = PLAIN.get(says, says)
    if says.startswith("did not find expected") and message == says and begun < noticed:
        message = f"{says}, to end what begins in line {begun}"
    lines = text.splitlines()
    for near in sorted({line, noticed - 1, noticed}):
        written = _COMMENT.sub("", lines[near - 1]) if 0 < near <= len(lines) else ""
        if indent := _indent(written):
            return near, indent
        if wide := _WIDE.search(written):
            meant = _OTHER.get(wide[0]) or unicodedata.normalize("NFKC", wide[0])
            return (
                line,
                f"{message} (line {near} has a full-width {wide[0]}, which is a letter here: is {meant} meant?)",
            )
    return line, message


def _indent(written: str) -> str:
    """Why the line is not indented, "" when it is: the eye takes these for spaces."""
    indent = written[: len(written) - len(written.lstrip())]
    if "\t" in indent:
        return "begins with a tab: indent with spaces"
    return "begins with a wide or fixed space: indent with plain ones" if indent.strip(" ") else ""
