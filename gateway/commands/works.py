"""Planned work of a running gateway: listed, announced, called off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.commands.moments import moment
from gateway.commands.running import RunningGateway
from gateway.commands.show import as_json as print_json
from gateway.commands.show import line, local, short_time, table


def show_works(state: Path, everything: bool, as_json: bool) -> None:
    """What is to come and under way, what begins first first; or also what was over of late."""
    is_open = ("planned", "begun")
    works = [each for each in RunningGateway(state).every("/api/v1/works") if everything or each["state"] in is_open]
    works.sort(key=lambda each: (each["since"], each["id"]))
    if as_json:
        print_json(works)
        return
    rows = (
        [each["id"], each["state"], short_time(each["since"]), short_time(each["until"]), each["asset"], each["by"],
         each["reason"]]
        for each in works
    )  # fmt: skip
    table(["work", "state", "from (UTC)", "until", "asset", "by", "reason"], rows, "no work is planned")


def plan_work(state: Path, told: Mapping[str, str], as_json: bool) -> None:
    """Announce work; its times are the site's where no zone is written. Raises WrongUsage."""
    gateway = RunningGateway(state)
    zone = ZoneInfo(gateway.ask("/api/v1/site")["timezone"])
    times = {"since": _time("--from", told["since"], zone), "until": _time("--until", told["until"], zone)}
    body = {**told, **times}
    _print(gateway.ask("/api/v1/works", {name: value for name, value in body.items() if value}), as_json)


def cancel_work(state: Path, number: int, body: Mapping[str, str], as_json: bool) -> None:
    """Call work off, or end it."""
    _print(RunningGateway(state).ask(f"/api/v1/works/{number}/cancel", body), as_json)


def _time(option: str, written: str, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(moment(option, written, zone, 0.0), UTC).isoformat() if written else ""


def _print(work: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(work)
        return
    times = f"{short_time(work['since'])} to {short_time(work['until'])} (UTC)"
    line(f"work {work['id']} {work['state']}: {work['asset']}, {local(work['place'])}; {times}; {work['reason']}")
