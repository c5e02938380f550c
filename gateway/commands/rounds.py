"""``touchpoint rounds``: what people have to do on their round, and what they found; through the running gateway."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from gateway.commands import WrongUsage
from gateway.commands.rounds_page import day, sheet
from gateway.commands.running import RunningGateway
from gateway.commands.show import as_json as print_json
from gateway.commands.show import line, local, table
from gateway.documents import parse_duration
from gateway.outputs.wording import in_language

FORMS = ("text", "json", "html")
FAILED, PASSED = "failed", "passed"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which tasks: due within a time (``7d``, "" for all), at a place or on an asset that has this in its name."""

    due: str = ""
    place: str = ""

    def query(self) -> dict[str, Any]:
        """As the API takes it; raises WrongUsage."""
        return {**({"due_within": _seconds("--due", self.due)} if self.due else {}), "place": self.place}


def show_rounds(state: Path, chosen: Chosen, form: str, out: Path | None) -> None:
    """Print the round, by place, then by what is due first."""
    if form not in FORMS:
        raise WrongUsage(f"--format: {form!r} is none of {', '.join(FORMS)}")
    gateway = RunningGateway(state)
    site, rows = gateway.ask("/api/v1/site"), in_order(gateway.every("/api/v1/rounds", **chosen.query()))
    if form == "json":
        print_json(rows)
    elif form == "html":
        _write(sheet(site, rows), out)
    else:
        _show(rows, ZoneInfo(site["timezone"]))


def in_order(rows: Iterable[Row]) -> list[Row]:
    """By place, then by what is due first."""
    return sorted(rows, key=lambda row: (row["touchpoint"], in_language(row["place"], "zh"), row["asset"], row["due"]))


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")
        line(str(out))


def _show(rows: Sequence[Row], zone: ZoneInfo) -> None:
    told = (
        [row["state"], day(row["due"], zone), day(row["deadline"], zone), local(row["place"]),
         f"{row['asset']} {row['what']}", local(row["title"])]
        for row in rows
    )  # fmt: skip
    table(["state", "due", "deadline", "place", "asset, what", ""], told, "nothing is to be done")


def answer(state: Path, asset: str, what: str, body: Mapping[str, Any], as_json: bool) -> None:
    """Tell what was found; prints what the clauses come to with it."""
    told = RunningGateway(state).ask(f"/api/v1/rounds/{quote(asset)}/{quote(what, safe='')}", body)
    if as_json:
        print_json(told)
        return
    outcomes = ", ".join(f"{clause} {outcome}" for clause, outcome in told["outcomes"].items())
    line(f"{told['asset']} {told['what']}: {outcomes}")
    if told["task"]:
        line(f"next: {told['task']['state']}, due {told['task']['due'][:10]}")


def answer_body(
    by: str, passed: bool | None, items: Iterable[str], others: Mapping[str, str], lasted: str
) -> dict[str, Any]:
    """As the API takes it; raises WrongUsage. ``items``: ``2=failed``, the others count as passed."""
    failed = [number for number, outcome in map(_item, items) if outcome == FAILED]
    if passed is None and not failed:
        raise WrongUsage("say --passed or --failed")
    body: dict[str, Any] = {"passed": bool(passed), "by": by, "failed": failed}
    body |= {key: value for key, value in others.items() if value}
    return {**body, **({"lasted_s": _seconds("--lasted", lasted)} if lasted else {})}


def _item(written: str) -> tuple[int, str]:
    number, _, outcome = written.partition("=")
    if not number.isdecimal() or outcome not in (FAILED, PASSED):
        raise WrongUsage(f"--item: {written!r} is not written like 2=failed")
    return int(number), outcome


def _seconds(option: str, duration: str) -> float:
    try:
        return parse_duration(duration)
    except ValueError as error:
        raise WrongUsage(f"{option}: {error}") from error
