"""Takes a part of the log book from a gateway's database, to be printed or reckoned with, and never writes to it.

It reads beside the running gateway, so that a long book keeps nobody from writing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.errors import Refused
from gateway.estate import Estate
from gateway.logbook.ageing import told
from gateway.logbook.book import Book
from gateway.logbook.capacity import capacity
from gateway.logbook.facts import KINDS, line, whole
from gateway.model import Text
from gateway.proof_tests.entry import Entry
from gateway.store.log_book import Asked, Behind
from gateway.store.past import Past

PART = 500
"""Entries that are read at once."""


def chosen(since: str, until: str, asset: str, kind: str) -> list[Text]:
    """What was chosen, in words; "" for anything."""
    told: list[Text] = []
    told += [{"zh": f"自 {since}", "en": f"since {since}"}] if since else []
    told += [{"zh": f"至 {until}", "en": f"until {until}"}] if until else []
    told += [{"zh": f"设施 {asset}", "en": f"asset {asset}"}] if asset else []
    return told + ([KINDS.get(kind, {"en": kind})] if kind else [])


def read_book(
    database: Path, estate: Estate, asked: Asked, printed_at: str, words: Sequence[Text], most: int | None = None
) -> Book:
    """The entries asked for; raises StoreError for a file that is none of the site's, Refused for more than ``most``.

    ``asked.limit`` does not count: it is all that is asked for.
    """
    rows: list[dict[str, Any]] = []
    shown = whole if asked.curves else line
    with closing(Past(database, estate.site)) as past:
        for part, behind in _parts(past, replace(asked, limit=PART)):
            rows += [shown(estate, each, behind) for each in part]
            if most is not None and len(rows) > most:
                raise Refused(f"that is more than {most} entries: ask for a shorter time, an asset or a kind")
        broken = past.log_book_broken_at()
        aged = _ageing(past, estate, asked.asset) if asked.asset and asked.curves else None
    trend = aged if aged and not aged["unknown"] else None
    return Book(estate.title, estate.site, estate.standard.version, printed_at, words, rows, broken, trend)


def _parts(past: Past, asked: Asked) -> Iterator[tuple[Sequence[Entry], Behind]]:
    while part := past.log_book(asked):
        yield part, past.behind(part)
        asked = replace(asked, after=part[-1].id)


def read_ageing(database: Path, estate: Estate, assets: Sequence[str]) -> list[dict[str, Any]]:
    """The trend of each of these assets' batteries (``ageing.told``)."""
    with closing(Past(database, estate.site)) as past:
        return [_ageing(past, estate, name) for name in assets]


def _ageing(past: Past, estate: Estate, asset: str) -> dict[str, Any]:
    tests = (each for part, _ in _parts(past, Asked(asset, limit=PART)) for each in part)
    return told(estate, asset, capacity(tests))
