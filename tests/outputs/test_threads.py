"""A receiver that takes no connection, as a computer that is switched off, does not hold up the exit."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from gateway.clock import monotonic
from gateway.outputs.threads import begin

GIVES_UP = """
import asyncio, sys
from gateway.outputs import build_output
from gateway.outputs.output import Letterhead
from gateway.samples import samples

async def main():
    people = {"from": "g@site.example", "to": "d@site.example"}
    server = {"host": "127.0.0.1", "port": sys.argv[1], "tls": "none"}
    output = build_output("mail", server | people, Letterhead(["en"]))
    sending = asyncio.create_task(output.send("k", samples()["ticket.opened"]))
    await asyncio.sleep(0.2)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await output.close()

asyncio.run(main())
"""


@contextmanager
def silent() -> Iterator[int]:
    """A port where a connection is neither taken nor refused."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for each in waiting:
            each.close()


def test_a_mail_server_that_is_switched_off_does_not_hold_up_the_exit() -> None:
    with silent() as port:
        began = monotonic()
        subprocess.run([sys.executable, "-c", GIVES_UP, str(port)], check=True, timeout=60)
        assert monotonic() - began < 10.0, "and not the 20 s that it would wait for a connection"


@pytest.mark.asyncio
async def test_what_a_thread_raises_is_raised_where_it_is_waited_for() -> None:
    assert await asyncio.wrap_future(begin("sum", lambda: 1 + 1)) == 2
    with pytest.raises(ZeroDivisionError):
        await asyncio.wrap_future(begin("ratio", lambda: 1 // 0))
