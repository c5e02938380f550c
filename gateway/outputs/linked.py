"""Puts links into notices while they are handed over: they are secrets, and stand in no table of events.

Knows no adapter and no key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.outputs.output import Output
from gateway.outputs.wording import messages

NOTICE = "touchpoint.notice.made.v1"


class Linked:
    """An output whose notices to a person carry ``link`` in the data of each item that calls for somebody.

    ``link``: (item, person, what the message is) → the address, "" for none.
    """

    def __init__(self, output: Output, link: Callable[[Mapping[str, Any], str, str], str]) -> None:
        self.output = output
        self._link = link

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """As the output itself; raises what it raises."""
        await self.output.send(key, self._with_links(key, event) if event["type"] == NOTICE else event)

    async def close(self) -> None:
        """As the output itself."""
        await self.output.close()

    def _with_links(self, key: str, notice: Mapping[str, Any]) -> Mapping[str, Any]:
        data = notice["data"]
        items = [self._item(item, data["to"], f"{key}/{nth}") for nth, item in enumerate(data["items"])]
        return {**notice, "data": {**data, "items": items}}

    def _item(self, item: Mapping[str, Any], who: str, message: str) -> Mapping[str, Any]:
        link = self._link(item, who, message)
        return {**item, "data": {**item["data"], "link": link}} if link else item


def link_line(item: Mapping[str, Any], language: str) -> str:
    """``Acknowledge: https://…`` for an item of a notice that carries a link; "" for any other."""
    link = (item.get("data") or {}).get("link", "")
    return f"{messages(language).words['acknowledge']}: {link}" if link else ""
