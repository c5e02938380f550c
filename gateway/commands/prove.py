"""``touchpoint prove``: start a proof test on a running gateway, follow it, and tell what came of it; or stop one."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote

from gateway.commands import DOES_NOT_HOLD, DONE, WrongUsage
from gateway.commands.running import Answered, OwnGateway, RunningGateway
from gateway.commands.show import as_json as print_json
from gateway.commands.show import line, local
from gateway.errors import Refused

PATH = "/api/v1/proof-tests"
LOOK_AGAIN = 1.0
"""Seconds between two looks at a test that runs."""
LOST_AFTER = 90
"""Looks after which a test that neither runs nor is in the log book is given up."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which test, why, and who asks for it."""

    asset: str
    kind: str
    reason: str
    who: str


def start_test(state: Path, wanted: Wanted, sure: bool, wait: bool, as_json: bool) -> int:
    """Say what will happen, have it confirmed, start it and follow it; 0 when it passed."""
    if as_json and not sure:
        raise WrongUsage("--json asks nobody: say --yes")
    gateway = OwnGateway(state, wanted.who)
    last = _last_entry(gateway, wanted)
    asked = _ask(gateway, PATH, {"asset": wanted.asset, "kind": wanted.kind, "reason": wanted.reason})
    if not as_json:
        line(local(asked["what"]))
    if not sure and not _confirmed():
        line("nothing was started")
        return DOES_NOT_HOLD
    told = _ask(gateway, f"{PATH}/confirmations/{asked['code']}", {})
    if not wait:
        running = _running(told, wanted)
        print_json(running) if as_json else line(_progress(running) if running else "it is over already")
        return DONE
    try:
        entry = _follow(gateway, wanted, last, as_json)
    except KeyboardInterrupt:
        line(f"the test goes on; to stop it: touchpoint prove SITE {wanted.asset} --stop --reason …")
        return DOES_NOT_HOLD
    return _tell(entry, as_json)


def stop_test(state: Path, asset: str, reason: str, who: str, as_json: bool) -> int:
    """End the test that runs on an asset."""
    told = _ask(OwnGateway(state, who), f"{PATH}/{quote(asset)}/stop", {"reason": reason})
    if as_json:
        print_json(told)
    else:
        line(f"{asset}: the test is told to stop; the log book will tell what came of it")
    return DONE


def _ask(gateway: RunningGateway, path: str, body: Mapping[str, str]) -> Any:
    try:
        return gateway.ask(path, body)
    except Answered as refusal:
        if refusal.status in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_FOUND):
            raise WrongUsage(str(refusal)) from refusal
        raise


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise WrongUsage("nobody is at a terminal to confirm it: say --yes")
    sys.stdout.write("Start it? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes", "是")


def _last_entry(gateway: RunningGateway, wanted: Wanted) -> int:
    """The number of the last line that there is of such a test."""
    numbers = [each["id"] for each in gateway.every("/api/v1/logbook", asset=wanted.asset)]
    return max(numbers, default=0)


def _follow(gateway: RunningGateway, wanted: Wanted, last: int, as_json: bool) -> dict[str, Any]:
    """Show how the test goes on until its line is in the log book; returns that line."""
    pause, missing = Event(), 0
    while missing < LOST_AFTER:
        new = gateway.ask("/api/v1/logbook", asset=wanted.asset, after=str(last), limit=100)["items"]
        if found := [each for each in new if each["started_by"] == wanted.who]:
            _show("", as_json)
            entry: dict[str, Any] = found[0]
            return entry
        running = _running(gateway.ask(PATH), wanted)
        missing = 0 if running else missing + 1
        if running:
            _show(_progress(running), as_json)
        pause.wait(LOOK_AGAIN)
    raise Refused(f"the test of {wanted.asset} runs no more, and the log book has no line of it: see touchpoint status")


def _running(told: Mapping[str, Any], wanted: Wanted) -> dict[str, Any] | None:
    return next(
        (each for each in told["running"] if (each["asset"], each["kind"]) == (wanted.asset, wanted.kind)), None
    )


def _progress(running: Mapping[str, Any]) -> str:
    limit = f" of more than {running['limit_s'] / 60:.0f}" if running["limit_s"] else ""
    volts = "" if running["voltage_v"] is None else f", {running['voltage_v']:.2f} V"
    return f"{running['asset']}: {running['stage']}, lit for {running['lasted_s'] / 60:.1f}{limit} min{volts}"


def _show(text: str, as_json: bool) -> None:
    """One line that is written over again and again; nothing where nobody looks."""
    if not as_json and sys.stdout.isatty():
        sys.stdout.write(f"\r\x1b[K{text}")
        sys.stdout.flush()


def _tell(entry: Mapping[str, Any], as_json: bool) -> int:
    if as_json:
        print_json(entry)
    else:
        found = f": {local(entry['reason'])}" if entry["finding"] else ""
        line(f"log book {entry['id']}: {local(entry['test'])} of {entry['asset']}, {local(entry['result'])}{found}")
        lowest = "" if entry["lowest_voltage_v"] is None else f", lowest {entry['lowest_voltage_v']:.2f} V"
        limit = f" (limit {entry['limit_s'] / 60:.0f} min)" if entry["limit_s"] else ""
        line(f"proven {entry['lasted_s'] / 60:.1f} min ± {entry['resolution_s']:.0f} s{limit}{lowest}")
    return DONE if entry["outcome"] == "passed" else DOES_NOT_HOLD
