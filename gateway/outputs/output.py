"""The contract of an output, and the shape of what it is handed. Adapters classify failures; the outbox retries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any, Protocol, runtime_checkable


class Secret(str):
    """A text out of a file that nobody else may read; shown nowhere, not even in a traceback's locals."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(...)"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What an output knows of the site that it writes for."""

    languages: Sequence[str]
    site: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    timezone: tzinfo = UTC
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Person → where this output reaches them."""


class Output(Protocol):
    """Takes one event at a time. Built from a site's settings without touching the network."""

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """Deliver a CloudEvents mapping; ``key`` is the same each time the same event is sent.

        Raises TemporaryFailure when it is worth trying again, PermanentFailure when it is not.
        """

    async def close(self) -> None:
        """Let go of connections; nothing is sent afterwards."""


@runtime_checkable
class Forgetful(Output, Protocol):
    """An output whose receiver forgets what stands unless it is told again and again."""

    @property
    def repeat_every(self) -> float:
        """Seconds."""

    async def repeat(self, standing: Callable[[], Iterable[Mapping[str, Any]]]) -> None:
        """Tell again what stands; it is asked for when nothing older is on its way any more.

        Raises as ``send`` does.
        """


def only_settings(settings: Mapping[str, str], known: Iterable[str]) -> None:
    """Raise ValueError when ``settings`` has a key that is not ``known``."""
    unknown = sorted(settings.keys() - set(known))
    if unknown:
        names = ", ".join(sorted(known)) or "none"
        raise ValueError(f"unknown setting {', '.join(unknown)} (known: {names})")


def needed(settings: Mapping[str, str], names: Iterable[str]) -> None:
    """Raise ValueError when one of ``names`` is not in ``settings``."""
    if missing := sorted(set(names) - settings.keys()):
        raise ValueError(f"{', '.join(missing)} is missing")
