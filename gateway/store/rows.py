"""Domain objects as rows and back. Pure: no SQL, no file."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from gateway.alarms.alarm import Alarm, Phase
from gateway.clock import iso
from gateway.model import BadReading, Event, Priority, Reading
from gateway.proof_tests import entry as log_book
from gateway.proof_tests.command import Sent
from gateway.proof_tests.evidence import Run
from gateway.proof_tests.procedure import Procedure, Stage
from gateway.proof_tests.schedule import Slot
from gateway.standards.verdict import Outcome
from gateway.tickets.planned import PlannedWork
from gateway.tickets.ticket import Entry, Link, Part, Pause, Photo, Proof, Tick, Ticket, TicketState


def dump(data: Any) -> str:
    """JSON as it is stored."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def dump_dataclass(thing: Alarm | Ticket | log_book.Entry | Run | Procedure | Slot | PlannedWork) -> str:
    """A thing as JSON; ``load_alarm``, ``load_ticket``, ``load_entry`` and so on read it back."""
    return dump(dataclasses.asdict(thing))


def load_alarm(body: str) -> Alarm:
    """Fields that a newer version has added take their default."""
    data = json.loads(body)
    data |= {"outcome": Outcome(data["outcome"]), "phase": Phase(data["phase"]), "recent": tuple(data["recent"])}
    return Alarm(**data)


def load_ticket(body: str) -> Ticket:
    """A ticket with its log; fields that a newer version has added take their default."""
    data = json.loads(body)
    data |= {"priority": Priority(data["priority"]), "state": TicketState(data["state"])}
    data |= {"pauses": tuple(Pause(**each) for each in data.get("pauses", ()))}
    if "acknowledged_at" not in data and data.get("owner"):  # written before tickets had clocks
        seen = (each["at"] for each in data["log"] if each["what"] in ("taken", "finished"))
        data["acknowledged_at"] = next(seen, None)
    parts = {"log": Entry, "parts": Part, "photos": Photo, "ticks": Tick, "links": Link}
    data |= {name: tuple(kind(**each) for each in data.get(name, ())) for name, kind in parts.items()}
    proof = data.get("proof")
    return Ticket(**data | {"proof": Proof(**proof | {"evidence": tuple(proof["evidence"])}) if proof else None})


def load_entry(body: str) -> log_book.Entry:
    """A line of the log book with its curve."""
    data = json.loads(body)
    data |= {"outcome": log_book.Outcome(data["outcome"])}
    return log_book.Entry(**data | {"curve": tuple(log_book.Sample(**each) for each in data["curve"])})


def load_run(body: str) -> Run:
    """A discharge as far as it was seen."""
    return Run(**json.loads(body))


def load_procedure(body: str) -> Procedure:
    """A test that the gateway runs."""
    data = json.loads(body)
    outcome, said = data["outcome"], data["stop_said"]
    told = {"outcome": log_book.Outcome(outcome) if outcome else None, "stop_said": Sent(said) if said else None}
    return Procedure(**data | told | {"stage": Stage(data["stage"])})


def load_slot(body: str) -> Slot:
    """A test that is planned."""
    return Slot(**json.loads(body))


def history_row(point: int, at: float, reading: Reading) -> tuple[float, int, Any, str | None]:
    """(at, point, value, bad)"""
    if isinstance(reading, BadReading):
        return at, point, None, str(reading)
    return at, point, reading, None


def storable(reading: Reading) -> Reading:
    """The reading as a column can hold it: an integer beyond 64 bits with sign becomes the nearest float."""
    return float(reading) if isinstance(reading, int) and not -(2**63) <= reading < 2**63 else reading


def cloud_event(event: Event) -> Mapping[str, Any]:
    """The event as a CloudEvents 1.0 JSON object."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": f"touchpoint/{event.site}",
        "type": event.type,
        "subject": event.subject,
        "time": iso(event.at),
        "datacontenttype": "application/json",
        "data": dict(event.data),
    }
