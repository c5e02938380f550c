"""The map of the touchpoint standard: what each of its rows asks for, and the clauses that check it or why none does.

Knows names of clauses, and nothing of what they say.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import model_validator

from gateway.documents import Strict


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
