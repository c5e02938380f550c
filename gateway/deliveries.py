"""The outputs of a site as a whole: which take nothing, what waits for them, and how people set that right.

Says to the tick which outputs are down; knows no adapter and no SQL beyond the store's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from typing import Any

from gateway.access.tokens import Caller
from gateway.changes import AuditEntry
from gateway.clock import Clock
from gateway.errors import Refused
from gateway.estate import Estate
from gateway.health import Health
from gateway.outputs.circuit import Circuit, Standing
from gateway.outputs.outbox import Delivery
from gateway.store import waiting
from gateway.store.store import Store
from gateway.store.waiting import Kept, Queue
from gateway.words import OutputTold, Word

LOOK_EVERY = 5.0
STALLED_AFTER = 30.0
FAILING_AFTER = 60.0
"""Seconds for which an output takes nothing before the others are told; proposed."""


class Deliveries:
    """``of``: the delivery of each output of events; ``spools``: the circuit of each of readings.

    Times are seconds since 1970.
    """

    def __init__(self, estate: Estate, store: Store, clock: Clock, health: Health) -> None:
        self.of: dict[str, Delivery] = {}
        self.spools: dict[str, Circuit] = {}
        self._estate, self._store, self._clock, self._health = estate, store, clock, health

    def wake(self) -> None:
        """There may be something to deliver."""
        for delivery in self.of.values():
            delivery.wake()

    # --- who takes nothing

    async def watch(self, told_of: Callable[[], Collection[str]], tell: Callable[[Word], None]) -> None:
        """Look for ever; ``told_of``: the outputs that are known to take nothing, ``tell`` hands in what changed."""
        self._health.expect("outbox", STALLED_AFTER)
        while True:
            await self.look(told_of(), tell)
            self._health.beat("outbox")
            await self._clock.sleep(LOOK_EVERY)

    async def look(self, told_of: Collection[str], tell: Callable[[Word], None]) -> None:
        """Look once."""
        await self._look_for_gone()
        aside = await self._store.read(waiting.asides)
        for name, delivery in self.of.items():
            self._look(name, delivery.circuit, name in told_of, aside.get(name, 0), "")
            proven = delivery.proven_down(self._clock.now())
            await self._say(name, delivery.circuit, name in told_of, (delivery.down_since, proven), tell)
        for name, circuit in self.spools.items():
            spool = await self._store.spool_standing(name)
            dropped = f", {spool.dropping} were dropped" if spool.dropping else ""
            self._look(name, circuit, name in told_of, 0, f"; {spool.waiting} readings wait{dropped}")
            await self._say(name, circuit, name in told_of, (circuit.since, circuit.proven), tell)

    async def _look_for_gone(self) -> None:
        """Have health say what waits for an output that was taken out of the site's files, or has another name now."""
        gone = await self._store.read(lambda file, site: waiting.gone(file, site, self.of))
        told = (f"{name} is gone from the site's files, and {count} wait for it" for name, count in gone.items())
        self._health.doubt("outbox", "; ".join(told))

    async def _say(
        self, name: str, circuit: Circuit, told_of: bool, down: tuple[float | None, float], tell: Callable[[Word], None]
    ) -> None:
        """Tell of an output that is down, or of one that is not any more; ``down``: since when, for how long proven."""
        since, proven = down
        if not told_of and since is not None and proven >= FAILING_AFTER:
            error = circuit.error or "no end to an attempt"
            tell(OutputTold(name, True, since, error, await self._waiting(name)))
        elif told_of and circuit.works:
            tell(OutputTold(name, False, self._clock.now(), "", await self._waiting(name)))

    async def _waiting(self, name: str) -> int:
        """How many events, or readings, wait for an output."""
        return (await self.queue(name)).waiting if name in self.of else (await self.spooled(name) or 0)

    def _look(self, name: str, circuit: Circuit, told_of: bool, aside: int, waits: str) -> None:
        """Have health say what is wrong with an output, in a few words; ``waits``: what waits while it is down."""
        found, now = [], self._clock.now()
        if circuit.standing(now) is Standing.OPEN:
            found.append(f"takes nothing for {circuit.lasts(now):.0f} s: {circuit.error}{waits}")
        elif told_of and not circuit.works:
            found.append("took nothing when last heard of")
        if aside:
            found.append(f"{aside} set aside")
        self._health.doubt(f"output {name}", "; ".join(found))

    def circuit(self, name: str) -> Circuit | None:
        """The circuit of an output that the site has."""
        return self.of[name].circuit if name in self.of else self.spools.get(name)

    # --- what waits

    async def queue(self, output: str) -> Queue:
        """What is kept for an output."""
        return await self._store.read(lambda file, site: waiting.queue(file, site, output))

    async def queues(self) -> list[Queue]:
        """What is kept for each output of the site, and for those that it no longer has."""
        kept = await self._store.read(waiting.outputs)
        return [await self.queue(name) for name in sorted({*self._estate.outputs, *kept})]

    async def spooled(self, output: str) -> int | None:
        """How many readings wait for an output of readings; None for any other."""
        return (await self._store.spool_standing(output)).waiting if output in self.spools else None

    async def set_aside(self, output: str, after: int, limit: int) -> list[Kept]:
        """What an output will not take, in order."""
        return await self._store.read(lambda file, site: waiting.set_aside(file, site, output, after, limit))

    # --- what people do

    async def retry(self, output: str, row: int | None, everything: bool, by: Caller, reason: str) -> int:
        """Try now: row ``row``, all that is set aside, or only what waits. Tells how many were set aside; audited."""
        if output not in self._estate.outputs:
            raise Refused(f"the site has no output {output}")
        site = self._estate.site

        def change(file: sqlite3.Connection) -> AuditEntry:
            kept = None if row is None else waiting.find(file, site, output, row)
            told: dict[str, Any] = {"reason": reason} | (_told(kept) if kept else {"all": everything})
            tried = waiting.again(file, site, output, row) if everything or kept else 0
            waiting.soon(file, site, output)
            about = f"output/{output}" if row is None else f"output/{output}/{row}"
            return AuditEntry(self._clock.now(), by.who, "RetryDelivery", about, told | {"rows": tried})

        entry = await self._store.audited(change)
        if output in self.of:
            self.of[output].probe()
        return int(entry.data["rows"])

    async def discard(self, output: str, row: int, by: Caller, reason: str) -> Kept:
        """Give up a delivery, which the audit tells of; its event stays. Raises Refused."""
        if not reason.strip():
            raise Refused("a reason is needed")
        found: list[Kept] = []

        def change(file: sqlite3.Connection) -> AuditEntry:
            now, kept = self._clock.now(), waiting.find(file, self._estate.site, output, row)
            waiting.discard(file, kept, now)
            found.append(kept)
            about = f"output/{output}/{row}"
            return AuditEntry(now, by.who, "DiscardDelivery", about, {"reason": reason, **_told(kept)})

        await self._store.audited(change)
        if output in self.of:
            self.of[output].told(found[0].event.id, False)
            self.of[output].probe()
        return found[0]


def _told(kept: Kept) -> dict[str, Any]:
    """A delivery as the audit keeps it."""
    event = {"event": kept.event.id, "type": kept.event.type, "subject": kept.event.subject, "sha256": kept.digest}
    return event | {"state": kept.state, "tries": kept.tries, "error": kept.error}
