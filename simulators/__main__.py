"""`python -m simulators`: serves a property that can break, for anybody's Modbus or MQTT client."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from simulators.broker import BrokerFailed
from simulators.clock import AnchoredClock, PacedClock, seconds
from simulators.faults import load_scenario, problems
from simulators.ledger import Ledger
from simulators.property import DeviceSpec, Property, PropertyError, load_property
from simulators.publisher import NoBroker
from simulators.serve import Wires, Wiring, run, write_ports
from simulators.world import World

_HERE = Path(__file__).parent
# What mbpoll is told to read of some models: table, first address, count.
_REGISTERS = {
    "invertek-elevator-core": "-t 4 -r 256 -c 4",
    "keller-33x": "-t 4:float -B -r 2 -c 1",
    "wb-mcm8": "-t 1 -r 0 -c 8",
}
_CONFIGURATION_ERROR, _UNAVAILABLE = 78, 69
_LOOK_FOR_PARENT_S = 0.5


def parser() -> argparse.ArgumentParser:
    """All flags."""
    flags = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    add = flags.add_argument
    add("--property", type=_shipped("properties"), default="riverside", help="what there is: a file, or riverside")
    add("--scenario", type=_shipped("scenarios"), default="healthy", help="what breaks: a file, or healthy or showcase")
    add("--speed", type=float, default=1.0, help="simulated seconds per second (1)")
    add("--anchor", metavar="MONOTONIC:SIMTIME", help="ties simulated time to CLOCK_MONOTONIC, to share it")
    add(
        "--paced-by",
        type=Path,
        metavar="FILE",
        help="with --anchor: time waits while the watcher that beats there does",
    )
    add("--broker", default="embedded", metavar="embedded|HOST:PORT", help="MQTT broker to publish to (embedded)")
    add("--ledger", type=Path, help="append what truly happens to this file, one JSON object a line")
    add("--ports-file", type=Path, help="write where everything listens as JSON, once it does")
    add("--seed", type=int, default=0, help="another seed, other people and vehicles (0)")
    add("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    add("--free-ports", action="store_true", help="take free ports instead of the property file's")
    add("--for", dest="duration", type=seconds, metavar="DURATION", help="end after this much real time, such as 90s")
    return flags


def _shipped(folder: str) -> Callable[[str], Path]:
    """A file as it is named, or a shipped one by its bare name."""
    return lambda name: shipped if (shipped := _HERE / folder / f"{name}.yaml").exists() else Path(name)


def table(prop: Property, ports: Mapping[str, Mapping[str, str | int]]) -> Iterator[str]:
    """What is served where, and a line to try on each connection."""
    for name, place in ports.items():
        address = f"{place['host']}:{place['port']}" if "host" in place else str(place["port"])
        devices = [device for device in prop.devices.values() if device.connection == name]
        kind = prop.connections[name].kind
        yield f"{name}  {kind}  {address}"
        for device in devices:
            yield f"    {device.topic or f'unit {device.unit}':<58} {device.id} ({device.model})"
        if kind == "mqtt":
            yield f"    try: mosquitto_sub -h {place['host']} -p {place['port']} -v -t '#'"
        elif kind != "modbus-rtu-over-tcp":
            yield from (f"    try: {_mbpoll(place, device)}" for device in devices[:1])


def _mbpoll(place: Mapping[str, str | int], device: DeviceSpec) -> str:
    what = f"-a {device.unit} -0 -1 {_REGISTERS.get(device.model, '-t 4 -r 0 -c 4')}"
    if "host" in place:
        return f"mbpoll -m tcp -p {place['port']} {what} {place['host']}"
    return f"mbpoll -m rtu -b 9600 -P none {what} {place['port']}"


async def serve(options: argparse.Namespace) -> None:
    """Loads, checks and serves until a signal or the end of the duration."""
    prop = load_property(options.property)
    rows = load_scenario(options.scenario)
    clock = _clock(options)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if options.duration:
        loop.call_later(options.duration, stop.set)

    def up(wires: Wires) -> None:
        sys.stdout.write("\n".join(table(prop, wires.ports)) + "\n")
        sys.stdout.flush()
        if options.ports_file:
            write_ports(options.ports_file, wires.ports)

    with Ledger(options.ledger) as ledger:

        def make_world() -> World:
            return World(prop, clock, ledger, options.seed)

        wrong = list(problems(rows, make_world()))
        if wrong:
            raise PropertyError("\n".join(f"{options.scenario}: {problem}" for problem in wrong))
        wires = Wires(prop, _wiring(options))
        paced = [clock.run(wires.keeps_up), _end_with_parent(stop)] if isinstance(clock, PacedClock) else []
        tasks = [asyncio.create_task(each) for each in paced]
        try:
            await run(wires, make_world, rows, stop, up)
        finally:
            for task in tasks:
                task.cancel()


async def _end_with_parent(stop: asyncio.Event) -> None:
    """Whoever paces us has started us: without it time would wait for ever."""
    parent = os.getppid()
    while not stop.is_set():
        await asyncio.sleep(_LOOK_FOR_PARENT_S)
        if os.getppid() != parent:
            stop.set()


def _clock(options: argparse.Namespace) -> AnchoredClock | PacedClock:
    if not options.anchor:
        return AnchoredClock.starting_now(options.speed)
    anchored = AnchoredClock.parse(options.anchor, options.speed)
    if options.paced_by:
        return PacedClock(options.paced_by, anchored.sim_anchor, options.speed)
    return anchored


def _wiring(options: argparse.Namespace) -> Wiring:
    if options.broker == "embedded":
        return Wiring(options.host, options.free_ports)
    host, _, port = options.broker.rpartition(":")
    return Wiring(options.host, options.free_ports, (host, int(port)))


def main(arguments: list[str] | None = None) -> int:
    """Command line. 0 done, 69 a port or broker is not to be had, 78 a file is wrong."""
    options = parser().parse_args(arguments)
    try:
        asyncio.run(serve(options))
    except (PropertyError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return _CONFIGURATION_ERROR
    except (OSError, NoBroker, BrokerFailed) as error:
        sys.stderr.write(f"{error}\n")
        return _UNAVAILABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
