"""Reads the pages of the standard, each once: one YAML per kind of asset, with its clauses; and those of the site.

Knows the form of a page; what its kinds and clauses mean is checked in ``kinds`` and ``standard``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gateway.documents import Document
from gateway.errors import DocumentError
from gateway.site.files import Findings
from gateway.standards.standard import StandardFile

NOT_PAGES = frozenset({"rows.yaml", "touchpoints.yaml", "windows.yaml"})
"""What lies beside the pages of the book and is of another form."""


@dataclass(frozen=True, slots=True)
class Page:
    """One file with what it says; ``own`` when the site wrote it."""

    document: Document
    says: StandardFile
    own: bool = False


def page_paths(book: Path) -> list[Path]:
    """The files of the book that are pages, by name."""
    return [path for path in sorted(book.glob("*.yaml")) if path.name not in NOT_PAGES]


def read_pages(book: Path, own: Sequence[Path], findings: Findings) -> list[Page]:
    """The pages of the book, then those of ``own`` that exist; one that is no page goes into ``findings``."""
    shipped = [_read(path, f"standards/book/{path.name}", findings, own=False) for path in page_paths(book)]
    sites = [_read(path, str(path), findings, own=True) for path in own if path.exists()]
    return [page for page in (*shipped, *sites) if page]


def _read(path: Path, shown_as: str, findings: Findings, own: bool) -> Page | None:
    document = findings.attempt(partial(Document, path, shown_as))
    if document is None:
        return None
    return Page(document, findings.attempt(partial(document.parse, StandardFile)) or _kinds_of(document), own)


def _kinds_of(document: Document) -> StandardFile:
    """The kinds of a page that is wrong elsewhere: a slip in a clause must not be told of every asset as well."""
    written = document.plain.get("kinds") if isinstance(document.plain, Mapping) else None
    try:
        return document.check(StandardFile, {"kinds": written or {}})
    except DocumentError:
        return StandardFile()
