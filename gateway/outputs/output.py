"""The contract of an output, and the shape of what it is handed. Adapters classify failures; the outbox retries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from gateway.clock import iso
from gateway.model import Event


class Output(Protocol):
    """Takes one event at a time. Built from a site's settings without touching the network."""

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """Deliver a CloudEvents mapping; ``key`` is the same each time the same event is sent.

        Raises TemporaryFailure when it is worth trying again, PermanentFailure when it is not.
        """

    async def close(self) -> None:
        """Let go of connections; nothing is sent afterwards."""


def cloud_event(event: Event) -> dict[str, Any]:
    """``event`` as CloudEvents 1.0 in structured JSON; ``sequence`` is the published extension of that name."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": f"/touchpoint/{event.site}",
        "type": event.type,
        "subject": event.subject,
        "time": iso(event.at),
        "datacontenttype": "application/json",
        "sequence": f"{event.sequence:010d}",
        "data": dict(event.data),
    }


def only_settings(settings: Mapping[str, str], known: Iterable[str]) -> None:
    """Raise ValueError when ``settings`` has a key that is not ``known``."""
    unknown = sorted(settings.keys() - set(known))
    if unknown:
        names = ", ".join(sorted(known)) or "none"
        raise ValueError(f"unknown setting {', '.join(unknown)} (known: {names})")
