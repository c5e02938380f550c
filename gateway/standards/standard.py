"""A standard: a versioned set of clauses, as written in YAML and merged with what the site changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator

from gateway.documents import Duration, Strict
from gateway.kinds import Checklist, Kind
from gateway.model import Priority
from gateway.standards.requirements import AnyRequirement


def _at_most(days: int) -> tuple[AfterValidator, Any]:
    """A bound on a clause's time: one that waits for ever is switched off, without a reason and without an end."""

    def bounded(seconds: float) -> float:
        if seconds > days * 86400.0:
            raise ValueError(f"is too long: at most {days}d")
        return seconds

    return AfterValidator(bounded), Field(description=f"At most {days}d.")


Delay = Annotated[Duration, *_at_most(31)]
Patience = Annotated[Duration, *_at_most(400)]


class Basis(Strict):
    """Where a clause's numbers come from; printed wherever the clause is."""

    document: str
    kind: Literal["text", "standard", "proposed"]
    note: str = ""


class TicketTerms(Strict):
    """What a violation asks of people."""

    trade: Literal["electrical", "mechanical", "access", "fire", "lift", "network", "general"]
    acknowledge: Duration | None = None
    on_site: Duration | None = None
    resolve: Duration | None = None
    calendar: str = ""
    """On which of the site's calendars these run, or ``24/7``; left out: by priority."""
    closes_when: Literal["measured", "finished-and-measured"] = "measured"
    """``finished-and-measured`` also asks a person to say that the work is done."""
    checklist: Checklist = ()
    """What a person has to tick off around the work, each ``{zh: …, en: …}``: no ticket closes while one is missing."""

    @field_validator("checklist")
    @classmethod
    def _each_once(cls, items: Checklist) -> Checklist:
        if any(item in items[:place] for place, item in enumerate(items)):
            raise ValueError("write every item once")
        return items


class Clause(Strict):
    """One requirement on a kind of asset."""

    title: Mapping[str, str]
    touchpoints: tuple[str, ...] = ()
    applies_to: str
    require: AnyRequirement
    only_while: AnyRequirement | None = None
    """A guard: while it does not hold the clause is not judged, and what was found stays found until it is again.

    While the guard is unknown so is the clause.
    """
    tells: tuple[str, ...] = ()
    """Further points whose readings go with the verdict, to explain it; those that an asset lacks are left out."""
    basis: Basis
    priority: Priority
    on_delay: Delay = 0.0
    off_delay: Delay = 10.0
    patience: Patience = 120.0
    """How long the clause may stay unknown before that itself is reported; at most 400 days."""
    latched: bool = False
    """Stays active until a person acknowledges, even when the requirement is met again."""
    superseded_by: tuple[str, ...] = ()
    """While one of these is violated on the same asset, this clause's alarm is suppressed by design."""
    ticket: TicketTerms
    action: Mapping[str, str]


class Adjustment(Strict):
    """What a site changes of a shipped clause. ``off`` needs a reason, and ends on a day."""

    off: bool = False
    reason: str = ""
    until: date | None = None
    change: Mapping[str, Any] = {}
    """Keys of the clause with their new value, as they would be written there."""


class StandardFile(Strict):
    """One page of the book (kinds of assets and the clauses on them), or the site's standards.yaml or kinds.yaml."""

    version: str = ""
    kinds: Mapping[str, Kind] = {}
    clauses: Mapping[str, Clause] = {}
    adjust: Mapping[str, Adjustment] = {}


class Standard(Strict):
    """The clauses in force at one site."""

    version: str
    clauses: Mapping[str, Clause] = Field(default_factory=dict)

    def of_kind(self, kind: str) -> dict[str, Clause]:
        """The clauses that apply to a kind of asset, by id."""
        return {name: clause for name, clause in self.clauses.items() if clause.applies_to == kind}
