"""What an event says of a line that people wrote into a ticket's log, in both languages. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.model import Text
from gateway.standards.standard import Clause
from gateway.tickets.links import DUPLICATE, ORIGINAL, RELATED
from gateway.tickets.ticket import Entry, Ticket

LINKED: Mapping[str, Text] = {
    DUPLICATE: {"zh": "与工单 {} 重复", "en": "a duplicate of ticket {}"},
    ORIGINAL: {"zh": "工单 {} 与其重复", "en": "ticket {} is a duplicate of it"},
    RELATED: {"zh": "与工单 {} 相关", "en": "related to ticket {}"},
}


def paper(ticket: Ticket, entry: Entry, clause: Clause | None) -> dict[str, Any]:
    """The fields that such a line adds to its event; none for any other line."""
    match entry.what:
        case "explained":
            return {"cause": ticket.cause, "remedy": ticket.remedy}
        case "ticked" | "unticked":
            number = int(entry.text.partition(":")[0])
            items = clause.ticket.checklist if clause else ()
            words = items[number - 1] if number <= len(items) else {}
            return {"number": number, "item": {name: f"{number} {text}" for name, text in words.items()}}
        case "linked":
            kind, other = entry.text.partition(":")[0], _last_number(entry.text)
            said = {name: text.format(other) for name, text in LINKED[kind].items()}
            return {"other": other, "kind": kind, "linked": said}
        case "unlinked":
            return {"other": _last_number(entry.text)}
    return {}


def _last_number(text: str) -> int:
    return int(text.rpartition(" ")[2])
