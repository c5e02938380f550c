"""Puts links into notices while they are handed over: they are secrets, and stand in no table of events.

Knows no adapter and no key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from gateway.outputs.wording import is_notice

Link: TypeAlias = Callable[[Mapping[str, Any], str, str], str]
"""(item, person, what the message is) → the address, "" for none."""


def linked(link: Link, key: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
    """A notice to a person with ``link`` in the data of each item that calls for somebody; any other event as it is."""
    if not is_notice(event):
        return event
    data = event["data"]
    items = [_item(link, item, data["to"], f"{key}/{nth}") for nth, item in enumerate(data["items"])]
    return {**event, "data": {**data, "items": items}}


def _item(link: Link, item: Mapping[str, Any], who: str, message: str) -> Mapping[str, Any]:
    address = link(item, who, message)
    return {**item, "data": {**item["data"], "link": address}} if address else item
