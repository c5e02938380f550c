"""Takes back from other systems which tickets people have solved there: then the work is said to be done, and measured.

Knows no system: an output that can be asked is a ``Helpdesk``. Asks for open tickets only; each word counts once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol, runtime_checkable

from gateway.actions import FinishTicket
from gateway.clock import Clock
from gateway.errors import DeliveryFailure, Refused
from gateway.estate import Estate
from gateway.health import Health
from gateway.outputs import output_of
from gateway.outputs.output import Output
from gateway.runner import Runner
from gateway.tickets.ticket import Ticket, TicketState

log = logging.getLogger(__name__)

MOST = 100
"""Tickets that are asked for at once; of more, the others come next time."""
ALIVE = 5.0
"""Seconds between two signs of life."""


SLOW = 120.0
"""Seconds without a sign of life after which it counts as stalled: one look asks several times."""


@runtime_checkable
class Helpdesk(Output, Protocol):
    """An output that can tell which tickets were solved at its other end."""

    every: float
    """Seconds between two looks."""

    async def solved(self, tickets: Mapping[int, float]) -> Mapping[int, str]:
        """Of these tickets (number → when it was opened) those that are solved: a word, a new one each time they are.

        Raises TemporaryFailure and PermanentFailure.
        """


def read_back(
    outputs: Mapping[str, Output], estate: Estate, runner: Runner, clock: Clock, health: Health
) -> list[ReadBack]:
    """One for each output that is a helpdesk, with a connection of its own."""
    made = []
    for name, each in outputs.items():
        if isinstance(each, Helpdesk) and isinstance(desk := output_of(estate, name), Helpdesk):
            part = f"read back {name}"
            health.expect(part, SLOW)
            made.append(ReadBack(name, desk, runner, clock, partial(health.beat, part)))
            made[-1].doubt = partial(health.doubt, part)
    return made


class ReadBack:
    """One for each output that is a desk; ``name``: who says so in the ticket's log."""

    def __init__(self, name: str, desk: Helpdesk, runner: Runner, clock: Clock, alive: Callable[[], None]) -> None:
        self.name, self.desk = name, desk
        self._runner, self._clock, self._alive = runner, clock, alive
        self.doubt: Callable[[str], None] = lambda why: None
        """Told why it does not hear what is solved; "" when it does."""
        self._last = 0
        self._trouble = False

    @property
    def _tickets(self) -> Mapping[int, Ticket]:
        return self._runner.pipeline.tickets

    async def run(self) -> None:
        """Look again and again until cancelled."""
        try:
            while True:
                await self._rest()
                await self.look()
        finally:
            await self.desk.close()

    async def _rest(self) -> None:
        until = self._clock.now() + self.desk.every
        self._alive()
        while (left := until - self._clock.now()) > 0:
            await self._clock.sleep(min(left, ALIVE))
            self._alive()

    async def look(self) -> None:
        """Ask for the tickets that are open here, and say that those are done which are solved there."""
        if not (asked := self._asked_for()):
            return
        try:
            told = await self.desk.solved(asked)
        except DeliveryFailure as failure:
            self.doubt(str(failure))
            log.log(logging.DEBUG if self._trouble else logging.WARNING, "%s tells nothing: %s", self.name, failure)
            self._trouble = True
            return
        self._trouble = False
        self.doubt("")
        for number, word in told.items():
            await self._finish(number, word)

    def _asked_for(self) -> dict[int, float]:
        """The next of the tickets that ask for work, by number, and from the first on again."""
        waiting = {number: each.opened_at for number, each in sorted(self._tickets.items()) if _waits(each)}
        ahead = [number for number in waiting if number > self._last]
        part = [*ahead, *(number for number in waiting if number <= self._last)][:MOST]
        self._last = part[-1] if part else 0
        return {number: waiting[number] for number in part}

    async def _finish(self, number: int, word: str) -> None:
        ticket = self._tickets.get(number)
        if ticket is None or not _waits(ticket) or _was_said(ticket, word):
            return
        try:
            await self._runner.act(FinishTicket(number, self.name, word))
        except Refused as refusal:
            log.warning("%s says that ticket %d is solved, which cannot be: %s", self.name, number, refusal)


def _waits(ticket: Ticket) -> bool:
    return ticket.state in (TicketState.OPEN, TicketState.TAKEN)


def _was_said(ticket: Ticket, word: str) -> bool:
    """Whether it was said before: then it was measured since, and found not to be so."""
    return any(each.what == "finished" and each.text == word for each in ticket.log)
