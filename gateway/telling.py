"""Turns what moved into events: alarms, tickets and what people did, in the one shape of ``model.Event``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.alarms.alarm import Alarm
from gateway.alarms.panel import JUDGEABLE, Panel, unknown_since
from gateway.clock import iso
from gateway.estate import Estate
from gateway.judge import Judge, describe
from gateway.model import BadReading, Gap, Priority, Record
from gateway.proof_tests import entry as log_book
from gateway.proof_tests.entry import FINDINGS
from gateway.proof_tests.procedure import Procedure
from gateway.standards.requirement import span
from gateway.standards.standard import Clause
from gateway.tickets.floods import most_urgent_first
from gateway.tickets.paperwork import missing
from gateway.tickets.service_level import TITLES, target_of
from gateway.tickets.ticket import Entry, Proof, Ticket
from gateway.tickets.told import paper


def alarm_change(before: Alarm, after: Alarm) -> str | None:
    """What is told of an alarm that moved: raised, cleared, acknowledged, hidden, shown, or nothing."""
    told, tells = before.standing and not before.hidden, after.standing and not after.hidden
    if tells and not told:
        return "raised"
    if told and not tells:
        return "hidden" if after.standing else "cleared"
    if after.acknowledged_at != before.acknowledged_at and after.acknowledged:
        return "acknowledged"
    return None


NAMED = 5
"""So many places of a flood are named in a sentence, those of the most urgent tickets."""
SESSION: Mapping[bool, Mapping[str, str]] = {
    True: {"zh": "消息服务器没有保留会话", "en": "The broker had not kept our session"},
    False: {"zh": "消息服务器保留了会话及其消息", "en": "The broker had kept our session and its messages"},
}
"""Of a broker that is connected again: by whether our session was lost."""
DIGEST = 12
"""Digits of a clause's digest: enough to tell two editions apart, few enough to read out."""


def stepped(estate: Estate, now: float, before: float, after: float) -> dict[str, Any]:
    """The clock on the wall was set: by how much it was, and is, ahead of steady time."""
    was, is_now = (datetime.fromtimestamp(now + ahead, estate.timezone) for ahead in (before, after))
    data = {"site": estate.site, "was": f"{was:%Y-%m-%d %H:%M:%S}", "set": f"{is_now:%Y-%m-%d %H:%M:%S}"}
    return data | {"by_s": round(after - before, 3), "ahead_s": round(after, 3)}


