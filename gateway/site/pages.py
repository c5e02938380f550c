"""Reads the pages of the standard, each once: one YAML per kind of asset, with its clauses; and those of the site.

Knows the form of a page; what its kinds and clauses mean is checked in ``kinds`` and ``standard``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
    known = {name for page in shipped if page for name in page.says.clauses}
    sites = [_read(path, str(path), findings, own=True, known=known) for path in own if path.exists()]
    return [page for page in (*shipped, *sites) if page]


def _read(path: Path, shown_as: str, findings: Findings, own: bool, known: Collection[str] = ()) -> Page | None:
    document = findings.attempt(partial(Document, path, shown_as))
    if document is None:
        return None
    says = findings.attempt(lambda: document.check(StandardFile, _without(known, document, findings)))
    return Page(document, says or _kinds_of(document), own)


def _without(known: Collection[str], document: Document, findings: Findings) -> object:
    """What is written, without clauses under a shipped one's name: of those only that is told, not what they lack."""
    written = document.plain if document.plain is not None else {}
    clauses = written.get("clauses") if isinstance(written, Mapping) else None
    if not isinstance(clauses, Mapping):
        return written
    for name in clauses.keys() & set(known):
        hint = "change it under adjust, or give your own another name"
        findings.wrong(document, ("clauses", name), f"is already in the shipped standard: {hint}")
    return {**written, "clauses": {name: each for name, each in clauses.items() if name not in known}}


def _kinds_of(document: Document) -> StandardFile:
    """The kinds of a page that is wrong elsewhere: a slip in a clause must not be told of every asset as well."""
    written = document.plain.get("kinds") if isinstance(document.plain, Mapping) else None
    try:
        return document.check(StandardFile, {"kinds": written or {}})
    except DocumentError:
        return StandardFile()
