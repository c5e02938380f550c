"""`python -m tests.bench.flood PORT MESSAGES DEVICES` publishes at QoS 1 over one socket, as fast as a broker takes it.

The packets are made by hand (MQTT 3.1.1 §3.1, §3.3), so that the publisher leaves the processor to those measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time

from tests.bench import usage
from tests.bench.sites import FIELDS

CONNECT = bytes.fromhex("101100044d5154540402003c00056265 6e6368")
"""Protocol level 4, clean session, 60 s keep-alive, client id ``bench``."""
PUBACK = 4
CHUNK = 200


def packet(number: int, devices: int) -> bytes:
    """Message ``number``: no two payloads are equal, and message ids come round after 65,535."""
    topic = f"bench/{number % devices}".encode()
    payload = json.dumps({f"p{field:02d}": (number + field) % 65536 for field in range(FIELDS)}).encode()
    rest = len(topic).to_bytes(2, "big") + topic + (number % 65535 + 1).to_bytes(2, "big") + payload
    if len(rest) >= 128:
        raise ValueError("the length would need a second byte")
    return bytes((0x32, len(rest))) + rest


async def flood(port: int, messages: int, devices: int) -> None:
    """Returns when the broker has taken every message."""
    packets = [packet(number, devices) for number in range(messages)]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(CONNECT)
    await reader.readexactly(4)
    usage.say({"at": time.monotonic()})
    taken = asyncio.create_task(_count(reader, messages))
    for start in range(0, messages, CHUNK):
        writer.write(b"".join(packets[start : start + CHUNK]))
        await writer.drain()
    await taken
    writer.close()


async def _count(reader: asyncio.StreamReader, messages: int) -> None:
    left = messages * PUBACK
    while left:
        left -= len(await reader.read(left))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("messages", type=int)
    parser.add_argument("devices", type=int)
    options = parser.parse_args()
    usage.run(flood(options.port, options.messages, options.devices))


if __name__ == "__main__":
    main()
