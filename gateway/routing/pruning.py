"""What becomes of notices when the site's files change: nobody is told who is gone, nor by a channel that is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateway.routing.book import Book, Entry, Line, Reached, Sent, Thread
from gateway.routing.people import Person


def prune(book: Book, people: Mapping[str, Person]) -> set[str]:
    """Take from the book whoever is gone; what waited for a channel that is gone waits for the next one.

    Returns the threads of which somebody knew, or was to, whom no channel is left for.
    """
    bereft = _prune_queues(book, people)
    for thread in book.threads.values():
        told = _told(thread, people)
        if told != thread.told:
            if len(told) < len(thread.told):
                bereft.add(thread.key)
            thread.told = told
            book.keep(thread)
    for sent in list(book.sent.values()):
        left = _sent(sent, people)
        if left is None:
            book.arrived(sent.key)
        elif left != sent:
            book.await_delivery(left)
    return bereft


def _prune_queues(book: Book, people: Mapping[str, Person]) -> set[str]:
    bereft = set()
    for entry in [each for queue in book.queues.values() for each in queue.values()]:
        still = _entry(entry, people)
        if still is None:
            bereft.add(entry.thread)
        elif still != entry:
            book.add(still)
        if still is None or still.key != entry.key:  # after the other was added, so that its event is kept
            book.drop(entry)
    return bereft


def _sent(sent: Sent, people: Mapping[str, Person]) -> Sent | None:
    """None where nobody delivers it any more, and no other channel is left to ask."""
    entries = tuple(replace(each, then=_known(each.person, each.then, people)) for each in sent.entries)
    if not _known(sent.line.person, (sent.line.channel,), people):
        entries = tuple(each for each in entries if each.then)
        if not entries:
            return None
    return replace(sent, entries=entries)


def _entry(entry: Entry, people: Mapping[str, Person]) -> Entry | None:
    channels = _known(entry.person, (entry.channel, *entry.then), people)
    return replace(entry, channel=channels[0], then=channels[1:]) if channels else None


def _told(thread: Thread, people: Mapping[str, Person]) -> dict[Line, Reached]:
    told: dict[Line, Reached] = {}
    for line, how in thread.told.items():
        channels = _known(line.person, (line.channel, *how.then), people)
        if channels:
            told.setdefault(Line(line.person, channels[0]), replace(how, then=channels[1:]))
    return told


def _known(person: str, channels: tuple[str, ...], people: Mapping[str, Person]) -> tuple[str, ...]:
    known = people.get(person)
    return tuple(each for each in channels if known and each in known.reach)
