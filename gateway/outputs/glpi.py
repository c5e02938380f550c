"""The GLPI output: each ticket here is one ticket there, with a followup for whatever becomes of it. Knows no outbox.

Our key ``[touchpoint:<site>:ticket:<number>:<second of its opening>]`` ends its title there, and is looked for before
anything is created; a followup has the event's key. So what is sent twice is there once, and what an answer that was
lost made twice is put right with the next event. The title before the key is people's; without it we do not know it.

How far verified: against a server of our own that does what GLPI's documentation and source say (see ``glpi_api``).
GLPI itself was not at hand: nothing here has been tried on one. Its user needs a profile that may see, create and
update all tickets of its entity, and add followups to them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from html import escape
from typing import Any, NamedTuple

from gateway.documents import parse_duration
from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.model import noun_and_verb
from gateway.outputs.glpi_api import GlpiApi
from gateway.outputs.output import Letterhead, needed, only_settings
from gateway.outputs.wording import in_language, one_line, sentence

NEW, PROCESSING, PENDING, SOLVED, CLOSED = 1, 2, 4, 5, 6
"""CommonITILObject's; 3 is planned."""
WORK = range(NEW, SOLVED)
MOVES: Mapping[str, int] = {
    "taken": PROCESSING, "arrived": PROCESSING, "resumed": PROCESSING, "paused": PENDING, "reopened": PROCESSING,
}  # fmt: skip
"""What becomes of the status there. Only ``reopened`` takes back that somebody has solved it."""
CLOSED_AS: Mapping[str, int] = {"solved": SOLVED, "closed": CLOSED}
PRIORITIES: Mapping[str, int] = {"P1": 5, "P2": 4, "P3": 3, "P4": 2}
"""Very high, high, medium, low; proposed."""
TITLE, ID, STATUS, CLOSED_ON, SOLVED_ON = "1", "2", "12", "16", "17"
"""Numbers of Ticket's search options."""
LONGEST_TITLE = 255
ASKED_AT_ONCE = 20
FOLLOWUPS = 200
"""The newest so many are looked through for one of ours."""
SETTINGS = ("url", "user_token", "app_token", "timeout", "poll", "entity", "closed_as")


class Row(NamedTuple):
    """A ticket of GLPI's; ``done``: when it was solved or closed there, as GLPI writes it."""

    id: int
    status: int
    title: str
    done: str


LONGEST_SEND, LONGEST_LOOK = 25.0, 100.0
"""Seconds for all requests of one event (and the time-out that the site gives), and of one look at what is solved.

A helpdesk that answers each of them slowly would else pass for a gateway that has stopped.
"""


