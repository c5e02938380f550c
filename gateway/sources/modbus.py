"""Modbus TCP, RTU and RTU-over-TCP on the wire. The only module that knows pymodbus, and it trusts none of its answers.

An answer counts only when unit, function, count and (on TCP) transaction fit the question. Until then the link is
dirty: it is opened anew before anything else is asked, so that no late answer is taken for another register's value.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import struct
import termios
from collections.abc import Iterator, Sequence
from typing import Any

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.framer import FramerBase, FramerRTU, FramerSocket, FramerType
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsResponse
from pymodbus.pdu.register_message import ReadHoldingRegistersResponse

from gateway.clock import Clock
from gateway.sources.bus import BIT_FUNCTIONS, Question, Unanswered, parse_line
from gateway.sources.line import LineSource, RawRead, read_raw
from gateway.sources.polling import ExceptionAnswer, LinkFailed, NoAnswer
from gateway.sources.registers import Block, Words
from gateway.sources.source import Connection, Device, Resume

# It would report every lost frame as an error; here each loss is told once, in its own words.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)

EXCEPTION = 0x80
COILS, DISCRETE, HOLDING, INPUT = 1, 2, 3, 4
DRAINS = 20
"""Quiet times that a babbling serial line is given before it is opened anew all the same."""
TRIES = 4
"""Times that a question is put at most while what comes does not fit; silence ends it at once."""
UNDECODABLE = (ModbusException, LookupError, ValueError, struct.error)


class Spoiled(Exception):
    """What came does not fit the question: it proves nothing about the unit, so the question may be asked again."""


class Misfit(Spoiled):
    """A sound answer, but to something else."""


class _Registers(ReadHoldingRegistersResponse):
    """Registers of an answer whose length agrees with itself; else none, which fits no question."""

    def decode(self, data: bytes) -> None:
        count, odd = divmod(data[0], 2)
        self.registers = () if odd or len(data) != data[0] + 1 else struct.unpack(f">{count}H", data[1:])

    def __str__(self) -> str:
        return f"{len(self.registers)} registers"


class _InputRegisters(_Registers):
    function_code = INPUT


class _Bits(ReadCoilsResponse):
    """Bits of an answer whose length agrees with itself, eight to a byte, as numbers 0 and 1 in ``registers``."""

    def decode(self, data: bytes) -> None:
        packed = int.from_bytes(data[1:], "little")
        bits = range(8 * data[0] if len(data) == data[0] + 1 else 0)
        self.registers = [packed >> bit & 1 for bit in bits]


class _DiscreteBits(_Bits):
    function_code = DISCRETE


def _decoder() -> DecodePDU:
    decoder = DecodePDU(False)
    for answer in (_Registers, _InputRegisters, _Bits, _DiscreteBits):
        decoder.register(answer)
    return decoder


DECODER = _decoder()


class _Guard(FramerBase):
    """Notices whatever arrives beside the one answer, and raises nothing into the event loop."""

    waiting = False
    """A question is open."""
    strayed = False
    """Something came that was not its answer."""
    heard = 0
    _fits = (0, 0)

    def handleFrame(self, data: bytes, exp_devid: int, exp_tid: int) -> tuple[int, ModbusPDU | None]:  # noqa: N802 - pymodbus calls it so
        self.heard += 1
        if not self.waiting:
            self.strayed = True
            return len(data), None
        self._fits = exp_devid, exp_tid
        try:
            used, answer = super().handleFrame(data, exp_devid, exp_tid)
        except UNDECODABLE:
            # Ends the wait at once; function 0x80 of unit 0 fits no question.
            used, answer = len(data), ExceptionResponse(0)
        if answer is not None:
            self.waiting = False
            self.strayed |= used < len(data)
        return used, answer

    def decode(self, _data: bytes) -> tuple[int, int, int, bytes]:
        used, unit, transaction, payload = super().decode(_data)
        overhead = used - len(payload)
        if payload and ((unit, transaction) != self._fits or overhead != self.overhead):
            self.strayed = True
        return used, unit, transaction, payload

    overhead = 0
    """Bytes of a frame beside function and data."""


class _RtuGuard(_Guard, FramerRTU):
    overhead = 3


class _TcpGuard(_Guard, FramerSocket):
    overhead = 7


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
    """One TCP connection or serial line: one question at a time, and nothing taken on trust."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.rtu = connection.kind != "modbus-tcp"
        self._setting = parse_line(connection.line or "9600-8N1")
        self._gap = self._setting.gap if self.rtu else 0.0
        self._lock = asyncio.Lock()
        self._client: AsyncModbusTcpClient | AsyncModbusSerialClient | None = None
        self._guard: _Guard = _TcpGuard(DECODER)
        self._opening: asyncio.Future[bool] | None = None
        self._dirty = False
        self._unanswered: dict[int, Unanswered] = {}

    async def ask(self, unit: int, block: Block) -> Words:
        """The words of ``block``. Raises NoAnswer, LinkFailed or ExceptionAnswer."""
        question = block.function, block.start, block.count
        ended = 0
        async with self._lock:
            # What spoils a try may be the answer to an earlier question, or a connection that had ended meanwhile.
            for _ in range(TRIES):
                await self._ready()
                try:
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
        self._guard = _RtuGuard(DECODER) if self.rtu else _TcpGuard(DECODER)
        client.ctx.framer = self._guard
        self._opening = asyncio.ensure_future(self._connect(client))
        opened = await asyncio.shield(self._opening)
        self._opening = None
        if not opened:
            self.close()
            raise LinkFailed(f"{self.connection.name}: {self._place()} cannot be opened")
        self._dirty = False

    async def _connect(self, client: AsyncModbusTcpClient | AsyncModbusSerialClient) -> bool:
        try:
            opened = await client.connect()
        except (OSError, ValueError, termios.error):
            return False
        if self._client is not client and isinstance(client.ctx.transport, asyncio.Transport):
            client.ctx.transport.abort()
        return opened

    def _place(self) -> str:
        return f"{self.connection.host}:{self.connection.port}" if self.connection.host else str(self.connection.port)

    def _make_client(self) -> AsyncModbusTcpClient | AsyncModbusSerialClient:
        common: dict[str, Any] = {
            "timeout": self.connection.timeout, "retries": 0, "reconnect_delay": 0,
            "trace_connect": self._state_changed,
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
        client, guard = self._client, self._guard
        if client is None:
            raise Spoiled
        function, start, count = question
        read = {
            COILS: client.read_coils, DISCRETE: client.read_discrete_inputs,
            HOLDING: client.read_holding_registers, INPUT: client.read_input_registers,
        }[function]  # fmt: skip
        guard.waiting = True
        try:
            with _cancellable():
                response = await read(start, count=count, device_id=unit)
        except ModbusException as error:
            if guard.waiting and client.connected:
                raise NoAnswer(f"unit {unit} does not answer") from error
            raise Spoiled from error
        finally:
            guard.waiting = False
        if response.transaction_id != client.ctx.request_transaction_id:
            raise Spoiled
        return response


class ModbusSource(LineSource):
    """Every device of one Modbus connection."""

    def __init__(
        self, connection: Connection, devices: Sequence[Device], clock: Clock, _resume: Resume | None = None
    ) -> None:
        """Raises ValueError when a device cannot be planned or the line setting is none.

        A bus is always read anew, so there is nothing to resume.
        """
        super().__init__(connection, devices, clock, ModbusLink(connection))


async def read_once(connection: Connection, device: Device) -> list[RawRead]:
    """Every wanted point of ``device`` in the order of its registers, read now; raises Unreachable or ValueError."""
    link = ModbusLink(connection)
    try:
        return await read_raw(link, device)
    finally:
        link.close()
