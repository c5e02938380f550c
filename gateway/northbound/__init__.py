"""What other systems see of the site over MQTT: the state of each asset, and how Home Assistant finds it."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from gateway.clock import Clock
from gateway.health import Health
from gateway.outputs.output import Output
from gateway.runner import Runner

STALLED_AFTER = 60.0
KIND = "mqtt"


def northbound(
    outputs: Mapping[str, Output], runner: Runner, clock: Clock, health: Health
) -> dict[str, Callable[[], Awaitable[None]]]:
    """The tasks that tell the state, by name: one for each output of kind mqtt. Only then is its library imported."""
    kinds = runner.pipeline.estate.outputs
    tasks = {}
    for name, output in outputs.items():
        if kinds[name].kind == KIND:
            publisher = importlib.import_module("gateway.northbound.publisher")
            part = f"northbound {name}"
            health.expect(part, STALLED_AFTER)
            made = publisher.Northbound(name, output, runner, clock, partial(health.beat, part))
            made.doubt = partial(health.doubt, part)
            tasks[part] = made.run
    return tasks
