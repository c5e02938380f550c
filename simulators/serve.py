"""Puts a world on the wire: Modbus ports, a pty, a broker; turns it, breaks it, and takes it down again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from simulators.broker import embedded_broker
from simulators.faults import Act, Director, Row
from simulators.modbus.line import Line
from simulators.modbus.server import SerialServer, TcpServer
from simulators.property import ConnectionSpec, Property
from simulators.proxy import FaultProxy, Mode
from simulators.publisher import Publisher
from simulators.world import World

_TURN_S = 0.02


@dataclass(frozen=True)
class Wiring:
    """Where to serve. `broker` is the address of somebody else's broker; None starts our own."""

    host: str = "127.0.0.1"
    free_ports: bool = False
    broker: tuple[str, int] | None = None


@dataclass
class Wires:
    """Everything that listens. `ports` says where: {connection: {"host", "port"}}, a pty without host."""

    prop: Property
    wiring: Wiring = Wiring()
    world: World | None = None
    ports: dict[str, dict[str, str | int]] = field(default_factory=dict)
    publisher: Publisher | None = None
    _servers: dict[str, TcpServer | SerialServer] = field(default_factory=dict)
    _front: FaultProxy | None = None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @contextlib.asynccontextmanager
    async def up(self) -> AsyncIterator[Wires]:
        """Brings the broker up, for as long as the context lasts. Raises OSError, `NoBroker` and `BrokerFailed`."""
        async with AsyncExitStack() as self._stack:
            for spec in self.prop.connections.values():
                if spec.kind == "mqtt":
                    await self._start_mqtt(spec, self._stack)
            yield self

    async def attach(self, world: World) -> None:
        """Puts a world on the wires, which is its start: a broker takes longer to come up. Raises OSError."""
        self.world = world
        if self.publisher is not None:
            self.publisher.listen(world.listens_to())
        for spec in self.prop.connections.values():
            if spec.kind != "mqtt":
                await self._start_modbus(spec, world.lines[spec.id], self._stack)

    async def _start_modbus(self, spec: ConnectionSpec, line: Line, stack: AsyncExitStack) -> None:
        server: TcpServer | SerialServer
        if spec.kind == "modbus-rtu":
            server = SerialServer(line, str(spec.port) if spec.port else None)
        else:
            server = TcpServer(line, self.wiring.host, self._port(spec), rtu=spec.kind == "modbus-rtu-over-tcp")
        await server.start()
        stack.push_async_callback(server.stop)
        self._servers[spec.id] = server
        if isinstance(server, SerialServer):
            self.ports[spec.id] = {"port": server.path}
        else:
            self.ports[spec.id] = {"host": server.host, "port": server.port}

    async def _start_mqtt(self, spec: ConnectionSpec, stack: AsyncExitStack) -> None:
        host, port = self.wiring.broker or ("127.0.0.1", _free_port())
        self.ports[spec.id] = {"host": host, "port": port}
        if self.wiring.broker is None:
            await stack.enter_async_context(embedded_broker(host, port))
            # Others come through a door that a scenario can shut while the broker lives on.
            self._front = FaultProxy((host, port), host=self.wiring.host, port=self._port(spec))
            await stack.enter_async_context(self._front)
            self.ports[spec.id] = {"host": self._front.host, "port": self._front.port}
        self.publisher = Publisher(host, port, f"simulators-{self.prop.name}")
        await self.publisher.start()
        stack.push_async_callback(self.publisher.stop)

    def _port(self, spec: ConnectionSpec) -> int:
        return 0 if self.wiring.free_ports else int(spec.port or 0)

    async def cut(self, name: str, gone: bool) -> None:
        """Takes a connection away (nothing listens, links are dropped) or gives it back on the same port."""
        if name in self._servers:
            await (self._servers[name].stop() if gone else self._servers[name].start())
        elif self._front is not None:
            await self._front.set_mode(Mode.REFUSE if gone else Mode.FORWARD)
        elif self.publisher is not None:
            self.publisher.paused = gone

    def publish(self) -> None:
        """Hands the devices what has come for them, and sends what they have to say now."""
        if self.world is not None and self.publisher is not None:
            for topic, payload in self.publisher.heard():
                self.world.hear(topic, payload)
        for message in self.world.turn() if self.world else ():
            if self.publisher is not None:
                self.publisher.publish(message)
        if self.publisher is not None:
            self.publisher.ask()

    def keeps_up(self) -> bool:
        """Whether the broker hands on at once what is published."""
        return self.publisher is None or self.publisher.keeps_up()

    def counters(self) -> dict[str, int]:
        """Traffic so far."""
        published = {f"mqtt.{what}": count for what, count in self.publisher.counts.items()} if self.publisher else {}
        return {**(self.world.counters() if self.world else {}), **published}


async def run(
    wires: Wires,
    make_world: Callable[[], World],
    rows: list[Row | Act],
    stop: asyncio.Event,
    up: Callable[[Wires], None],
) -> None:
    """Serves a world until `stop` is set. `up` is told once everything listens; the scenario's time begins then."""
    async with wires.up():
        world = make_world()
        await wires.attach(world)
        director = Director(world, rows, wires.cut, world.start)
        world.ledger.started(world.start, property=wires.prop.name)
        up(wires)
        while not stop.is_set():
            await director.turn(world.clock.now())
            wires.publish()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _TURN_S)
        world.ledger.ended(world.clock.now(), wires.counters())


def write_ports(path: Path, ports: Mapping[str, Mapping[str, str | int]]) -> None:
    """Writes the ports file in one step, so that a reader sees all of it or nothing."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(ports), encoding="utf-8")
    draft.replace(path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
