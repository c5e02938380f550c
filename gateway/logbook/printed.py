"""The log book as a PDF where that can be made: fpdf2 is an extra, and so is a font with Chinese characters."""

from __future__ import annotations

from pathlib import Path

from gateway.errors import Refused
from gateway.logbook.book import Book
from gateway.logbook.fonts import find
from gateway.logbook.speech import Speech

NEEDED = ("fpdf", "fontTools")


def printed(book: Book, speech: Speech, font: Path | None = None) -> bytes:
    """The PDF; ``font``: its file, None for one that is installed. Raises Refused with what is to be installed."""
    try:
        from gateway.logbook.pdf import pdf  # noqa: PLC0415 - only who wants a PDF needs what makes one
    except ModuleNotFoundError as error:
        if error.name not in NEEDED:
            raise
        raise Refused("a PDF needs the extra pdf: pip install 'touchpoint-gateway[pdf]'") from error
    return pdf(book, speech, find(font))
