"""Which of the standard's clauses a site can answer at all, and with what: read off its files, without a reading."""

from gateway.coverage.answers import IN_FULL, Answer, Item, Missing, Source
from gateway.coverage.survey import ClauseCover, Coverage, State, TouchpointCover, survey

__all__ = [
    "IN_FULL", "Answer", "ClauseCover", "Coverage", "Item", "Missing", "Source", "State", "TouchpointCover", "survey",
]  # fmt: skip
