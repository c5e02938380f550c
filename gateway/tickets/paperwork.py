"""What people write down on a ticket: who is to do it, what was found and done, parts, photos, the checklist's ticks.

Pure. Paper closes nothing: that is for a measurement to do (see desk), and a missing tick can only hold it back.
"""

from __future__ import annotations

import re
from dataclasses import replace
from math import isfinite
from urllib.parse import urlsplit

from gateway.errors import Refused
from gateway.model import Text
from gateway.standards.standard import Clause
from gateway.tickets.ticket import Part, Photo, Tick, Ticket, TicketState

MOST = 100
"""So many parts, and so many photos, belong to one ticket at most."""
LONGEST_PLACE = 500
_FILE_NAME = re.compile(r"[^\s/\\:?*\"<>|.-][^/\\:?*\"<>|\x00-\x1f\x7f]*")
_URL = re.compile(r"[\x21-\x7e\u00a0-\uffff]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def assign(ticket: Ticket, to: str, who: str, now: float) -> Ticket:
    """Say which person or team is to do it; it stays open until somebody takes it."""
    must_be_open(ticket)
    if not to.strip():
        raise Refused("name a person or a team")
    if ticket.assigned_to == to:
        raise Refused(f"ticket {ticket.id} is {to}'s already")
    return replace(ticket, assigned_to=to).with_entry(now, who, "assigned", to)


def fit(ticket: Ticket, what: str, number: float, who: str, now: float) -> Ticket:
    """Write down a part that was used; allowed on closed tickets too."""
    if not what.strip():
        raise Refused("name the part")
    if not isfinite(number) or number <= 0:
        raise Refused("a part is used more than 0 times")
    _has_room(ticket, len(ticket.parts), "parts")
    fitted = replace(ticket, parts=(*ticket.parts, Part(now, who, what, number)))
    return fitted.with_entry(now, who, "fitted", f"{number:g} × {what}")


def explain(ticket: Ticket, cause: str, remedy: str, who: str, now: float) -> Ticket:
    """Write down what was found and what was done, in the place of what stood there; "" leaves that as it is."""
    cause, remedy = cause.strip() or ticket.cause, remedy.strip() or ticket.remedy
    if (cause, remedy) == (ticket.cause, ticket.remedy):
        raise Refused("say what was found, or what was done")
    text = "; ".join(filter(None, (f"cause: {cause}" if cause else "", f"remedy: {remedy}" if remedy else "")))
    return replace(ticket, cause=cause, remedy=remedy).with_entry(now, who, "explained", text)


def photograph(ticket: Ticket, where: str, sha256: str, who: str, now: float) -> Ticket:
    """Write down where a picture is; nobody fetches it. Allowed on closed tickets too."""
    photo = Photo(now, who, reference(where), digest(sha256))
    if any(each.where == photo.where for each in ticket.photos):
        raise Refused(f"ticket {ticket.id} has that photo already")
    _has_room(ticket, len(ticket.photos), "photos")
    return replace(ticket, photos=(*ticket.photos, photo)).with_entry(now, who, "photographed", photo.where)


def reference(where: str) -> str:
    """A web address without a password in it, or the bare name of a file; raises Refused."""
    where = where.strip()
    if len(where) > LONGEST_PLACE:
        raise Refused(f"a photo is named in {LONGEST_PLACE} characters at most: its bytes belong elsewhere")
    if where.lower().startswith(("http://", "https://")):
        return _address(where)
    if not _FILE_NAME.fullmatch(where):
        raise Refused("a photo is a web address (https://…) or the name of a file, like 20260101-door.jpg")
    return where


def _address(where: str) -> str:
    try:
        found = urlsplit(where)
        sound = bool(found.hostname) and (found.port is None or found.port > 0)
    except ValueError:
        sound = False
    if not sound or not _URL.fullmatch(where):
        raise Refused(f"{where!r} is no web address")
    if found.username is not None or found.password is not None:
        raise Refused("leave the user name and the password out of the photo's address")
    return where


def digest(sha256: str) -> str:
    """A SHA-256 as 64 hexadecimal digits, or "" for none; raises Refused."""
    sha256 = sha256.strip().lower()
    if sha256 and not _SHA256.fullmatch(sha256):
        raise Refused("a SHA-256 has 64 hexadecimal digits")
    return sha256


def missing(ticket: Ticket, clause: Clause) -> tuple[Text, ...]:
    """The items of the checklist that nobody has ticked. One that the site has worded anew counts as not ticked."""
    done = [dict(each.item) for each in ticket.ticks]
    return tuple(item for item in clause.ticket.checklist if dict(item) not in done)


def tick(ticket: Ticket, clause: Clause | None, number: int, who: str, now: float) -> Ticket:
    """Say that an item of the checklist is done (counted from 1)."""
    item = _item(ticket, clause, number)
    if clause and item not in missing(ticket, clause):
        raise Refused(f"item {number} of ticket {ticket.id} is ticked already")
    ticked = replace(ticket, ticks=(*ticket.ticks, Tick(now, who, dict(item))))
    if clause and ticket.held_since is not None and not missing(ticked, clause):
        ticked = replace(ticked, held_since=None, completed_at=now)
    return ticked.with_entry(now, who, "ticked", f"{number}: {item['en']}")


def untick(ticket: Ticket, clause: Clause | None, number: int, who: str, now: float) -> Ticket:
    """Take a tick back: it was a mistake, or has to be done again."""
    item = dict(_item(ticket, clause, number))
    kept = tuple(each for each in ticket.ticks if dict(each.item) != item)
    if len(kept) == len(ticket.ticks):
        raise Refused(f"item {number} of ticket {ticket.id} is not ticked")
    return replace(ticket, ticks=kept).with_entry(now, who, "unticked", f"{number}: {item['en']}")


def _item(ticket: Ticket, clause: Clause | None, number: int) -> Text:
    must_be_open(ticket)
    items = clause.ticket.checklist if clause else ()
    if not items:
        raise Refused(f"ticket {ticket.id} has no checklist")
    if not 1 <= number <= len(items):
        raise Refused(f"the checklist of ticket {ticket.id} has the items 1 to {len(items)}, and no {number}")
    return items[number - 1]


def must_be_open(ticket: Ticket) -> None:
    """Raises Refused for a closed ticket."""
    if ticket.state is TicketState.CLOSED:
        raise Refused(f"ticket {ticket.id} is closed")


def _has_room(ticket: Ticket, count: int, what: str) -> None:
    if count >= MOST:
        raise Refused(f"ticket {ticket.id} has {MOST} {what} already")
