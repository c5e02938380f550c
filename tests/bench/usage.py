"""What a measured process has used, and the one JSON line in which it says so."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import uvloop


def run(work: Coroutine[Any, Any, None]) -> None:
    """Everything is measured on uvloop: the gateway and the bare loops alike."""
    uvloop.run(work)


def resident_mb() -> float:
    """Resident memory of this process in MB (of 10^6 bytes)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise LookupError("VmRSS")


def say(told: dict[str, Any]) -> None:
    """One JSON line to whoever started this process."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of ``values`` lie; NaN without any."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else float("nan")


def of_messages(messages: int, cpu: float) -> dict[str, float]:
    """When ``messages`` were done, and what each took; ``cpu``: the process's CPU seconds before them."""
    used = time.process_time() - cpu
    return {"at": time.monotonic(), "cpu_us_each": used * 1e6 / messages, "resident_mb": resident_mb()}


async def over_a_while(points: Callable[[], int], warm: float, seconds: float, ages: list[float]) -> dict[str, Any]:
    """Let ``warm`` seconds pass, then measure for ``seconds``: CPU per point, memory, age of what was committed."""
    await asyncio.sleep(warm)
    ages.clear()
    before, cpu, begun = points(), time.process_time(), time.monotonic()
    await asyncio.sleep(seconds)
    used, passed, count = time.process_time() - cpu, time.monotonic() - begun, points() - before
    return {
        "points_per_s": count / passed,
        "cpu_ms_per_1000": used * 1e6 / count if count else float("nan"),
        "core_share": used / passed,
        "resident_mb": resident_mb(),
        "age_p50_ms": percentile(ages, 0.5) * 1000,
        "age_p99_ms": percentile(ages, 0.99) * 1000,
    }
