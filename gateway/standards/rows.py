"""The map of the touchpoint standard: what each of its rows asks for, and the clauses that check it or why none does.

Knows names of clauses, and nothing of what they say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from pydantic import model_validator

from gateway.documents import Strict, suggest


class Row(Strict):
    """One row. ``reason`` says why no clause checks it, or what of it the clauses leave out."""

    title: Mapping[str, str]
    clauses: tuple[str, ...] = ()
    reason: Mapping[str, str] | None = None

    @model_validator(mode="after")
    def _answered(self) -> Row:
        if not self.clauses and self.reason is None:
            raise ValueError("name the clauses that check this row, or the reason why none does")
        return self


class RowsFile(Strict):
    """rows.yaml as a whole."""

    rows: Mapping[str, Row]
    own: Mapping[str, Mapping[str, str]] = {}
    """Clauses that no row asks for, and why the gateway has them."""


def gaps(map_: RowsFile, clauses: Collection[str]) -> Iterator[str]:
    """What is wrong with the map of ``clauses``: names of none, and clauses that nothing on it asks for."""
    asked = {name: row for row, each in map_.rows.items() for name in each.clauses}
    for name, row in (*asked.items(), *((name, "own") for name in map_.own)):
        if name not in clauses:
            yield f"{row}: no clause {name!r}{suggest(name, clauses)}"
    for name in sorted(clauses):
        if name not in asked and name not in map_.own:
            yield f"{name}: no row asks for it, and it is not among the gateway's own"
    for name in asked.keys() & map_.own.keys():
        yield f"{name}: is the gateway's own, and yet {asked[name]} asks for it"
