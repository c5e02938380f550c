"""``touchpoint run``: the event loop, and what is logged where."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import orjson
import structlog

from gateway.app import run
from gateway.clock import SystemClock
from gateway.commands.outputs import wrong_outputs
from gateway.errors import DocumentError
from gateway.site import load_estate

Result = TypeVar("Result")


def set_up_logging(level: str, as_json: bool) -> None:
    """Log to standard error: JSON lines for a collector, or lines for a person."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=("key", "event")),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last = structlog.processors.JSONRenderer(_dump) if as_json else structlog.dev.ConsoleRenderer(colors=False)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _dump(record: Any, **_options: Any) -> str:
    return orjson.dumps(record, default=str).decode()


def in_loop(work: Coroutine[Any, Any, Result]) -> Result:
    """Run ``work`` in uvloop where it is installed, else in asyncio's own loop."""
    try:
        import uvloop  # noqa: PLC0415 - some small machines have no build of it
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def run_site(folder: Path, bind: tuple[str, int], state: Path) -> None:
    """Run a site until SIGINT or SIGTERM; raises DocumentError before anything is started."""
    clock = SystemClock()
    estate = load_estate(folder, now=clock.now())
    if wrong := [*wrong_outputs(estate, folder)]:
        raise DocumentError(wrong)
    set_up_logging("INFO", as_json=not sys.stderr.isatty())
    in_loop(run(estate, state, bind, clock))
