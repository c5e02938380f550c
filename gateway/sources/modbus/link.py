"""One TCP connection or serial line: one question at a time, and nothing taken on trust.

An answer counts only when unit, function, count and (on TCP) transaction fit the question. Until then the link is
dirty: it is opened anew before anything else is asked, so that no late answer is taken for another register's value.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import termios
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU

from gateway import unsent
from gateway.sources.bus import BIT_FUNCTIONS, Question, Unanswered, parse_line
from gateway.sources.gate import Gate, TooOften, Unlisted, Write
from gateway.sources.modbus.frames import (
    COILS,
    DECODER,
    DISCRETE,
    EXCEPTION,
    HOLDING,
    INPUT,
    WRITES,
    Guard,
    RtuGuard,
    TcpGuard,
)
from gateway.sources.polling import EXCEPTIONS, ExceptionAnswer, LinkFailed, NoAnswer
from gateway.sources.registers import Block, Words
from gateway.sources.source import Connection, Sent, Still

log = logging.getLogger(__name__)

Client: TypeAlias = AsyncModbusTcpClient | AsyncModbusSerialClient

DRAINS = 20
"""Quiet times that a babbling serial line is given before it is opened anew all the same."""
TRIES = 4
"""Times that a question is put at most while what comes does not fit; silence ends it at once."""
NOTHING_DONE = (1, 2, 3, 6, 10)
"""Exceptions after which nothing was carried out (V1.1b3, 7): illegal function, address or value, busy, no path.
Acknowledge (5) says that it will be; after 4 and 11 (no answer behind a gateway) nobody knows."""


class Spoiled(Exception):
    """What came does not fit the question: it proves nothing about the unit, so the question may be asked again."""


class Misfit(Spoiled):
    """A sound answer, but to something else."""


@contextlib.contextmanager
def _cancellable() -> Iterator[None]:
    """Let no cancellation be lost: ``asyncio.wait_for`` of Python 3.11 forgets one that meets its result."""
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    finally:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError


class ModbusLink:
    """One connection; ``gate`` sees every frame before it goes out, and without one nothing can be written."""

    def __init__(self, connection: Connection, gate: Gate | None = None) -> None:
        self.connection = connection
        self._gate = gate or Gate()
        self._gone_out = False
        """The frame in hand was given to the socket."""
        self.rtu = connection.kind != "modbus-tcp"
        self._setting = parse_line(connection.line or "9600-8N1")
        self._gap = self._setting.gap if self.rtu else 0.0
        self._lock = asyncio.Lock()
        self._client: Client | None = None
        self._guard: Guard = TcpGuard(DECODER)
        self._opening: asyncio.Future[str] | None = None
        self._dirty = False
        self._unanswered: dict[int, Unanswered] = {}

    async def ask(self, unit: int, block: Block) -> Words:
        """The words of ``block``. Raises NoAnswer, LinkFailed or ExceptionAnswer."""
        question = block.function, block.start, block.count
        ended = 0
        # What spoils a try may be the answer to an earlier question, or a connection that had ended meanwhile.
        for _ in range(TRIES):
            try:
                async with self._lock:  # given up between two tries: a command waits for no more than one
                    await self._ready()
                    await self._settle(unit, question)
                    return await self._exchange(unit, question)
            except Misfit:
                # The unit lags behind its questions; asking on would keep it behind.
                await asyncio.sleep(self.connection.timeout if self.rtu else 0.0)
            except Spoiled:
                ended += 1
                if ended > 1:
                    break
        raise NoAnswer(f"unit {unit} answers nothing that fits")

    async def write(self, order: Write, still: Still) -> tuple[Sent, str]:
        """Write once, and never again: what is not answered as it should be may or may not have been carried out."""
        async with self._lock:
            try:
                await self._ready()
            except LinkFailed as error:
                return Sent.REFUSED, str(error)
            if self._guard.strayed:
                return Sent.REFUSED, f"{self.connection.name}: something is talking on the line"
            if not still():
                return Sent.WITHDRAWN, ""
            try:
                return await self._put(order)
            except Unlisted as error:
                log.error("line %s: nothing was written: %s", self.connection.name, error)
                return Sent.REFUSED, str(error)
            except TooOften as error:
                return Sent.REFUSED, str(error)

    def close(self) -> None:
        """Drop the link; the next question opens it again."""
        if self._client is not None:
            transport = self._client.ctx.transport
            if isinstance(transport, asyncio.Transport):
                transport.abort()
            self._client.close()
            self._client = None

    async def _ready(self) -> None:
        """An open link on which nothing is under way."""
        if self.rtu and self._client is not None:
            # Frames are told apart by silence; what comes meanwhile is seen as a stray.
            await asyncio.sleep(self._gap)
        if self._client is not None and (self._dirty or self._guard.strayed):
            await self._drain()
            self.close()
            await asyncio.sleep(self.connection.quiet)
        if self._client is not None and not self._client.connected:
            self.close()
        if self._client is None:
            await self._open()

    async def _drain(self) -> None:
        """Wait until a serial line is silent: a late answer cannot be left behind by opening the port again."""
        if self.connection.kind != "modbus-rtu":
            return
        for _ in range(DRAINS):
            heard = self._guard.heard
            await asyncio.sleep(self.connection.quiet)
            if heard == self._guard.heard:
                return

    async def _open(self) -> None:
        if self._opening is not None:
            # An opening that was cancelled runs to its end, or a serial port would stay locked behind it.
            await asyncio.wait([self._opening])
        client = self._client = self._make_client()
        self._guard = RtuGuard(DECODER) if self.rtu else TcpGuard(DECODER)
        client.ctx.framer = self._guard
        self._opening = asyncio.ensure_future(self._connect(client))
        wrong = await asyncio.shield(self._opening)
        self._opening = None
        if wrong:
            self.close()
            raise LinkFailed(f"{self.connection.name}: {self._place()} cannot be opened: {wrong}")
        self._dirty = False

    async def _connect(self, client: Client) -> str:
        """Open the link; why it could not be, "" when it could."""
        create, wrong = client.ctx.call_create, ""

        async def noting() -> Any:  # pymodbus keeps to itself what it catches
            nonlocal wrong
            wrong = f"no answer in {self.connection.timeout:g} s"
            try:
                return await create()
            except OSError as error:
                wrong = why_not(error)
                raise

        client.ctx.call_create = noting
        try:
            opened = await client.connect()
        except (OSError, ValueError, termios.error) as error:
            return why_not(error)
        if self._client is not client and isinstance(client.ctx.transport, asyncio.Transport):
            client.ctx.transport.abort()
        return "" if opened else wrong

    def _place(self) -> str:
        return f"{self.connection.host}:{self.connection.port}" if self.connection.host else str(self.connection.port)

    def _make_client(self) -> Client:
        common: dict[str, Any] = {
            "timeout": self.connection.timeout, "retries": 0, "reconnect_delay": 0,
            "trace_connect": self._state_changed, "trace_packet": self._look,
        }  # fmt: skip
        if self.connection.kind == "modbus-rtu":
            line = self._setting
            return AsyncModbusSerialClient(
                str(self.connection.port), baudrate=line.baud, bytesize=line.data_bits, parity=line.parity,
                stopbits=line.stop_bits, **common,
            )  # fmt: skip
        framer = FramerType.RTU if self.rtu else FramerType.SOCKET
        return AsyncModbusTcpClient(
            self.connection.host, port=int(self.connection.port or 502), framer=framer, **common
        )

    def _look(self, sending: bool, frame: bytes) -> bytes:
        """The last function before the socket: whatever is not allowed ends here."""
        if sending:
            unit, pdu = (frame[0], frame[1:-2]) if self.rtu else (frame[6], frame[7:])
            self._gate.frame(unit, pdu)
            self._gone_out = True
        return frame

    def _state_changed(self, connected: bool) -> None:
        """A connection that ends while a question is open ends the wait: pymodbus would sit the time-out out."""
        if self._client is None or connected or not self._guard.waiting:
            return
        answer = self._client.ctx.response_future
        if not answer.done():
            answer.set_exception(ConnectionException("closed by the other side"))

    async def _settle(self, unit: int, question: Question) -> None:
        """On RTU, make sure that no late answer can pass for this question's."""
        unanswered = self._unanswered.setdefault(unit, Unanswered())
        while self.rtu and unanswered.mistakable(question):
            try:
                await self._exchange(unit, unanswered.settling(question))
            except ExceptionAnswer:
                # A unit that refuses such a read: all that is left is to let its answers run out.
                await asyncio.sleep(self.connection.timeout)
                unanswered.questions.clear()
            await asyncio.sleep(self._gap)

    async def _exchange(self, unit: int, question: Question) -> Words:
        if self._guard.strayed:
            raise Spoiled
        self._dirty = True
        unanswered = self._unanswered.setdefault(unit, Unanswered())
        if self.rtu:
            unanswered.asked(question)
        response = await self._send(unit, question)
        function, _, count = question
        if response.dev_id != unit or response.function_code & ~EXCEPTION != function:
            raise Misfit
        if response.function_code & EXCEPTION:
            unanswered.refused()
            self._dirty = False
            raise ExceptionAnswer(response.exception_code)
        words, size, fits = response.registers, len(response.registers), count
        if function in BIT_FUNCTIONS:
            size, fits = size // 8, -(-count // 8)
        unanswered.answered(function, size)
        if size != fits:
            raise Misfit
        self._dirty = False
        return words if len(words) == count else words[:count]

    async def _send(self, unit: int, question: Question) -> ModbusPDU:
        client = self._client
        if client is None:
            raise Spoiled
        function, start, count = question
        read = {
            COILS: client.read_coils, DISCRETE: client.read_discrete_inputs,
            HOLDING: client.read_holding_registers, INPUT: client.read_input_registers,
        }[function]  # fmt: skip
        return await self._answer(client, unit, partial(read, start, count=count, device_id=unit))

    async def _put(self, order: Write) -> tuple[Sent, str]:
        client = self._client
        if client is None:
            return Sent.REFUSED, f"{self._place()} is not open"
        self._gone_out = False
        request = WRITES[order.function](dev_id=order.unit, registers=[order.address, order.value])
        try:
            response = await self._answer(client, order.unit, partial(client.execute, False, request))
        except (NoAnswer, Spoiled) as error:
            self._take_back(client)
            why = str(error) or "the connection ended, or what came was no answer"
            return (Sent.UNSURE if self._gone_out else Sent.REFUSED), why
        except asyncio.CancelledError:
            self._take_back(client)
            raise
        sent, why = _understood(order, response)
        self._dirty = sent is Sent.UNSURE
        return sent, why

    def _take_back(self, client: Client) -> None:
        """Nobody answered: what the other side does not have yet it is not to get."""
        self._dirty |= self._gone_out
        wire = client.ctx.transport.get_extra_info("socket") if client.ctx.transport else None
        if wire is not None:
            unsent.ends_with(wire)

    async def _answer(self, client: Client, unit: int, ask: Callable[[], Awaitable[ModbusPDU]]) -> ModbusPDU:
        guard = self._guard
        guard.waiting = True
        try:
            with _cancellable():
                response = await ask()
        except ModbusException as error:
            if guard.waiting and client.connected:
                raise NoAnswer(f"unit {unit} does not answer") from error
            raise Spoiled from error
        finally:
            guard.waiting = False
        if response.transaction_id != client.ctx.request_transaction_id:
            raise Spoiled
        return response


def _understood(order: Write, response: ModbusPDU) -> tuple[Sent, str]:
    """What an answer says of a write."""
    if response.dev_id != order.unit or response.function_code & ~EXCEPTION != order.function:
        return Sent.UNSURE, f"unit {order.unit} answered something else"
    if response.function_code & EXCEPTION:
        code = response.exception_code
        words = EXCEPTIONS.get(code, f"exception {code}")
        return (Sent.REFUSED if code in NOTHING_DONE else Sent.UNSURE), f"unit {order.unit} says: {words}"
    if response.registers != [order.address, order.value]:
        return Sent.UNSURE, f"unit {order.unit} repeats something else than what was written"
    return Sent.TAKEN, ""


def why_not(error: Exception) -> str:
    """What the system has against opening a wire; asyncio and pyserial wrap it in words of their own."""
    number, words = getattr(error, "errno", None), getattr(error, "strerror", None)
    if isinstance(error, termios.error):  # a port that is none, or does not take the line setting
        number = error.args[0]
    if number == errno.EAGAIN:
        return "another program has it"
    return os.strerror(number) if number and number > 0 else words or str(error)
