"""``touchpoint outbox``: what waits for the outputs of a running gateway, asked and changed through its API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gateway.commands import WrongUsage
from gateway.commands.running import OwnGateway, RunningGateway
from gateway.commands.show import as_json as print_json
from gateway.commands.show import line, short_time, table

PATH = "/api/v1/outbox"
KEPT = "What waits is never dropped; what is set aside goes after 90 days, or beyond 1000 of an output."
AGES = (("d", 86400), ("h", 3600), ("min", 60))
UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


def show_outbox(state: Path, as_json: bool) -> None:
    """Every output with what waits for it, then every delivery that was set aside."""
    gateway = RunningGateway(state)
    queues = gateway.ask(PATH)["items"]
    for each in queues:
        path = f"{PATH}/{quote(each['output'], safe='')}/set-aside"
        each["rows_set_aside"] = [*gateway.every(path)] if each["set_aside"] else []
    if as_json:
        print_json(queues)
        return
    columns = ["output", "state", "waiting", "oldest", "tries", "next try (UTC)", "set aside", "last error"]
    table(columns, map(_queue_row, queues), "the site has no output")
    kept = [each for each in queues if each["bytes"]]
    for each in kept:
        line(f"{each['output']}: {_size(each['bytes'])} kept, {each['bytes_each']} B a row")
    if kept:
        line(KEPT)
    aside = [*_aside(queues)]
    if aside:
        line("")
        table(["output", "row", "event", "about", "since (UTC)", "error"], aside, "")


def _queue_row(queue: Mapping[str, Any]) -> list[object]:
    first = queue["oldest"] or {"tries": "", "next_try_at": None, "error": ""}
    readings = queue["waiting_readings"]
    waits = queue["waiting"] if readings is None else f"{readings} readings"
    age = "-" if queue["oldest_age_s"] is None else _age(queue["oldest_age_s"])
    return [
        queue["output"], queue["state"], waits, age, first["tries"], short_time(first["next_try_at"]),
        queue["set_aside"], first["error"],
    ]  # fmt: skip


def _aside(queues: list[dict[str, Any]]) -> Iterator[list[object]]:
    for queue in queues:
        for row in queue["rows_set_aside"]:
            what = row["type"].removeprefix("touchpoint.").removesuffix(".v1")
            yield [queue["output"], row["row"], what, row["subject"], short_time(row["since"]), row["error"]]


def _age(seconds: float) -> str:
    return next((f"{seconds / size:.0f} {unit}" for unit, size in AGES if seconds >= 2 * size), f"{seconds:.0f} s")


def _size(count: int) -> str:
    return next((f"{count / size:.1f} {unit}" for unit, size in UNITS if count >= size), f"{count} B")


def retry_rows(state: Path, by: str, output: str, body: Mapping[str, Any], as_json: bool) -> None:
    """Have them tried now."""
    if body["row"] and body["all"]:
        raise WrongUsage("either a ROW or --all")
    told = OwnGateway(state, by).ask(f"{PATH}/{quote(output, safe='')}/retry", body)
    if as_json:
        print_json(told)
    else:
        line(f"{output} is tried again now, with {told['retried']} that was set aside")


def discard_row(state: Path, by: str, output: str, row: int, reason: str, as_json: bool) -> None:
    """Give up a delivery, and say of what."""
    path = f"{PATH}/{quote(output, safe='')}/rows/{row}/discard"
    told = OwnGateway(state, by).ask(path, {"reason": reason})
    if as_json:
        print_json(told)
    else:
        line(f"row {row} ({told['type']} of {told['subject']}) will not be delivered to {output}; its event stays")
