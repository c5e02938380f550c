"""Commands that come to a served property over a real broker and a real socket, and what the ledger says of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from pymodbus.client import AsyncModbusTcpClient

from simulators.clock import AnchoredClock
from simulators.devices.device import Message
from simulators.faults import Act, Row
from simulators.ledger import Ledger
from simulators.plants import EmergencyLight
from simulators.property import load_property
from simulators.publisher import Publisher
from simulators.serve import Wires, Wiring, run
from simulators.world import World

PROPERTY = """
property: tested
connections: {bus: {kind: modbus-tcp, port: 0}, broker: {kind: mqtt, port: 0}}
plants: {dali-light: {family: emergency-light}, relay-light: {family: emergency-light}, z: {family: perimeter-zone}}
devices:
  dali: {model: intesis-dali, connection: bus, unit: 1, plant: dali-light}
  relays: {model: waveshare-relay-d, connection: bus, unit: 2, plants: [z]}
  shelly: {model: shelly-gen2, connection: broker, topic: shelly/feed, plant: relay-light, switches: feed}
"""
SPEED = 20.0
WAIT_S = 20.0


async def until(holds: Callable[[], bool], what: str) -> None:
    deadline = asyncio.get_running_loop().time() + WAIT_S
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, f"no {what}"
        await asyncio.sleep(0.01)


async def command(wires: Wires, ledger: Ledger, stop: asyncio.Event) -> None:
    """Starts a test over each wire, and waits until the device's own timer has ended the one that has such a timer."""
    assert wires.world is not None
    light = wires.world.plants["relay-light"]
    assert isinstance(light, EmergencyLight)
    asker = Publisher(str(wires.ports["broker"]["host"]), int(wires.ports["broker"]["port"]), "asker")
    await asker.start()
    asker.listen(["asker/rpc"])
    answers: list[tuple[str, str]] = []

    def answered() -> bool:
        answers.extend(asker.heard())
        return bool(answers)

    try:
        request = {"id": 3, "src": "asker", "method": "Switch.Set", "params": {"id": 0, "on": True, "toggle_after": 40}}
        asker.publish(Message("shelly/feed/rpc", json.dumps(request), qos=0))
        await until(lambda: light.feed.broken, "broken feed")
        await until(answered, "answer")
        assert json.loads(answers[0][1])["result"] == {"was_on": False}
        await until(lambda: not light.feed.broken, "feed that comes back")
        async with AsyncModbusTcpClient("127.0.0.1", port=int(wires.ports["bus"]["port"])) as client:
            await client.write_register(64, 1, device_id=1)
            await client.write_register(65, 1, device_id=1)
            await client.write_coil(0, True, device_id=2)
            await client.write_coil(0, False, device_id=9, no_response_expected=True)
        await until(lambda: ledger.commands.total() >= 5, "frame to a unit that is not there")
    finally:
        await asker.stop()
        stop.set()


def test_the_ledger_tells_every_command_and_what_it_held_on(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(PROPERTY)
    prop, clock, ledger = load_property(path), AnchoredClock.starting_now(SPEED), Ledger()

    async def story() -> None:
        stop = asyncio.Event()
        tasks: list[asyncio.Task[None]] = []
        nothing: list[Row | Act] = []

        def up(wires: Wires) -> None:
            tasks.append(asyncio.create_task(command(wires, ledger, stop)))

        wires = Wires(prop, Wiring(free_ports=True))
        await run(wires, lambda: World(prop, clock, ledger), nothing, stop, up)
        await tasks[0]

    asyncio.run(asyncio.wait_for(story(), 3 * WAIT_S))
    assert ledger.commands == {"shelly": 1, "dali": 2, "relays": 1, "": 1}
    writes = [line["write"] for line in ledger.lines if "write" in line]
    assert [(each["device"], each["address"], each["acted"]) for each in writes] == [  # type: ignore[index]
        ("dali", 64, True),
        ("dali", 65, True),
        ("relays", 0, True),
        ("", 0, False),
    ]
    (message,) = (line["message"] for line in ledger.lines if "message" in line)
    assert isinstance(message, dict)
    assert (message["device"], message["topic"], message["acted"]) == ("shelly", "shelly/feed/rpc", True)
    released = [line["released"] for line in ledger.lines if "released" in line]
    assert [(each["asset"], each["output"], each["by"]) for each in released] == [  # type: ignore[index]
        ("relay-light", "relay", "timer"),
        ("dali-light", "self-test", "command"),
    ]
    assert abs(released[0]["lasted"] - 40) < 0.001  # type: ignore[index]
    asserted = [line["asserted"] for line in ledger.lines if "asserted" in line]
    assert len(asserted) == 3, "the zone's test input is still driven"
