"""Makes one notice of what waits for a person: most urgent first, a summary in a storm. Knows no time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.model import noun_and_verb
from gateway.routing.book import ALERT, ALL_CLEAR, REPEAT, Entry

STORM = 10
"""More than this in one notice are counted, and only the most urgent of them are told one by one."""
PLACES = 5
OVER = ("ticket.closed", "alarm.cleared")
"""The ends that are good news; that an alarm is hidden is none."""


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """Most urgent first; of the same urgency, as they happened."""
    return sorted(entries, key=lambda each: (each.priority, each.sequence, each.kind))


def bundle(entries: Sequence[Entry], events: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """What a notice says of these: ``kind``, ``priority``, ``items``, and what is left out of them.

    ``priority`` is the highest of what is not over; where all is over, of that.
    """
    ordered = in_order(entries)
    urgent = next((each for each in ordered if each.kind != ALL_CLEAR), ordered[0])
    shown, rest = ordered[:STORM], ordered[STORM:]
    items = [{**events[each.sequence], "kind": each.kind} for each in shown]
    told = {"kind": _kind(ordered, events), "priority": urgent.priority, "items": items, "more": len(rest)}
    if people := sorted({each.instead_of for each in ordered} - {""}):
        told["instead_of"] = people
    if not rest:
        return told
    counts = Counter(each.priority for each in ordered)
    also = [{"subject": events[each.sequence]["subject"], "kind": each.kind} for each in rest]
    told |= {"kind": "summary", "counts": dict(sorted(counts.items())), "places": _places(ordered, events)}
    return told | {"cleared": sum(each.kind == ALL_CLEAR for each in ordered), "also": also}


def _kind(entries: Sequence[Entry], events: Mapping[int, Mapping[str, Any]]) -> str:
    kinds = {each.kind for each in entries}
    if kinds == {ALL_CLEAR}:
        good = all(noun_and_verb(events[each.sequence]["type"]) in OVER for each in entries)
        return ALL_CLEAR if good else ALERT
    return ALERT if ALERT in kinds else REPEAT


def _places(entries: Sequence[Entry], events: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Where most of it is: a place's words, and how many are there."""
    words: dict[str, Any] = {}
    counts: Counter[str] = Counter()
    for entry in entries:
        place = events[entry.sequence]["data"].get("place")
        if isinstance(place, Mapping):
            name = str(sorted(place.items()))
            words[name] = place
            counts[name] += 1
    return [{"place": words[name], "count": count} for name, count in counts.most_common(PLACES)]
