"""The site folder: reads all its files with what is shipped, checks them against each other, and makes an Estate.

Everything that is wrong in any file is told at once. Touches no network.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from gateway.data import Shipped, shipped, starter_site
from gateway.documents import Document, suggest
from gateway.errors import Problem, Refused
from gateway.estate import Estate
from gateway.site.estate import Builder
from gateway.site.files import Findings, SiteFile
from gateway.site.kinds import read_vocabulary
from gateway.site.pages import read_pages
from gateway.site.sheets import SHEETS, SiteDocument, read_sheets
from gateway.site.standard import check_clauses, read_clauses, warn_unanswerable
from gateway.site.windows import WINDOWS, check_windows
from gateway.site.wires import Endpoints, Profiles

FILES = ("site.yaml", "standards.yaml", "kinds.yaml", "windows.yaml", "standards.test.yaml")
ALMOST = 0.9


@dataclass(frozen=True, slots=True)
class Loaded:
    """A site that can run, and what is doubtful about it."""

    estate: Estate
    warnings: tuple[Problem, ...]


def load_estate(folder: Path, *, endpoints: Endpoints | None = None, now: float | None = None) -> Estate:
    """The site in ``folder``, ready to run; raises DocumentError with everything wrong in all its files.

    ``endpoints`` gives connections, by name, another host and port. ``now`` (seconds since 1970) ends adjustments of
    the standard whose last day is over; without it they all count.
    """
    return load_site(folder, endpoints=endpoints, now=now).estate


def load_site(
    folder: Path,
    *,
    endpoints: Endpoints | None = None,
    now: float | None = None,
    data: Shipped | None = None,
    standard: Path | None = None,
) -> Loaded:
    """As ``load_estate``, with the warnings; ``data`` stands in for the shipped book and profiles.

    ``standard`` is read instead of the site's own standards.yaml.
    """
    return _Load(folder, data or shipped(), endpoints or {}, now, standard or folder / "standards.yaml").run()


@dataclass(slots=True)
class _Load:
    """One load: where its files are, and what was found so far."""

    folder: Path
    data: Shipped
    endpoints: Endpoints
    now: float | None
    standard: Path
    findings: Findings = field(default_factory=Findings)

    def run(self) -> Loaded:
        pages = read_pages(self.data.book, (self.folder / "kinds.yaml", self.standard), self.findings)
        vocabulary = read_vocabulary(self.data.book, pages, self.findings, self.folder / WINDOWS)
        profiles = Profiles.of(self.folder, self.data, self.findings)
        sheets = read_sheets(self.folder, profiles, vocabulary, self.findings)
        document = self.findings.attempt(lambda: SiteDocument(self.folder / "site.yaml"))
        site = self.findings.attempt(lambda: document.parse(SiteFile)) if document else None
        zone = self._zone(document, site) if document and site else ZoneInfo("UTC")
        clauses = read_clauses(pages, self.findings, self._today(zone))
        check_clauses(clauses, vocabulary, self.findings)
        estate = None
        if document and site and sheets is not None:
            whole = document.joined(site, sheets, self.findings)
            builder = Builder(document, whole, zone, vocabulary, self.findings)
            check_windows(vocabulary.windows, builder.almanac, self.now, self.findings)
            estate = builder.build(profiles, clauses, self.endpoints)
        estate = self.findings.settle(estate)
        warn_unanswerable(clauses, estate.assets, self.findings)
        self._warn_unread()
        return Loaded(estate, tuple(sorted(set(self.findings.warnings))))

    def _today(self, zone: ZoneInfo) -> date | None:
        return None if self.now is None else datetime.fromtimestamp(self.now, zone).date()

    def _zone(self, document: Document, site: SiteFile) -> ZoneInfo:
        try:
            return ZoneInfo(site.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            near = suggest(site.timezone, available_timezones())
            self.findings.wrong(document, ("timezone",), f"no time zone {site.timezone!r}{near}")
            return ZoneInfo("UTC")

    def _warn_unread(self) -> None:
        """A file with a slip in its name would be left out without a word."""
        for path in sorted((*self.folder.glob("*.y*ml"), *(self.folder / "device_profiles").glob("*.yml"))):
            if path.name not in FILES:
                hint = suggest(path.name, FILES) if path.parent == self.folder else ": profiles end in .yaml"
                self.findings.warnings.append(Problem(str(path), 0, "", f"is not read{hint}"))
        # Any other CSV file may be for something else: only what looks like a slip is told.
        for path in self.folder.glob("*.[cC][sS][vV]"):
            for near in get_close_matches(path.name.lower(), SHEETS.keys() - {path.name}, n=1, cutoff=ALMOST):
                message = f'is not read, did you mean "{near}"?'
                self.findings.warnings.append(Problem(str(path), 0, "", message))


def write_starter(folder: Path) -> None:
    """Write the commented starter site into ``folder``; raises Refused when something is already there."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is not empty: give a new folder")
    shutil.copytree(starter_site(), folder, dirs_exist_ok=True)
