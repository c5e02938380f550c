"""From a thread into the event loop: what is shed, what waits, and what is seen when it fails."""

import asyncio

import pytest

from gateway import inbox as inbox_module
from gateway.inbox import Inbox


@pytest.mark.asyncio
async def test_a_flood_at_qos_0_is_shed_and_at_qos_1_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "MOST_WAITING", 3)
    inbox = Inbox()
    inbox.open(asyncio.get_running_loop())
    taken: list[int] = []
    for number in range(3):
        inbox.put(taken.append, number)
    assert not inbox.room(qos=0)
    waiting = asyncio.create_task(asyncio.to_thread(inbox.room, 1))
    await asyncio.sleep(0)
    handing = asyncio.create_task(inbox.hand_over())
    assert await waiting
    assert taken == [0, 1, 2]
    assert inbox.room(qos=0)
    handing.cancel()


@pytest.mark.asyncio
async def test_room_is_also_a_matter_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "MOST_WAITING_BYTES", 1000)
    monkeypatch.setattr(inbox_module, "LONGEST_WAIT", 0.01)
    inbox = Inbox()
    inbox.put(print, None, 1000)
    assert not inbox.room(qos=0)
    assert inbox.room(qos=1)


@pytest.mark.asyncio
async def test_a_handler_that_fails_ends_the_handing_over_where_it_is_seen() -> None:
    inbox = Inbox()
    inbox.open(asyncio.get_running_loop())
    inbox.put({}.__getitem__, "missing")
    with pytest.raises(KeyError):
        await inbox.hand_over()


def test_a_closed_loop_is_nobody_to_tell() -> None:
    loop = asyncio.new_event_loop()
    inbox = Inbox()
    inbox.open(loop)
    loop.close()
    inbox.put(print, None)
