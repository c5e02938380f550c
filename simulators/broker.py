"""A small MQTT broker on loopback for the demo, in a process of its own that ends with its parent. Knows no device."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import sys
import warnings
from collections.abc import AsyncIterator

_READY = "ready"
_START_S = 20.0


class BrokerFailed(Exception):
    """The broker did not start."""


@contextlib.asynccontextmanager
async def embedded_broker(host: str, port: int) -> AsyncIterator[None]:
    """Runs the broker as a child process while the context lasts. Raises `BrokerFailed`."""
    pipe, quiet = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    command = (sys.executable, "-m", __name__, "--host", host, "--port", str(port))
    child = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, stderr=quiet, start_new_session=True
    )
    try:
        await _wait_ready(child, host, port)
        yield
    finally:
        if child.stdin is not None:
            child.stdin.close()
        await _end(child)


async def _wait_ready(child: asyncio.subprocess.Process, host: str, port: int) -> None:
    assert child.stdout is not None  # noqa: S101 - it was asked for
    try:
        line = await asyncio.wait_for(child.stdout.readline(), _START_S)
    except TimeoutError:
        line = b""
    if line.strip() != _READY.encode():
        raise BrokerFailed(f"the embedded broker did not start on {host}:{port}")


async def _end(child: asyncio.subprocess.Process) -> None:
    try:
        await asyncio.wait_for(child.wait(), 3.0)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def _serve(host: str, port: int) -> None:
    # amqtt warns about its own deprecated options while it is imported.
    warnings.simplefilter("ignore")
    from amqtt.broker import Broker  # noqa: PLC0415 - an extra, needed only when this process is started

    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}", "max_connections": 1000}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    sys.stdout.write(_READY + "\n")
    sys.stdout.flush()
    await _parent_gone()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(broker.shutdown(), 2.0)


async def _parent_gone() -> None:
    """The parent holds the other end of our standard input for as long as it lives."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


def main() -> None:
    """Command line of the child process."""
    parser = argparse.ArgumentParser(prog="python -m simulators.broker", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=11883, help="port to listen on")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    asyncio.run(_serve(options.host, options.port))


if __name__ == "__main__":
    main()
