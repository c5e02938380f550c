"""What becomes of a notice that the last channel of a person refuses for good: who is told in their place. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from gateway.model import Priority
from gateway.routing.book import ALL_CLEAR, Book, Entry, Line, Sent, Thread
from gateway.routing.bundle import in_order
from gateway.routing.routes import Routing, Way

NAMED = 10
"""So many are named of those that nobody was told of; all are counted."""
OF_THE_FIRST = ("asset", "asset_kind", "touchpoint", "place", "clause", "title")


class Unheard(NamedTuple):
    """Nobody takes what one notice told of: to whom it went last, and what is said of it."""

    line: Line
    data: Mapping[str, Any]


def reached(book: Book, sent: Sent) -> None:
    """A notice has arrived: whoever was out of reach is so no more."""
    for thread, entry in _standing(book, sent):
        for line in thread.lines_by(entry):
            if thread.told[line].refused:
                thread.told[line] = replace(thread.told[line], refused=False)
                book.keep(thread)


def instead(book: Book, routing: Routing, sent: Sent, now: float) -> tuple[list[Entry], Unheard | None]:
    """Of a notice that was refused for good: who is told at once in that person's place, and what nobody takes.

    These are all whom a route names for an alarm of that priority, and who are not told of the same thing anyway.
    """
    found: list[Entry] = []
    unheard: list[Entry] = []
    for thread, entry in _standing(book, sent):
        if entry.then or entry.kind == ALL_CLEAR:
            continue
        news = _refuse(book, thread, entry)
        ways = _stand_ins(book, routing, thread, entry)
        found += [_for(way, entry, now) for way in ways]
        waiting = any(each.kind != ALL_CLEAR for each in book.waiting(thread.key))
        if news and not ways and not waiting and all(how.refused for how in thread.told.values()):
            unheard.append(entry)
    return found, Unheard(sent.line, _about(unheard, book.events)) if unheard else None


def along(routing: Routing, thread: Thread | None, ways: list[Way]) -> list[Way]:
    """The ways, and those of all who are told in the place of somebody who is out of reach, once that is known."""
    if thread is None or not any(thread.is_out_of_reach(way.person) for way in ways):
        return ways
    told = {way.person for way in ways}
    return [*ways, *(way for way in routing.stand_ins(Priority(thread.priority)) if way.person not in told)]


def _standing(book: Book, sent: Sent) -> Iterator[tuple[Thread, Entry]]:
    """What a notice tells of and still stands, most urgent first."""
    for entry in in_order(sent.entries):
        thread = book.threads.get(entry.thread)
        if thread and entry.sequence >= thread.begun:
            yield thread, entry


def _refuse(book: Book, thread: Thread, entry: Entry) -> bool:
    """Write down that the person is out of reach there; returns whether that is news."""
    lines = [line for line in thread.lines_by(entry) if not thread.told[line].refused]
    for line in lines:
        thread.told[line] = replace(thread.told[line], refused=True)
    book.keep(thread)
    return bool(lines)


def _stand_ins(book: Book, routing: Routing, thread: Thread, entry: Entry) -> list[Way]:
    if thread.lines_by(entry) and not thread.is_out_of_reach(entry.person):
        return []  # told by another channel
    told = {line.person for line, how in thread.told.items() if how.sequence >= entry.sequence}
    told |= {each.person for each in book.waiting(thread.key) if each.sequence >= entry.sequence}
    ways = routing.stand_ins(Priority(entry.priority))
    return [way for way in ways if way.person not in told | {entry.person}]


def _for(way: Way, entry: Entry, now: float) -> Entry:
    return replace(
        entry, person=way.person, channel=way.channels[0], then=way.channels[1:], wait=way.wait, within=way.within,
        due=now, passed_on=False, paired=False, instead_of=entry.person,
    )  # fmt: skip


def _about(entries: Sequence[Entry], events: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """The most urgent one in full, and what the others are about."""
    first = events[entries[0].sequence]["data"]
    about = [str(events[each.sequence]["subject"]) for each in entries[:NAMED]]
    told = {"priority": entries[0].priority, "count": len(entries), "about": about}
    return {name: first[name] for name in OF_THE_FIRST if name in first} | told
