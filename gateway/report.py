"""The report of a demo or a replay, and the judgement of ledgers: what truly happened, what was ticketed and logged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.alarms.alarm import Alarm
from gateway.clock import iso
from gateway.pipeline import Pipeline
from gateway.proof_tests.entry import Entry, Outcome
from gateway.standards.proofs import ProofTest
from gateway.tickets.ticket import Ticket

NOTICED_WITHIN = 900.0
"""Seconds within which any fault of the showcase must have its ticket; a younger one is not yet held against us."""
PROVEN_WITHIN = 900.0
"""Seconds within which a repaired fault's ticket must be closed by a measurement."""
LOGGED_WITHIN = 300.0
"""Seconds within which a discharge that is over must be in the log book."""
RIGHT: Mapping[bool | None, tuple[Outcome, ...]] = {
    True: (Outcome.PASSED,), False: (Outcome.FAILED,), None: (Outcome.ABORTED, Outcome.INCONCLUSIVE),
}  # fmt: skip
"""What may be said of a test that was truly passed, failed, or came to no result."""
NEVER_RAN = (Outcome.REFUSED, Outcome.MISSED)
"""What is said of a test that took no supply away: no discharge belongs to it."""


def report(pipeline: Pipeline, entries: Sequence[Entry] = ()) -> dict[str, Any]:
    """Counts, alarms, tickets and proof tests (``entries`` of the log book) as plain data; times in UTC."""
    return {
        "site": pipeline.estate.site,
        "readings": pipeline.counters["readings"],
        "bad_readings": pipeline.counters["bad_readings"],
        "alarms": [_alarm(pipeline, each) for each in pipeline.alarms.values() if each.raised_at],
        "tickets": [_ticket(pipeline, each) for each in pipeline.tickets.values()],
        "proof_tests": [_proof_test(each) for each in entries],
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


def _proof_test(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id, "asset": entry.asset, "kind": entry.kind, "outcome": entry.outcome.value,
        "duration_s": entry.lasted, "reason": dict(entry.reason), "started_at": iso(entry.started_at),
    }  # fmt: skip


def needing_tests(pipeline: Pipeline) -> dict[str, str]:
    """The clauses that only a proof test answers, with its kind."""
    clauses = pipeline.estate.standard.clauses.items()
    return {name: clause.require.proof_test for name, clause in clauses if isinstance(clause.require, ProofTest)}


def compare(
    rows: Iterable[Mapping[str, Any]], tickets: Sequence[Ticket], now: float,
    entries: Sequence[Entry] = (), tested: Mapping[str, str] | None = None, commanded: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Hold the simulators' ledger against the tickets and the log book.

    A fault agrees when it has exactly one ticket of the expected clause, opened after its onset and, once repaired,
    closed; where a test is needed (``tested``: clause → kind of test), closed once a true test was passed, and not
    sooner. A discharge agrees when it has exactly one entry, with the right outcome and no longer than it truly was.
    ``unexplained`` are tickets without a fault, ``unexplained_tests`` entries without a discharge, ``writes`` the write
    frames and messages with commands that came to devices (``written``: to which): no more than were ``commanded``.
    """
    rows, entries = list(rows), [each for each in entries if each.outcome not in NEVER_RAN]
    faults = [row for row in rows if row.get("phase") == "onset" and row.get("expect", "none") != "none"]
    judged = [_Fault(row, rows, (tested or {}).get(row["expect"])).judge(tickets, now) for row in faults]
    tests = [_judge_test(row["discharge"], row["at"], entries, now) for row in rows if "discharge" in row]
    explained = {number for each in judged for number in each["tickets"]}
    logged = {number for each in tests for number in each["entries"]}
    unexplained = [each.id for each in tickets if each.id not in explained]
    unexplained_tests = [each.id for each in entries if each.id not in logged]
    written = Counter(row[how]["device"] for row in rows for how in ("write", "message") if how in row)
    due = [each for each in (*judged, *tests) if each["verdict"] != "too early"]
    return {
        "faults": judged,
        "tests": tests,
        "unexplained": unexplained,
        "unexplained_tests": unexplained_tests,
        "writes": written.total(),
        "written": dict(written),
        "commanded": commanded,
        "agrees": bool(rows) and not unexplained and not unexplained_tests and written.total() <= commanded
        and all(each["verdict"] == "agrees" for each in due),
    }  # fmt: skip


def _judge_test(truth: Mapping[str, Any], end: float, entries: Iterable[Entry], now: float) -> dict[str, Any]:
    """One true discharge, which ended at ``end``, and the entries of its asset that began while it went on."""
    mine = [
        each for each in entries
        if each.asset == truth["asset"] and truth["began"] <= each.started_at <= end
    ]  # fmt: skip
    return {
        "asset": truth["asset"], "kind": truth["kind"], "began": iso(truth["began"]), "lasted_s": truth["lasted"],
        "passed": truth["passed"], "entries": [each.id for each in mine],
        "verdict": _test_verdict(truth, mine) if mine or now - end >= LOGGED_WITHIN else "too early",
    }  # fmt: skip


def _test_verdict(truth: Mapping[str, Any], mine: Sequence[Entry]) -> str:
    if len(mine) != 1:
        return "doubled" if mine else "missed"
    entry = mine[0]
    right = (Outcome.RECORDED,) if truth["kind"] == "discharge" else RIGHT[truth["passed"]]
    if entry.kind != truth["kind"] or entry.outcome not in right:
        return f"wrongly a {entry.kind} {entry.outcome}"
    return "agrees" if entry.lasted <= truth["lasted"] + entry.resolution else "longer than it was"


class _Fault:
    """One true condition of the simulators' ledger. Where a test is needed, only a passed one proves its repair."""

    def __init__(self, row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], test: str | None) -> None:
        self.asset, self.fault, self.expect = row["asset"], row["fault"], row["expect"]
        self.onset: float = row["at"]
        ends = [each["at"] for each in rows if each.get("phase") == "end" and self._is_same(each)]
        self.end: float | None = min((at for at in ends if at >= self.onset), default=None)
        if test is not None and self.end is not None:
            self.end = min((at for at in self._passed(rows, test) if at >= self.end), default=None)

    def _passed(self, rows: Iterable[Mapping[str, Any]], test: str) -> list[float]:
        """When the asset truly passed such tests."""
        over = [(row["at"], row["discharge"]) for row in rows if "discharge" in row]
        return [at for at, each in over if (each["asset"], each["kind"], each["passed"]) == (self.asset, test, True)]

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
        if self.end is not None and (mine[0].closed_at or self.end) < self.end:
            return "closed before the repair"
        if self.end is not None and mine[0].is_open:
            return "too early" if now - self.end < PROVEN_WITHIN else "not closed after the repair"
        if self.end is None and not mine[0].is_open:
            return "closed without a repair"
        return "agrees"
