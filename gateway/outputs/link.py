"""The address under which people find what a message speaks of. Knows no page: the site says how one is addressed."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Any
from urllib.parse import quote, urlsplit

FIELDS = ("site", "asset", "clause", "ticket", "entry", "subject")
"""What an address may mention; ``entry`` is a line of the log book."""


class Link:
    """An output's setting ``link``: ``https://pm.example/tickets/$ticket``; "" for none."""

    def __init__(self, written: str) -> None:
        """Raises ValueError, a sentence for the site's author."""
        self._template = Template(written)
        if not self._template.is_valid():
            raise ValueError("link: has a $ before something that is no name; write $$ for a $")
        self._fields = self._template.get_identifiers()
        if unknown := sorted({*self._fields} - {*FIELDS}):
            raise ValueError(f"link: knows no ${unknown[0]} (known: {', '.join(FIELDS)})")
        if written and not is_web(self._template.safe_substitute(dict.fromkeys(FIELDS, "x"))):
            raise ValueError("link: is no http or https address")

    def of(self, event: Mapping[str, Any]) -> str:
        """The address for an event; "" where it lacks what the address mentions."""
        data = {**(event.get("data") or {}), "subject": event.get("subject", "")}
        found = {
            name: data[name] for name in self._fields if isinstance(data.get(name), str | int) and data[name] != ""
        }
        if found.keys() != {*self._fields}:
            return ""
        return self._template.substitute({name: quote(str(value), safe="") for name, value in found.items()})


def is_web(url: str) -> bool:
    """Whether it is an http or https address."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
