"""Reads the windows of a site, the shipped ones with what the site's windows.yaml adds and changes, and checks them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.assets.windows import Almanac
from gateway.documents import Document, Strict
from gateway.kinds import SITE, Kind
from gateway.site.files import Findings, Slug
from gateway.standards.standard import Clause
from gateway.standards.windows import DAY, Window, site_points

WINDOWS = "windows.yaml"
NEW_YEAR = 1_798_761_600.0
"""1 January 2027: where a check that is not told the time begins to look for openings."""


class WindowsFile(Strict):
    """windows.yaml as a whole: the book's, or the site's."""

    windows: Mapping[Slug, Window] = {}


@dataclass(slots=True)
class Windows:
    """Every window by name, and the file in which it, or what the site made of it, is written."""

    windows: dict[str, Window] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)


def read_windows(book: Path, own: Path | None, findings: Findings) -> Windows:
    """The windows of the book, then those of ``own``; one of the same name takes the place of the shipped one."""
    found = Windows()
    for path, shown_as in ((book / WINDOWS, f"standards/book/{WINDOWS}"), (own, str(own))):
        if path and path.exists():
            _read(path, shown_as, found, findings)
    return found


def _read(path: Path, shown_as: str, found: Windows, findings: Findings) -> None:
    document = findings.attempt(lambda: Document(path, shown_as))
    says = findings.attempt(lambda: document.parse(WindowsFile)) if document else None
    if document and says:
        for name, window in says.windows.items():
            _add(name, window, document, found, findings)


def _add(name: str, window: Window, document: Document, found: Windows, findings: Findings) -> None:
    shipped = found.windows.get(name)
    if name == DAY:
        findings.wrong(document, ("windows", name), "is what the day's number is called: give the window another name")
    elif shipped is None and not window.title:
        findings.wrong(document, ("windows", name), "title is missing: say what people call it")
    else:
        title = window.title or (shipped.title if shipped else {})
        found.windows[name] = window.model_copy(update={"title": title})
        found.documents[name] = document


def with_site(kind: Kind, windows: Mapping[str, Window]) -> Kind:
    """The kind as clauses and derived points see it: its assets can use what the site itself tells."""
    return kind.model_copy(update={"points": {**kind.points, **site_points(windows)}})


def used(kind: Kind, clauses: Iterable[Clause]) -> set[str]:
    """Which of the site's points the kind's own points, and these clauses on it, are made from."""
    names = {source for made in kind.derived.values() for source in made.inputs.values()}
    for clause in clauses:
        names |= {*clause.require.points, *clause.tells, *(clause.only_while.points if clause.only_while else ())}
    return {name for name in names if name.startswith(SITE)}


def check_windows(found: Windows, almanac: Almanac, now: float | None, findings: Findings) -> None:
    """Each window that can be told at all must open and close within a year or so."""
    for name in filter(almanac.tells, found.windows):
        never = almanac.never(name, NEW_YEAR if now is None else now)
        if never:
            findings.wrong(found.documents[name], ("windows", name), f"never {never} in more than a year")


def tellable(almanac: Almanac) -> Iterator[str]:
    """The names of the site's points that can be told at this site: the times of the sun need its place."""
    return (SITE + name for name in (DAY, *almanac.windows) if almanac.tells(name))
