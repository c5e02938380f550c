"""The report of a demo or a replay, and the judgement of two ledgers: what truly happened, and what was ticketed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.alarms.alarm import Alarm
from gateway.clock import iso
from gateway.pipeline import Pipeline
from gateway.tickets.ticket import Ticket

NOTICED_WITHIN = 900.0
"""Seconds within which any fault of the showcase must have its ticket; a younger one is not yet held against us."""
PROVEN_WITHIN = 900.0
"""Seconds within which a repaired fault's ticket must be closed by a measurement."""


def report(pipeline: Pipeline) -> dict[str, Any]:
    """Counts, alarms, tickets and proof tests as plain data; times in UTC."""
    return {
        "site": pipeline.estate.site,
        "readings": pipeline.counters["readings"],
        "bad_readings": pipeline.counters["bad_readings"],
        "alarms": [_alarm(pipeline, each) for each in pipeline.alarms.values() if each.raised_at],
        "tickets": [_ticket(pipeline, each) for each in pipeline.tickets.values()],
        "proof_tests": [],
    }


def _about(pipeline: Pipeline, asset: str, clause: str) -> dict[str, Any]:
    found = pipeline.estate.assets.get(asset)
    terms = pipeline.panel.clause((asset, clause))
    return {
        "asset": asset, "asset_kind": found.kind if found else "", "clause": clause,
        "priority": terms.priority.value if terms else "", "source_protocol": found.protocol if found else "",
    }  # fmt: skip


def _alarm(pipeline: Pipeline, alarm: Alarm) -> dict[str, Any]:
    return {
        "id": f"{alarm.asset}/{alarm.clause}", **_about(pipeline, *alarm.key), "state": alarm.phase.value,
        "opened_at": iso(alarm.raised_at or 0), "closed_at": iso(alarm.cleared_at) if alarm.cleared_at else None,
    }  # fmt: skip


def _ticket(pipeline: Pipeline, ticket: Ticket) -> dict[str, Any]:
    return {
        "id": ticket.id, **_about(pipeline, ticket.asset, ticket.clause), "state": ticket.state.value,
        "opened_at": iso(ticket.opened_at), "closed_at": iso(ticket.closed_at) if ticket.closed_at else None,
    }  # fmt: skip


def compare(rows: Iterable[Mapping[str, Any]], tickets: Sequence[Ticket], now: float) -> dict[str, Any]:
    """Hold the simulators' ledger against the tickets.

    A fault agrees when it has exactly one ticket of the expected clause, opened after its onset and, once repaired,
    closed. ``unexplained`` are tickets without a fault, ``writes`` the write frames that a device received.
    """
    rows = list(rows)
    faults = [_Fault(row, rows) for row in rows if row.get("phase") == "onset" and row.get("expect", "none") != "none"]
    judged = [fault.judge(tickets, now) for fault in faults]
    explained = {number for each in judged for number in each["tickets"]}
    unexplained = [each.id for each in tickets if each.id not in explained]
    due = [each for each in judged if each["verdict"] != "too early"]
    return {
        "faults": judged,
        "unexplained": unexplained,
        "writes": sum(1 for row in rows if "write" in row),
        "agrees": bool(rows) and not unexplained and all(each["verdict"] == "agrees" for each in due),
    }


class _Fault:
    """One true condition of the simulators' ledger."""

    def __init__(self, row: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> None:
        self.asset, self.fault, self.expect = row["asset"], row["fault"], row["expect"]
        self.onset: float = row["at"]
        ends = [each["at"] for each in rows if each.get("phase") == "end" and self._is_same(each)]
        self.end: float | None = min((at for at in ends if at >= self.onset), default=None)

    def _is_same(self, row: Mapping[str, Any]) -> bool:
        return (row["asset"], row["fault"]) == (self.asset, self.fault)

    def judge(self, tickets: Iterable[Ticket], now: float) -> dict[str, Any]:
        mine = [
            each
            for each in tickets
            if (each.asset, each.clause) == (self.asset, self.expect) and each.opened_at >= self.onset
        ]
        return {
            "asset": self.asset, "fault": self.fault, "expect": self.expect, "onset": iso(self.onset),
            "end": iso(self.end) if self.end else None, "tickets": [each.id for each in mine],
            "verdict": self._verdict(mine, now),
        }  # fmt: skip

    def _verdict(self, mine: Sequence[Ticket], now: float) -> str:
        if not mine:
            return "too early" if now - self.onset < NOTICED_WITHIN else "missed"
        if len(mine) > 1:
            return "doubled"
        if self.end is not None and mine[0].is_open:
            return "too early" if now - self.end < PROVEN_WITHIN else "not closed after the repair"
        if self.end is None and not mine[0].is_open:
            return "closed without a repair"
        return "agrees"
