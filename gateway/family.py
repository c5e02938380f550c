"""Which ticket explains that another cannot be proven: that of its device, or of its line, that is lost.

Nothing of this is stored: it holds for as long as both are open, and follows from the site's files.
"""

from __future__ import annotations

from gateway.estate import Estate
from gateway.tickets.register import Register
from gateway.tickets.ticket import Ticket

DEVICE, LINE = "device/", "connection/"


def parent_of(estate: Estate, register: Register, ticket: Ticket) -> int | None:
    """The open ticket of the line that an open ticket's asset hangs on, else of its device; None where all answer."""
    lost = (_open_on(estate, register, name) for name in _hangs_on(estate, ticket.asset)) if ticket.is_open else ()
    return next((number for number in lost if number is not None), None)


def children_of(estate: Estate, register: Register, ticket: Ticket) -> list[int]:
    """The open tickets that one of a line or a device explains, the most urgent first."""
    if not ticket.asset.startswith((DEVICE, LINE)) or not ticket.is_open:
        return []
    return [each.id for each in register.open() if parent_of(estate, register, each) == ticket.id]


def _hangs_on(estate: Estate, asset: str) -> list[str]:
    """The lines of an asset, then its devices."""
    found = estate.assets.get(asset)
    if found is None or asset.startswith(LINE):
        return []
    own = [asset.removeprefix(DEVICE)] if asset.startswith(DEVICE) else list(found.devices)
    lines = dict.fromkeys(estate.device_connection[each] for each in own if each in estate.device_connection)
    return [LINE + each for each in lines] + ([] if asset.startswith(DEVICE) else [DEVICE + each for each in own])


def _open_on(estate: Estate, register: Register, asset: str) -> int | None:
    kind = LINE.rstrip("/") if asset.startswith(LINE) else DEVICE.rstrip("/")
    found = (register.latest(asset, clause) for clause in estate.standard.of_kind(kind))
    return next((each.id for each in found if each and each.is_open), None)
