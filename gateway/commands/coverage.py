"""``touchpoint coverage``: what of the standard a site can answer, as tables, JSON, CSV or a printable page."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from textwrap import wrap

from gateway.clock import SystemClock
from gateway.commands import DOES_NOT_HOLD, DONE, WrongUsage
from gateway.commands.coverage_page import page
from gateway.commands.show import as_json as print_json
from gateway.commands.show import line, local, table
from gateway.coverage import IN_FULL, Answer, ClauseCover, Coverage, Item, TouchpointCover, survey
from gateway.coverage.facts import summary, whole
from gateway.coverage.wording import required
from gateway.outputs.wording import in_language
from gateway.site import load_estate
from gateway.spreadsheet import as_csv as as_csv_text
from gateway.store.past import Past

GAPS: Mapping[Answer, str] = {
    Answer.IN_PART: "in part", Answer.NOT_YET_PROVABLE: "to prove", Answer.NOTHING: "cannot",
}  # fmt: skip
LEFT: Mapping[Answer, str] = {
    Answer.IN_PART: "in part", Answer.NOT_YET_PROVABLE: "not yet proven by a test or a person",
    Answer.NOTHING: "that nothing can answer",
}  # fmt: skip
SIDE_BY_SIDE: Mapping[Answer, str] = {**{each: each.value for each in IN_FULL}, **GAPS}
"""The columns of the overview: who or what proves it, and what is left."""
WIDTH = 100
NAMED = 4
"""So many assets are named in a line of the table; the rest is counted, and named in JSON, CSV and the page."""
CSV_COLUMNS = (
    "touchpoint", "touchpoint_zh", "touchpoint_en", "clause", "title_zh", "title_en", "requires_zh", "requires_en",
    "priority", "basis", "document", "asset", "place_zh", "place_en", "answer", "answered_by", "missing", "note",
)  # fmt: skip


def show_coverage(folder: Path, state: Path, as_json: bool, as_csv: bool, html: Path | None) -> bool:
    """Print the coverage and write the page, if asked for; returns whether it is complete.

    What tests and people have proven is read from the gateway's database in ``state``, if there is one.
    """
    if as_json and as_csv:
        raise WrongUsage("--json and --csv exclude each other")
    now = SystemClock().now()
    estate = load_estate(folder, now=now)
    coverage = survey(estate, _proven(state / "gateway.db", estate.site))
    if html is not None:
        _write(html, page(coverage, now))
    if as_json:
        print_json(whole(coverage))
    elif as_csv:
        sys.stdout.write(as_csv_text(CSV_COLUMNS, csv_rows(coverage)))
    elif html is None:
        _show(coverage)
    else:
        line(f"{_headline(coverage)} → {html}")
    return coverage.complete


def _proven(file: Path, site: str) -> frozenset[tuple[str, str]]:
    if not file.exists():
        return frozenset()
    with closing(Past(file, site)) as past:
        return past.proven()


def status(complete: bool, fail: bool) -> int:
    """The exit status: with ``fail``, a coverage that is not complete is a failure."""
    return DOES_NOT_HOLD if fail and not complete else DONE


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WrongUsage(f"--html: {path}: {error.strerror}") from error


def _headline(coverage: Coverage) -> str:
    counts = coverage.counts
    return (
        f"{coverage.asked} answers asked for: {counts[Answer.SENSOR]} by sensor, {counts[Answer.TEST]} by test, "
        f"{counts[Answer.PERSON]} by a person, {counts[Answer.RECORD]} by record"
    )


def _show(coverage: Coverage) -> None:
    told = summary(coverage)
    estate = coverage.estate
    line(f"{local(told['title'])} ({told['site']}), standard {told['standard']}: {told['clauses']} clauses in force")
    line(f"{told['assets']} assets; {_headline(coverage)}")
    left = ", ".join(f"{coverage.counts[each]} {words}" for each, words in LEFT.items())
    line(f"beyond that {left}")
    basis = ", ".join(f"{count} {kind}" for kind, count in sorted(told["basis"].items()))
    line(f"basis of the clauses: {basis}; {len(estate.changed)} changed by the site, {len(estate.off)} switched off")
    line("")
    table(["touchpoint", "state", "assets", *SIDE_BY_SIDE.values(), ""], _overview(coverage), "no touchpoint")
    for cover in coverage.touchpoints:
        if cover.clauses:
            line("")
            line(f"{cover.slug}: {local(cover.touchpoint.title)}")
            if any(each.items for each in cover.clauses):
                table(["clause", "basis", "answered", "by", "requires"], _clauses(coverage, cover), "")
            for part in wrap(_without_asset(cover), WIDTH, subsequent_indent="  "):
                line(part)
    _show_gaps(coverage)
    _show_adjustments(coverage)


def _overview(coverage: Coverage) -> Iterator[list[object]]:
    for cover in coverage.touchpoints:
        counts = cover.counts
        asked = counts.total() - counts[Answer.NOT_APPLICABLE]
        cells = [counts[each] or "" if asked else "-" for each in SIDE_BY_SIDE]
        note = f"{len(cover.idle)} assets without a clause" if cover.idle else ""
        yield [cover.slug, cover.state, len(cover.assets), *cells, note]


def _without_asset(cover: TouchpointCover) -> str:
    kinds = Counter(each.clause.applies_to for each in cover.clauses if not each.items)
    if not kinds:
        return ""
    return "no asset here for clauses on: " + ", ".join(f"{kind} ({count})" for kind, count in kinds.items())


def _clauses(coverage: Coverage, cover: TouchpointCover) -> Iterator[list[object]]:
    for each in cover.clauses:
        if not each.items:
            continue
        counts = each.counts
        asked = counts.total() - counts[Answer.NOT_APPLICABLE]
        answered = f"{sum(counts[each] for each in IN_FULL)} of {asked}" if asked else "exempt"
        mark = "" if each.named else " (beside)"
        requires = local(required(coverage.estate, each.clause))
        yield [each.name + mark, each.basis.kind, answered, "+".join(_means(each.items)) or "-", requires]


def _means(items: Iterable[Item]) -> list[str]:
    """Protocols; ``test``, ``person`` and ``record`` where those answer."""
    sensed = (item for item in items if item.answer in (Answer.SENSOR, Answer.IN_PART))
    found = {source.protocol for item in sensed for source in item.sources}
    others = {item.answer.value for item in items if item.answer in (Answer.TEST, Answer.PERSON, Answer.RECORD)}
    return sorted(found | others)


def _show_gaps(coverage: Coverage) -> None:
    gaps: dict[tuple[str, Answer, str], list[str]] = {}
    for _, clause, item in coverage.items():
        if item.answer in GAPS:
            gaps.setdefault((clause.name, item.answer, lacking(item)), []).append(item.asset.name)
    rows = (
        [clause, GAPS[answer], f"{missing}: {_some(assets)}"]
        for (clause, answer, missing), assets in sorted(gaps.items())
    )
    every = "everything that applies is answered" if coverage.asked else "nothing is on watch"
    line("")
    table(["clause", "answered", "what is missing, on which assets"], rows, every)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def lacking(item: Item) -> str:
    """What is missing, in a few words: ``temperature (for pressure_20c), record agent``."""
    if item.why:
        return local(item.why)
    words = []
    for each in item.missing:
        name = f"record {each.point}" if each.record else each.point
        words.append(f"{name} (for {each.serves})" if each.serves else name)
    return ", ".join(words)


def _show_adjustments(coverage: Coverage) -> None:
    told = summary(coverage)
    for each in told["changed"]:
        figures = "; ".join(f"{one['key']} {one['shipped']} → {one['changed']}" for one in each["figures"])
        basis = each["shipped_basis"]
        until = f", until {each['until']}" if each["until"] else ""
        reason = each["reason"] or "no reason given"
        line(f"changed: {each['clause']}: {figures}; shipped {basis['kind']}, {basis['document']} ({reason}{until})")
    for each in told["off"]:
        line(f"off: {each['clause']} on {each['assets']} assets, until {each['until']}: {each['reason']}")


def csv_rows(coverage: Coverage) -> Iterator[dict[str, str]]:
    """A row for each clause on each asset; also for touchpoints, clauses and assets that lack the others."""
    for cover in coverage.touchpoints:
        here = {"touchpoint": cover.slug, **_both("touchpoint", cover.touchpoint.title)}
        if not cover.clauses:
            yield {**here, "answer": cover.state}
        for clause in cover.clauses:
            terms = {**here, **_terms(coverage, clause)}
            yield from ({**terms, **_answer(clause, item)} for item in clause.items)
            if not clause.items:
                yield {**terms, "answer": "no-asset"}
        for asset in cover.idle:
            yield {**here, "asset": asset.name, **_both("place", asset.place), "answer": "no-clause"}
        for name, off in cover.off.items():
            note = f"off until {off.until}: {off.reason}"
            yield {**here, "clause": name, **_both("title", off.clause.title), "answer": "off", "note": note}


def _both(name: str, text: object) -> dict[str, str]:
    return {f"{name}_{language}": in_language(text, language) for language in ("zh", "en")}


def _terms(coverage: Coverage, cover: ClauseCover) -> dict[str, str]:
    return {
        "clause": cover.name,
        **_both("title", cover.clause.title),
        **_both("requires", required(coverage.estate, cover.clause)),
        "priority": cover.clause.priority,
        "basis": cover.basis.kind,
        "document": cover.basis.document,
    }


def _answer(cover: ClauseCover, item: Item) -> dict[str, str]:
    notes = [] if cover.named else ["the clause does not name this touchpoint"]
    return {
        "asset": item.asset.name,
        **_both("place", item.asset.place),
        "answer": item.answer,
        "answered_by": "; ".join([*(f"{each} ({each.protocol})" for each in item.sources), *item.records]),
        "missing": lacking(item),
        "note": "; ".join(notes),
    }
