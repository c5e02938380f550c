"""``touchpoint demo``: a simulated property on this machine, told line by line."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from gateway.commands import DOES_NOT_HOLD, DONE
from gateway.commands.run import in_loop, set_up_logging
from gateway.demo import demo


def run_demo(speed: float, seconds: float | None, report: Path | None, bind: tuple[str, int]) -> int:
    """Run the demo, print its lines, write its report; returns 1 when gateway and simulators disagree."""
    if report is not None:
        report.write_bytes(b"")  # told now if it cannot be, not after the demo
    set_up_logging("WARNING", as_json=False)
    result = in_loop(demo(speed, seconds, bind, _say))
    if report is not None:
        report.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    ledger = result.get("ledger", {})
    tickets, entries = len(result.get("tickets", ())), len(result.get("proof_tests", ()))
    told = f"{result.get('readings', 0)} readings, {tickets} tickets, {entries} lines in the log book, "
    told += f"commands to devices: {ledger.get('writes', 0)}"
    agrees = bool(ledger.get("agrees"))
    _say(f"{told}; what broke and what was ticketed {'agree' if agrees else 'DISAGREE'}")
    return DONE if agrees else DOES_NOT_HOLD


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