class Teller:
    """Knows how to describe the asset, clause and evidence behind an alarm or a ticket."""

    def __init__(self, estate: Estate, panel: Panel, judge: Judge) -> None:
        self._estate = estate
        self._panel = panel
        self._judge = judge
        self._digests: dict[str, str] = {}

    def about(self, asset: str, clause_id: str, clause: Clause | None) -> dict[str, Any]:
        """What and where: asset, kind, place, clause, priority, what to do."""
        found = self._estate.assets.get(asset)
        data: dict[str, Any] = {"site": self._estate.site, "asset": asset, "clause": clause_id}
        if found:
            data |= {"asset_kind": found.kind, "touchpoint": found.touchpoint, "place": dict(found.place)}
            data |= {"source_protocol": found.protocol}
        if clause:
            data |= {"priority": clause.priority.value, "title": dict(clause.title), "action": dict(clause.action)}
            data |= {"basis": clause.basis.model_dump(), "standard": self._edition(clause_id, clause)}
        return data

    def _edition(self, clause_id: str, clause: Clause) -> dict[str, str]:
        """Which clause it was, to the letter: the standard's version, and a digest of all that the clause says here."""
        if clause_id not in self._digests:
            said = clause.model_dump_json(exclude_defaults=True).encode()  # a later edition may have more to say
            self._digests[clause_id] = hashlib.sha256(said).hexdigest()[:DIGEST]
        return {"version": self._estate.standard.version, "digest": self._digests[clause_id]}

    def alarm(self, alarm: Alarm, now: float) -> dict[str, Any]:
        """An alarm with its evidence."""
        data = self.about(alarm.asset, alarm.clause, self._panel.clause(alarm.key))
        data |= {"phase": alarm.phase.value, "outcome": alarm.outcome.value, "occurrences": alarm.occurrences}
        data |= {"raised_at": iso(alarm.raised_at) if alarm.raised_at else None, "by": alarm.acknowledged_by}
        return data | self.evidence(alarm.asset, alarm.clause, now)

    def ticket(self, ticket: Ticket, entry: Entry) -> dict[str, Any]:
        """A ticket with the log entry that is new."""
        clause = self._panel.clause((ticket.asset, ticket.clause))
        data = self.about(ticket.asset, ticket.clause, clause)
        data |= {"ticket": ticket.id, "state": ticket.state.value, "priority": ticket.priority.value}
        data |= {"opened_at": iso(ticket.opened_at), "occurrences": ticket.occurrences, "owner": ticket.owner}
        data["entry"] = {"at": iso(entry.at), "by": entry.who, "what": entry.what, "text": entry.text}
        data |= {"trade": clause.ticket.trade if clause else "", "assigned_to": ticket.assigned_to}
        data |= {"flood": iso(ticket.flood)} if ticket.flood else {}
        data |= paper(ticket, entry, clause)
        if entry.clock:
            data |= self._step(ticket, entry)
        if clause and ticket.held_since is not None:
            data |= self._lacks(ticket, clause)
        if ticket.proof:
            data |= {"proof": proof_data(ticket.proof), "proven": self.proven(ticket.proof)}
        return data | self.evidence(ticket.asset, ticket.clause, entry.at)

    def listed(self, ticket: Ticket) -> dict[str, Any]:
        """A ticket in a list: what, where, since when, whose, and what it waits for."""
        data = self.about(ticket.asset, ticket.clause, self._panel.clause((ticket.asset, ticket.clause)))
        kept = ("asset", "asset_kind", "clause", "touchpoint", "place", "title")
        told = {key: data[key] for key in kept if key in data}
        told |= {"ticket": ticket.id, "state": ticket.state.value, "priority": ticket.priority.value}
        told |= {"opened_at": iso(ticket.opened_at), "owner": ticket.owner}
        return told | {"waits_for": ticket.pause.reason if ticket.pause else ""}

    def _step(self, ticket: Ticket, entry: Entry) -> dict[str, Any]:
        """Which clock of the ticket has come to which share of its target."""
        clause = self._panel.clause((ticket.asset, ticket.clause))
        target = target_of(clause, entry.clock) if clause else None
        told: dict[str, Any] = {"step": {"clock": entry.clock, "share": entry.share, "target_s": target}}
        told |= {"clock": dict(TITLES[entry.clock]), "percent": round(entry.share * 100), "span": span(target or 0.0)}
        return told

    def _lacks(self, ticket: Ticket, clause: Clause) -> dict[str, Any]:
        """What a ticket that is held waits for."""
        items = [dict(each) for each in missing(ticket, clause)]
        words = {"zh": ";".join(each["zh"] for each in items), "en": "; ".join(each["en"] for each in items)}
        return {"missing": words, "missing_items": items}

    def proof(self, alarm: Alarm) -> Proof | None:
        """What there is to prove that the alarm's clause is met: its readings, and the test's line in the log book."""
        check = self._panel.checks.get(alarm.key)
        if check is None:
            return None
        evidence = self._judge.verdict(check).evidence
        ends = {each.reading for each in evidence if each.day and not isinstance(each.reading, BadReading)}
        passes = self._judge.passes.items() if ends else ()
        line = next((line for (asset, _), (at, line) in passes if asset == alarm.asset and at in ends), None)
        return Proof(tuple(each.as_data() for each in evidence), line)

    def proven(self, proof: Proof) -> Mapping[str, str]:
        """Where a proof is from: a line of the log book, or readings of a moment, as the site's wall shows it."""
        if proof.log_book is not None:
            return {"zh": f"测试记录第 {proof.log_book} 行", "en": f"log book line {proof.log_book}"}
        at = max((each["at"] for each in proof.evidence), default=0.0)
        shown = datetime.fromtimestamp(at, self._estate.timezone).isoformat(sep=" ", timespec="seconds")
        return {"zh": f"读数时刻 {shown}", "en": f"read at {shown}"}

    def flood(self, began: float, tickets: Iterable[Ticket]) -> dict[str, Any]:
        """All tickets of a flood, the most urgent first."""
        found = most_urgent_first(tickets)
        named = [self.about(each.asset, each.clause, self._panel.clause((each.asset, each.clause))) for each in found]
        same = ("asset", "clause", "place", "title")
        told = [
            {"ticket": each.id, "priority": each.priority.value, "state": each.state.value}
            | {name: about[name] for name in same if name in about}
            for each, about in zip(found, named, strict=True)
        ]
        places = {
            language: listed.join(str(each.get("place", {}).get(language, each["asset"])) for each in named[:NAMED])
            for language, listed in (("zh", "、"), ("en", ", "))
        }
        data = {"site": self._estate.site, "flood": iso(began), "count": len(told), "tickets": told, "places": places}
        counts = {each.value: sum(ticket.priority is each for ticket in found) for each in Priority}
        return data | {"by_priority": counts, "open": sum(each.is_open for each in found)}

    def signed(self, entry: log_book.Entry) -> log_book.Entry:
        """The entry with the edition, and the basis, of the clause that it was judged by."""
        clause = self._estate.standard.clauses.get(entry.clause)
        if clause is None:
            return entry
        return replace(entry, standard=self._edition(entry.clause, clause), basis=clause.basis.model_dump())

    def entry(self, entry: log_book.Entry) -> dict[str, Any]:
        """A line of the log book, without its curve."""
        data = self.about(entry.asset, entry.clause, self._estate.standard.clauses.get(entry.clause))
        data |= {"entry": entry.id, "kind": entry.kind, "outcome": entry.outcome.value, "finding": entry.finding}
        data |= {"reason": dict(entry.reason), "started_by": entry.started_by, "before": dict(entry.before)}
        data |= {"started_at": iso(entry.started_at), "ended_at": iso(entry.ended_at), "lasted": entry.lasted}
        data |= {"resolution": entry.resolution, "limit": entry.limit, "lowest_voltage": entry.lowest_voltage}
        return data

    def test(self, test: Procedure) -> dict[str, Any]:
        """A proof test that the gateway runs."""
        data = self.about(test.asset, "", None)
        del data["clause"]
        data |= {"kind": test.kind, "stage": test.stage.value, "started_by": test.by, "why": test.reason}
        data |= {"due": iso(test.due) if test.due else None, "finding": test.finding}
        return data | {"reason": dict(FINDINGS.get(test.finding, {}))}

    def record(self, record: Record, is_latest: bool) -> dict[str, Any]:
        """What was told of an asset; ``is_latest``: nothing of the sort happened later."""
        data = self.about(record.asset, "", None)
        del data["clause"]
        kind = self._estate.kinds[data["asset_kind"]]
        day = datetime.fromtimestamp(record.at, self._estate.timezone).date().isoformat()
        data |= {"record": record.record, "means": dict(kind.means(record.record)), "at": iso(record.at), "day": day}
        return data | {"by": record.who, "note": record.note, "is_latest": is_latest}

    def gap(self, asset: str, gap: Gap) -> dict[str, Any]:
        """A line that was not listened to for a while, and is again."""
        data = self.about(asset, "", None)
        del data["clause"]
        here = [datetime.fromtimestamp(moment, self._estate.timezone) for moment in (gap.since, gap.until)]
        since, till = (f"{moment:%Y-%m-%d %H:%M:%S}" for moment in here)
        data |= {"connection": asset.partition("/")[2], "from": iso(gap.since), "until": iso(gap.until)}
        data |= {"seconds": round(gap.until - gap.since, 3), "span": span(round(gap.until - gap.since))}
        data |= {"session_lost": gap.session_lost, "session": dict(SESSION[gap.session_lost])}
        return data | {"since": since, "till": till}

    def evidence(self, asset: str, clause: str, now: float) -> dict[str, Any]:
        """The readings that the last verdict rests on, and the requirement in words."""
        check = self._panel.checks.get((asset, clause))
        if check is None:
            return {"evidence": self.unknowns(asset, now) if clause == JUDGEABLE else []}
        verdict = self._judge.verdict(check)
        return {"evidence": [each.as_data() for each in verdict.evidence], "requires": dict(verdict.requires)}

    def unknowns(self, asset: str, now: float) -> list[Mapping[str, Any]]:
        """Which readings have kept an asset from being judged for longer than is right, each once."""
        overdue, _ = unknown_since(self._panel.of_asset.get(asset, ()), now)
        found: dict[str, dict[str, Any]] = {}
        for check in overdue:
            found |= {each.point: each.as_data() for each in self._judge.verdict(check).evidence}
        return [each for each in found.values() if "bad" in each]

    def evidence_text(self, asset: str, clause: str, now: float) -> str:
        """The evidence in one line: ``pressure at 20 °C 0.93 MPa; requires pressure at 20 °C at least 1 MPa``."""
        check = self._panel.checks.get((asset, clause))
        if check is None:
            overdue, _ = unknown_since(self._panel.of_asset.get(asset, ()), now)
            return "cannot be judged: " + ", ".join(each.clause_id for each in overdue) if overdue else "judged again"
        verdict = self._judge.verdict(check)
        seen = ", ".join(
            f"{each.means.get('en', each.point)} {each.day or describe(each.reading, each.unit)}"
            for each in verdict.evidence
        )
        return f"{seen}; requires {verdict.requires['en']}"


def proof_data(proof: Proof) -> dict[str, Any]:
    """What closed a ticket, for events and the API."""
    evidence = [{**each, "at": iso(each["at"]) if each["at"] else None} for each in proof.evidence]
    return {"evidence": evidence, "log_book": proof.log_book, "said_by": proof.said_by}
