"""One poll of one Modbus device: which blocks are asked, what each refusal means and teaches. Knows no sockets."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.errors import GatewayError, Unreachable
from gateway.model import BadReading, Reading
from gateway.profiles import ModbusProfile
from gateway.sources.bus import RARELY, plan_of, wanted_of
from gateway.sources.registers import Block, Cut, Words, plan
from gateway.sources.source import Device

log = logging.getLogger(__name__)

NO_ANSWER = BadReading("no-answer")
REFUSAL_HOLDS = 600.0
"""Seconds after which a refused block is asked again at the latest (proposed); sooner at first: it may be starting."""
EXCEPTIONS = {
    1: "illegal function",
    2: "illegal address",
    3: "illegal value",
    4: "device failure",
    5: "still working",
    6: "busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target does not answer",
}
"""Exception codes as the Modbus application protocol (V1.1b3, 7) names them."""
FUNCTION, ADDRESS, VALUE = 1, 2, 3
BUSY = (5, 6)
UNREACHABLE = (10, 11)


class NoAnswer(Unreachable):
    """The unit did not answer in time, or not with what was asked."""


class LinkFailed(Unreachable):
    """The TCP connection or the serial port cannot be opened."""


class ExceptionAnswer(GatewayError):
    """The unit answered with a Modbus exception: it lives, and says no."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(EXCEPTIONS.get(code, f"exception {code}"))


class Link(Protocol):
    """What asks one question on the wire at a time."""

    async def ask(self, unit: int, block: Block) -> Words:
        """The block's words. Raises NoAnswer, LinkFailed or ExceptionAnswer."""


@dataclass(slots=True)
class Trouble:
    """What is known against one block."""

    reason: BadReading
    failures: int = 0
    again_at: float = 0.0


class Replanned(Exception):
    """The device taught where its holes are: the poll starts again with other blocks."""


class DevicePoll:
    """Reads one device, and remembers what it refused."""

    def __init__(self, device: Device) -> None:
        """Raises ValueError when the profile and parameters of ``device`` give no requests."""
        self.device = device
        self.plan = plan_of(device)
        self.points = tuple(device.point_ids[name] for name in self.plan.names if device.point_ids)
        """Ids of what ``read`` returns: one and the same tuple for ever; none where it is only asked if it answers."""
        self._cuts: frozenset[Cut] = frozenset()
        self._troubles: dict[Cut, Trouble] = {}
        self._told: set[tuple[Cut, int]] = set()
        self._heard = False
        self._nothing_told = False
        """Every block is in trouble."""
        self.last: dict[Cut, Words | BadReading] = {}
        """What each block was answered in the last poll, by table and first address."""

    async def read(self, link: Link, now: float) -> Sequence[Reading]:
        """One reading for each of ``points``. Raises NoAnswer when nothing at all was answered, LinkFailed."""
        while True:
            try:
                return await self._read_all(link, now)
            except Replanned:
                continue

    def nothing(self, reason: BadReading) -> list[Reading]:
        """The same bad reading for every point."""
        return [reason] * len(self.points)

    def forget(self) -> None:
        """Whatever comes back may be another device: it is read whole, and holes are learned anew."""
        self._nothing_told = False
        self._cuts = frozenset()
        self._troubles.clear()
        self.plan = plan_of(self.device)

    async def _read_all(self, link: Link, now: float) -> Sequence[Reading]:
        self._heard = False
        answers = self.last = {}
        for block in self._in_order(now):
            answers[_key(block)] = await self._read_block(link, block, now)
        read = self.plan.decode([answers.get(_key(block), NO_ANSWER) for block in self.plan.blocks])
        return read if self.points else ()

    def _in_order(self, now: float) -> Sequence[Block]:
        """Blocks that answered last time come first, so that a silent one does not hide a living device."""
        if not self._troubles:
            return self.plan.blocks
        order = sorted(self.plan.blocks, key=lambda block: self._trouble(block).failures)
        self._nothing_told = all(_key(block) in self._troubles for block in order)
        if all(now < self._trouble(block).again_at for block in order):
            # Something must be asked, or nobody would know that the device lives.
            self._trouble(order[0]).again_at = now
        return order

    def _trouble(self, block: Block) -> Trouble:
        return self._troubles.get(_key(block)) or Trouble(NO_ANSWER)

    async def _read_block(self, link: Link, block: Block, now: float) -> Words | BadReading:
        trouble = self._trouble(block)
        if now < trouble.again_at:
            return trouble.reason
        try:
            words = await self._ask_twice_if_busy(link, block)
        except NoAnswer:
            return self._silent(block, now)
        except ExceptionAnswer as refusal:
            self._heard = True
            return self._refused(block, refusal.code, now)
        self._heard = True
        if self._nothing_told and len(self.plan.blocks) > 1:
            self.forget()  # it refused everything while it was starting: that taught nothing
            raise Replanned
        self._troubles.pop(_key(block), None)
        return words

    async def _ask_twice_if_busy(self, link: Link, block: Block) -> Words:
        try:
            return await link.ask(self.device.unit, block)
        except ExceptionAnswer as refusal:
            if refusal.code in UNREACHABLE:
                raise NoAnswer(str(refusal)) from refusal
            if refusal.code not in BUSY:
                raise
        return await link.ask(self.device.unit, block)

    def _silent(self, block: Block, now: float) -> BadReading:
        trouble = self._troubles.setdefault(_key(block), Trouble(NO_ANSWER))
        trouble.failures += 1
        if not self._heard:
            raise NoAnswer(f"{self.device.name} does not answer")
        trouble.again_at = now + min(self.device.every * 2 ** min(trouble.failures, 16), RARELY)
        self._tell_once(block, 0, "is not answered, though others of this device are")
        return NO_ANSWER

    def _refused(self, block: Block, code: int, now: float) -> BadReading:
        said = EXCEPTIONS.get(code, f"exception {code}")
        if code in BUSY:
            return BadReading("busy", said)
        if code not in (FUNCTION, ADDRESS, VALUE):
            self._tell_once(block, code, f"is answered with {said}")
            return BadReading("device-failure", said)
        if code != FUNCTION and (cuts := block.narrower()):
            self._learn(cuts)
            raise Replanned
        self._tell_once(block, code, f"is refused: {said}; check the profile against the device")
        return self._in_trouble(block, BadReading("refused", said), REFUSAL_HOLDS, now).reason

    def _in_trouble(self, block: Block, reason: BadReading, longest: float, now: float) -> Trouble:
        """One failure more of a block, which is asked again the later the more there were."""
        before = self._trouble(block).failures
        trouble = self._troubles[_key(block)] = Trouble(reason, before + 1)
        trouble.again_at = now + min(self.device.every * 2 ** min(trouble.failures, 16), longest)
        return trouble

    def _learn(self, cuts: frozenset[Cut]) -> None:
        self._cuts |= cuts
        profile = self.device.profile
        if isinstance(profile, ModbusProfile):
            self.plan = plan(profile, wanted_of(self.device, profile), self.device.parameters, self._cuts)

    def _tell_once(self, block: Block, code: int, what: str) -> None:
        if (_key(block), code) not in self._told:
            self._told.add((_key(block), code))
            last = block.start + block.count - 1
            log.warning("device %s: reading %s %d to %d %s", self.device.name, block.table, block.start, last, what)


def _key(block: Block) -> Cut:
    return block.table, block.start
