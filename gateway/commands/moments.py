"""Times as people write them in an option: a day, or a time; without a zone it is the site's."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.commands import WrongUsage


def moment(option: str, written: str, zone: ZoneInfo, otherwise: float) -> float:
    """Seconds since 1970, ``otherwise`` when nothing was written; raises WrongUsage."""
    if not written:
        return otherwise
    try:
        found = datetime.fromisoformat(written)
    except ValueError as error:
        raise WrongUsage(f"{option}: {written!r} is no time: write it like 2026-11-23 or 2026-11-23T08:15") from error
    return (found if found.tzinfo else found.replace(tzinfo=zone)).timestamp()
