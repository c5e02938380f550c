"""``touchpoint logbook``: every proof test and discharge, as a table, JSON, CSV, a page to print or a PDF.

Reads the gateway's database, whether it runs or not, and changes nothing in it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from gateway.clock import SystemClock, iso
from gateway.commands import WrongUsage
from gateway.commands.moments import moment
from gateway.commands.show import as_json, language, line, table
from gateway.errors import Refused
from gateway.estate import Estate
from gateway.logbook.book import Book
from gateway.logbook.facts import KINDS
from gateway.logbook.page import page
from gateway.logbook.printed import printed
from gateway.logbook.reading import chosen, read_book
from gateway.logbook.sheet import COLUMNS, cells
from gateway.logbook.speech import LANGUAGES, Speech, watch
from gateway.site import load_estate
from gateway.spreadsheet import as_csv
from gateway.store.log_book import Asked

FORMS = ("text", "json", "csv", "html", "pdf")
WITH_CURVES = ("json", "html", "pdf")
PRINTED = ("html", "pdf")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, as it was written; "" for anything."""

    since: str = ""
    until: str = ""
    asset: str = ""
    kind: str = ""

    def asked(self, estate: Estate, curves: bool) -> Asked:
        """As the store takes it; raises WrongUsage for what cannot be."""
        if self.kind and self.kind not in KINDS:
            raise WrongUsage(f"--kind: {self.kind!r} is none of {', '.join(KINDS)}")
        since = moment("--since", self.since, estate.timezone, -inf)
        until = moment("--until", self.until, estate.timezone, inf)
        if since > until:
            raise WrongUsage(f"--since {self.since} lies after --until {self.until}")
        return Asked(self.asset, self.kind, since, until, curves=curves)


@dataclass(frozen=True, slots=True)
class Form:
    """How it is to be told: one of ``FORMS``; in zh, en, both or (``""``) the usual language; where to."""

    name: str = "text"
    lang: str = ""
    out: Path | None = None
    font: Path | None = None
    """For a PDF; None for one that is installed."""

    def __post_init__(self) -> None:
        if self.name not in FORMS:
            raise WrongUsage(f"--format: {self.name!r} is none of {', '.join(FORMS)}")
        if self.lang and self.lang not in LANGUAGES:
            raise WrongUsage(f"--lang: {self.lang!r} is none of {', '.join(LANGUAGES)}")
        if self.name == "pdf" and self.out is None:
            raise WrongUsage("--format pdf: say with --out which file it goes to")

    @property
    def languages(self) -> Sequence[str]:
        """A page is in both languages unless asked otherwise, a table in the reader's."""
        return LANGUAGES[self.lang or ("both" if self.name in PRINTED else language())]


def show_log_book(site: Path, state: Path, wanted: Wanted, form: Form) -> None:
    """Print the log book, or write it to a file; raises Refused, after that, when its hash chain does not hold."""
    book, speech = _book(site, state, wanted, form)
    if form.out is None:
        _tell(book, speech, form)
    elif form.name == "pdf":
        form.out.write_bytes(printed(book, speech, form.font))
    else:
        with form.out.open("w", encoding="utf-8") as file, redirect_stdout(file):
            _tell(book, speech, form)
    if form.out:
        line(f"log book → {form.out}")
    if book.broken_at is not None:
        raise Refused(f"the log book was tampered with: its hash chain breaks at entry {book.broken_at}")


def _book(site: Path, state: Path, wanted: Wanted, form: Form) -> tuple[Book, Speech]:
    """What is to be told of the book, and how."""
    now = SystemClock().now()
    estate = load_estate(site, now=now)
    database = state / "gateway.db"
    if not database.is_file():
        raise WrongUsage(f"there is no database {database}: has the gateway run here? (--state says where)")
    asked = wanted.asked(estate, form.name in WITH_CURVES)
    words = chosen(wanted.since, wanted.until, wanted.asset, wanted.kind)
    book = read_book(database, estate, asked, iso(now), words)
    if not book.rows and wanted.asset and wanted.asset not in estate.assets:  # one that is gone may still be in it
        raise WrongUsage(f"--asset: neither the site nor its log book has {wanted.asset!r}")
    return book, Speech(form.languages, estate.timezone)


def _tell(book: Book, speech: Speech, form: Form) -> None:
    if form.name == "json":
        as_json(book.rows)
    elif form.name == "csv":
        sys.stdout.write(as_csv(COLUMNS, (cells(row, speech.zone) for row in book.rows)))
    elif form.name == "html":
        sys.stdout.write(page(book, speech))
    else:
        _show(book.rows, speech)


def _show(rows: Iterable[Mapping[str, Any]], speech: Speech) -> None:
    told = (
        [row["id"], speech.when(row["started_at"])[:16], row["asset"], speech.plain(row["test"]),
         watch(row["lasted_s"]) if row["lasted_s"] else "-", _result(row, speech)]
        for row in rows
    )  # fmt: skip
    table(["", "begun", "asset", "what", "proven", "result"], told, "the log book has no such entry")


def _result(row: Mapping[str, Any], speech: Speech) -> str:
    found = f": {speech.plain(row['reason'])}" if row["finding"] else ""
    return f"{speech.plain(row['result'])}{found}{_ticket(row['ticket'], speech)}"


def _ticket(ticket: Mapping[str, Any] | None, speech: Speech) -> str:
    if ticket is None:
        return ""
    end = speech.when(ticket["cleared_at"])[:16] if ticket["cleared_at"] else ""
    cleared = {"zh": f"已消除 {end}", "en": f"cleared {end}"} if end else {"zh": "未消除", "en": "not cleared"}
    named = {"zh": f"工单 {ticket['id']}", "en": f"ticket {ticket['id']}"}
    by = f" {ticket['cleared_by']}" if ticket["cleared_by"] else ""
    return f"; {speech.plain(named)} {speech.plain(cleared)}{by}"