class Glpi:
    """``poll``: how often it is asked what was solved there (60s); ``entity``: in which its tickets are created;
    ``closed_as``: what a ticket becomes there that is closed here, ``solved`` or ``closed``.
    """

    def __init__(self, settings: Mapping[str, str], letterhead: Letterhead) -> None:
        only_settings(settings, SETTINGS)
        needed(settings, ("url", "user_token"))
        if settings.get("closed_as", "solved") not in CLOSED_AS:
            raise ValueError(f"closed_as: is none of {', '.join(CLOSED_AS)}")
        if not settings.get("entity", "0").isdecimal():
            raise ValueError("entity: is no number of an entity")
        self.every = parse_duration(settings.get("poll", "60s"))
        self._api = GlpiApi(settings)
        self._longest = LONGEST_SEND + (self._api.timeout if "timeout" in settings else 0.0)
        self._languages = tuple(letterhead.languages)
        self._site = letterhead.site
        self._closed_as = CLOSED_AS[settings.get("closed_as", "solved")]
        self._entity = {"entities_id": int(settings["entity"])} if "entity" in settings else {}

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """Bring the ticket there up to the event; raises TemporaryFailure and PermanentFailure."""
        noun, _, what = noun_and_verb(event["type"]).partition(".")
        data = event.get("data") or {}
        if noun == "store":
            return  # told to every output; a helpdesk has no ticket for it
        if noun != "ticket" or "ticket" not in data:
            raise PermanentFailure(f"takes events of tickets, and no {noun}.{what}")
        async with _within(self._longest):
            await self._bring(key, event, what)

    async def _bring(self, key: str, event: Mapping[str, Any], what: str) -> None:
        data = event["data"]
        row = await self._find(self._mark(data["ticket"], opened(data)))
        if row is None and what == "closed":
            return  # it never was there, and asks for nothing any more
        if row is None:
            row = await self._create(key, event)
        elif what != "opened":
            await self._update(row, what, key, event)

    async def solved(self, tickets: Mapping[int, float]) -> dict[int, str]:
        """Of these tickets of ours, those that are solved or closed there, and what is to be said of that."""
        marks = {self._mark(number, opened_at): number for number, opened_at in tickets.items()}
        found: dict[int, str] = {}
        for start in range(0, len(marks), ASKED_AT_ONCE):
            part = [*marks][start : start + ASKED_AT_ONCE]
            async with _within(LONGEST_LOOK / (len(marks) // ASKED_AT_ONCE + 1)):
                rows = await self._search(part)
            for row in rows:
                mark = next((each for each in part if each in row.title), None)
                if mark and row.status in (SOLVED, CLOSED):
                    found[marks[mark]] = f"GLPI {row.id}: {row.done}"
        return found

    async def close(self) -> None:
        """Close the connection."""
        await self._api.close()

    def _mark(self, number: int, opened_at: float) -> str:
        """Numbers begin anew with a new database, moments do not."""
        return f"[touchpoint:{self._site}:ticket:{number}:{int(opened_at)}]"

    async def _find(self, mark: str) -> Row | None:
        """The ticket there; of several, which a create made twice whose answer was lost, the first."""
        rows = [each for each in await self._search([mark]) if mark in each.title]
        for each in rows[1:]:
            await self._put(each.id, name=f"duplicate of {rows[0].id}", status=CLOSED)
        return rows[0] if rows else None

    async def _search(self, marks: Sequence[str]) -> list[Row]:
        """Tickets there with one of our keys, oldest first."""
        query = [("range", f"0-{10 * ASKED_AT_ONCE - 1}"), ("sort", ID), ("order", "ASC")]
        query += [(f"forcedisplay[{n}]", each) for n, each in enumerate((ID, TITLE, STATUS, CLOSED_ON, SOLVED_ON))]
        for n, mark in enumerate(marks):
            asked = {"link": "OR", "field": TITLE, "searchtype": "contains", "value": mark}
            query += [(f"criteria[{n}][{name}]", value) for name, value in asked.items()]
        return _rows(await self._api.ask("GET", "search/Ticket", query))

    async def _create(self, key: str, event: Mapping[str, Any]) -> Row:
        data = event["data"]
        urgency, mark = PRIORITIES[data["priority"]], self._mark(data["ticket"], opened(data))
        title = _title(data, self._languages[0], mark)
        told = {
            "name": title, "content": self._content(key, event), "type": 1, "externalid": mark[1:-1],
            "urgency": urgency, "impact": urgency, "priority": urgency, **self._entity,
        }  # fmt: skip
        return Row(await self._add("Ticket", told), NEW, title, "")

    async def _add(self, what: str, told: Mapping[str, Any]) -> int:
        """Create something; returns its number."""
        made = await self._api.ask("POST", what, told={"input": told})
        number = made.get("id") if isinstance(made, Mapping) else None
        if type(number) is not int:
            raise TemporaryFailure(f"the answer to a new {what} has no id")
        return number

    async def _update(self, row: Row, what: str, key: str, event: Mapping[str, Any]) -> None:
        """First a followup; but one that is closed takes none, and is opened again before."""
        if what == "reopened":
            await self._move(row, what)
            row = row._replace(status=PROCESSING)
        if row.status != CLOSED:
            await self._follow_up(row, key, event)
        await self._move(row, what)

    async def _follow_up(self, row: Row, key: str, event: Mapping[str, Any]) -> None:
        newest = [("order", "DESC"), ("range", f"0-{FOLLOWUPS - 1}")]
        known = await self._api.ask("GET", f"Ticket/{row.id}/ITILFollowup", newest)
        if not isinstance(known, list) or not all(isinstance(each, Mapping) for each in known):
            raise TemporaryFailure("the answer is no list of followups")
        if not any(f"[{key}]" in str(each.get("content")) for each in known):
            told = {"itemtype": "Ticket", "items_id": row.id, "content": self._content(key, event), "_no_reopen": 1}
            await self._add("ITILFollowup", told)

    async def _move(self, row: Row, what: str) -> None:
        if what == "closed" and row.status in WORK:
            await self._put(row.id, status=self._closed_as)
        wanted = MOVES.get(what)
        if wanted and row.status != wanted and (row.status in WORK or what == "reopened"):
            await self._put(row.id, status=wanted)

    async def _put(self, number: int, **told: str | int) -> None:
        await self._api.ask("PUT", f"Ticket/{number}", told={"input": told})

    def _content(self, key: str, event: Mapping[str, Any]) -> str:
        """The event in each language, and its key, as HTML without any of its own."""
        lines = [*(sentence(event, each) for each in self._languages), f"[{key}]"]
        return "".join(f"<p>{escape(one_line(line))}</p>" for line in lines)


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise TemporaryFailure(f"not done within {seconds:g} s") from error


def opened(data: Mapping[str, Any]) -> float:
    """When the ticket of an event was opened, in seconds since 1970."""
    return datetime.fromisoformat(data["opened_at"]).timestamp()


def _title(data: Mapping[str, Any], language: str, mark: str) -> str:
    """Priority, place and clause, cut so that the whole key follows."""
    place, what = (in_language(data.get(name) or data.get(other, ""), language) for name, other in (
        ("place", "asset"), ("title", "clause"),
    ))  # fmt: skip
    words = one_line(f"[{data['priority']}] {place} {what}")
    return f"{words[: LONGEST_TITLE - len(mark) - 1]} {mark}"


def _rows(told: Any) -> list[Row]:
    """What was found, oldest first. Only an answer that says itself that there is nothing has no ``data``."""
    try:
        found = told["data"] if told["totalcount"] else []
        rows = found.values() if isinstance(found, Mapping) else found
        return sorted(Row(int(each[ID]), int(each[STATUS]), str(each[TITLE]), _done(each)) for each in rows)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TemporaryFailure(f"the answer to a search is none ({type(error).__name__})") from None


def _done(row: Mapping[str, Any]) -> str:
    return str(row.get(SOLVED_ON) or row.get(CLOSED_ON) or "")
