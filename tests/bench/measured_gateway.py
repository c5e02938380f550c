"""The real gateway in a process of its own: `python -m tests.bench.measured_gateway SITE STATE` tells what it used."""

from __future__ import annotations

import argparse
import asyncio
import logging
import time
from pathlib import Path

from gateway.app import Gateway, run
from gateway.changes import Changes
from gateway.clock import SystemClock
from gateway.site import load_estate
from tests.bench import usage


async def measure_polls(gateway: Gateway, clock: SystemClock, warm: float, seconds: float) -> None:
    """What a stream of readings costs."""
    ages: list[float] = []

    def committed(changes: Changes) -> None:
        now = clock.now()
        ages.extend([now - block.at for block in changes.history])

    gateway.runner.on_commit.append(committed)
    counters = gateway.runner.pipeline.counters
    usage.say(await usage.over_a_while(lambda: counters["readings"], warm, seconds, ages))
    gateway.stop()


async def measure_messages(gateway: Gateway, messages: int) -> None:
    """When the last of ``messages`` was committed, and the CPU that they took. Says "ready" once it listens."""
    done, all_done = [0], asyncio.Event()

    def committed(changes: Changes) -> None:
        done[0] += len(changes.receipts)
        if done[0] >= messages:
            all_done.set()

    gateway.runner.on_commit.append(committed)
    latest = gateway.runner.pipeline.latest
    broker = gateway.estate.connections["broker"].answers_id
    while latest.reading(broker) is not True:  # noqa: ASYNC110 - set by a tick, which tells nobody of single points
        await asyncio.sleep(0.05)
    # The broker has still to see the subscription.
    await asyncio.sleep(0.5)
    usage.say({"ready": True})
    cpu = time.process_time()
    await all_done.wait()
    usage.say(usage.of_messages(messages, cpu))
    gateway.stop()


async def work(options: argparse.Namespace) -> None:
    """Run the site until it is measured."""
    clock = SystemClock()

    async def watch(gateway: Gateway) -> None:
        if options.messages:
            await measure_messages(gateway, options.messages)
        else:
            await measure_polls(gateway, clock, options.warm, options.seconds)

    await run(load_estate(options.site), options.state, ("127.0.0.1", 0), clock, watch)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("site", type=Path)
    parser.add_argument("state", type=Path)
    parser.add_argument("--warm", type=float, default=2.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--messages", type=int, default=0)
    logging.basicConfig(level=logging.WARNING)
    usage.run(work(parser.parse_args()))


if __name__ == "__main__":
    main()
