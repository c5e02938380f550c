"""``touchpoint test``: tries the standard's examples, the shipped ones and the site's own; touches no network."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.commands import DOES_NOT_HOLD, DONE
from gateway.commands.show import as_json as print_json
from gateway.commands.show import line
from gateway.data import shipped
from gateway.documents import SECONDS
from gateway.estate import Estate
from gateway.model import BadReading, Reading
from gateway.site import load_estate
from gateway.site.files import Findings
from gateway.site.kinds import read_vocabulary
from gateway.site.pages import read_pages
from gateway.site.standard import read_clauses
from gateway.standards.windows import Location
from gateway.trial import Book, Case, Failure, read_examples, try_case

EXAMPLES = "examples"
OWN = "standards.test.yaml"
SHANGHAI, IN_SHANGHAI = ZoneInfo("Asia/Shanghai"), Location(latitude=31.2, longitude=121.5)
"""Where the shipped examples are told."""
PASSED, FAILED, NOT_APPLICABLE = "passed", "failed", "not applicable"


def try_standard(site: Path | None, as_json: bool) -> int:
    """Try every example and print what came of it; the exit status says whether all came true."""
    told = [_tell(*each) for each in _tried(site)]
    counts = {state: sum(1 for each in told if each["state"] == state) for state in (PASSED, FAILED, NOT_APPLICABLE)}
    if as_json:
        print_json({"ok": not counts[FAILED], "counts": counts, "examples": told})
    else:
        _show(told, counts)
    return DOES_NOT_HOLD if counts[FAILED] else DONE


def shipped_book(findings: Findings) -> Book:
    """The book as it is shipped, at the place for which its examples are written."""
    book = shipped().book
    pages = read_pages(book, (), findings)
    vocabulary = read_vocabulary(book, pages, findings)
    clauses = read_clauses(pages, findings, None)
    return Book(clauses.standard().clauses, vocabulary.kinds, SHANGHAI, vocabulary.windows.windows, IN_SHANGHAI)


def shipped_examples(book: Book, findings: Findings) -> list[Case]:
    """The examples that are shipped beside the book."""
    paths = sorted((shipped().book / EXAMPLES).glob("*.test.yaml"))
    return [
        case for path in paths for case in read_examples(path, book, findings, f"standards/book/{EXAMPLES}/{path.name}")
    ]


def own_examples(site: Path, estate: Estate, findings: Findings) -> tuple[Book, list[Case]]:
    """The site's own examples, none where it has no such file; and what they are tried on: what is in force there."""
    book = Book(estate.standard.clauses, estate.kinds, estate.timezone, estate.windows, estate.location)
    return book, read_examples(site / OWN, book, findings) if (site / OWN).exists() else []


def _tried(site: Path | None) -> list[tuple[Case, str, list[Failure]]]:
    """Each example, why it does not apply ("" when it does), and where it failed."""
    estate = load_estate(site) if site else None
    findings = Findings()
    pristine = book = shipped_book(findings)
    cases = [(case, _why_not(case, pristine, estate)) for case in shipped_examples(pristine, findings)]
    if estate:
        book = replace(pristine, clauses=estate.standard.clauses, kinds=estate.kinds)
    tried = [(case, why, book) for case, why in cases]
    if site and estate:
        own, mine = own_examples(site, estate, findings)
        tried += [(case, "", own) for case in mine]
    findings.settle(book)
    return [(case, why, [] if why else try_case(case, book)) for case, why, book in tried]


def _why_not(case: Case, pristine: Book, estate: Estate | None) -> str:
    """A shipped example speaks of the shipped clause, and of those that can hide it."""
    name = case.example.clause
    for each in (name, *pristine.clauses[name].superseded_by) if estate else ():
        if estate and each in estate.off:
            return f"the site switched {each} off"
        if estate and estate.standard.clauses[each] != pristine.clauses[each]:
            return f"the site changed {each}"
    return ""


def _tell(case: Case, why: str, failures: list[Failure]) -> dict[str, Any]:
    state = NOT_APPLICABLE if why else FAILED if failures else PASSED
    told = [
        asdict(each) | {"readings": {name: _plain(value) for name, value in each.readings.items()}}
        for each in failures
    ]  # fmt: skip
    example = case.example
    return {
        "clause": example.clause, "name": example.name, "place": case.place, "state": state, "why": why,
        "failures": told,
    }  # fmt: skip


def _plain(reading: Reading) -> object:
    return {"bad": str(reading)} if isinstance(reading, BadReading) else reading


def _show(told: list[dict[str, Any]], counts: dict[str, int]) -> None:
    for each in told:
        if each["state"] == NOT_APPLICABLE:
            line(f"not applicable: {each['clause']}, {each['name']}: {each['why']}")
        for failure in each["failures"]:
            line(f"{each['place']}: {each['clause']}, {each['name']}")
            line(f"  at {_span(failure['at'])}: {failure['what']} {failure['expected']}, seen {failure['seen']}")
            read = ", ".join(f"{name} {_words(value)}" for name, value in failure["readings"].items())
            line(f"  read by then: {read or 'nothing'}")
    line(", ".join(f"{count} {state}" for state, count in counts.items()))


def _words(value: object) -> str:
    return (
        str(value["bad"]) if isinstance(value, dict) else str(value).lower() if value in (True, False) else str(value)
    )


def _span(seconds: float) -> str:
    """Seconds in the largest unit in which they are a whole number."""
    for unit in ("d", "h", "min"):
        if seconds and seconds % SECONDS[unit] == 0:
            return f"{seconds / SECONDS[unit]:g}{unit}"
    return f"{seconds:g}s"
