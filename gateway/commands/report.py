"""``touchpoint report``: tickets against their targets and the health of the alarms, through the gateway's API."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.commands import WrongUsage
from gateway.commands.running import Answered, RunningGateway
from gateway.commands.show import as_json, language, line, table
from gateway.logbook.speech import LANGUAGES, Speech
from gateway.reports.page import page
from gateway.reports.sheet import COLUMNS, rows
from gateway.reports.words import CLOCKS, FIGURES, LISTS, MET, METRICS, PROVEN, lasting, metric, percent, titled
from gateway.spreadsheet import as_csv

FORMS = ("text", "json", "csv", "html")
PATIENCE = 300.0
"""Seconds for an answer: a year of a busy site takes a while."""
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """How it is to be told: one of ``FORMS``; in zh, en, both or (``""``) the usual language; where to."""

    name: str = "text"
    lang: str = ""
    out: Path | None = None

    def __post_init__(self) -> None:
        if self.name not in FORMS:
            raise WrongUsage(f"--format: {self.name!r} is none of {', '.join(FORMS)}")
        if self.lang and self.lang not in LANGUAGES:
            raise WrongUsage(f"--lang: {self.lang!r} is none of {', '.join(LANGUAGES)}")

    @property
    def languages(self) -> Sequence[str]:
        """A page is in both languages unless asked otherwise, a table in the reader's."""
        return LANGUAGES[self.lang or ("both" if self.name == "html" else language())]


def show_report(state: Path, days: tuple[str, str], form: Form) -> None:
    """Print the report of the ``days`` from … until ("": the usual ones), or write it to a file."""
    gateway = RunningGateway(state)
    gateway.timeout = PATIENCE
    asked = {name: day for name, day in zip(("from", "until"), days, strict=True) if day}
    try:
        service, alarms = (gateway.ask(f"/api/v1/reports/{name}", None, **asked) for name in ("service", "alarms"))
    except Answered as answered:
        raise WrongUsage(str(answered)) from answered  # it is asked for nothing but the days
    printed_at = gateway.ask("/api/v1/site")["now"]
    if form.out is None:
        _tell(service, alarms, printed_at, form)
        return
    with form.out.open("w", encoding="utf-8") as file, redirect_stdout(file):
        _tell(service, alarms, printed_at, form)
    line(f"report → {form.out}")


def _tell(service: Told, alarms: Told, printed_at: str, form: Form) -> None:
    speech = Speech(form.languages, ZoneInfo(service["timezone"]))
    if form.name == "json":
        as_json({"service": service, "alarms": alarms})
    elif form.name == "csv":
        sys.stdout.write(as_csv(COLUMNS, rows(service, alarms)))
    elif form.name == "html":
        sys.stdout.write(page(service, alarms, printed_at, speech))
    else:
        _show(service, alarms, speech)


def _show(service: Told, alarms: Told, speech: Speech) -> None:
    """The figures of the whole site, the groups that people ask for, and the alarms."""
    say, total = speech.plain, service["total"]
    line(f"{say(service['name'])} ({service['site']}), {service['from']} – {service['until']}")
    counts = ("open_at_start", "opened", "reopened", "reoccurred", "unproven", "closed", "open_at_end")
    line(", ".join(f"{say(FIGURES[name])} {total[name]}" for name in counts))
    line(", ".join(f"{say(PROVEN[name])} {count}" for name, count in total["proven"].items()))
    line("")
    _clocks(total, speech)
    for dimension in ("priority", "trade", "touchpoint", "clause"):
        _groups(dimension, service["by"][dimension], speech)
    _worst(service["worst"], speech)
    _alarms(alarms, speech)


def _clocks(total: Told, speech: Speech) -> None:
    names = ("ended", "net_median_s", "net_p90_s", "gross_median_s", "gross_p90_s", "in_time", "late", "running_late")
    told = (
        [speech.plain(words), *(lasting(total[clock][each]) if each.endswith("_s") else total[clock][each]
                                for each in names), percent(total[clock]["share_in_time"])]
        for clock, words in CLOCKS.items()
    )  # fmt: skip
    table(["", *(speech.plain(FIGURES[each]) for each in (*names, "share_in_time"))], told, "-")


def _groups(dimension: str, groups: Sequence[Told], speech: Speech) -> None:
    names = ("opened", "closed", "open_at_end")
    told = (
        [*(each[name] for name in names), lasting(each["resolve"]["net_median_s"]),
         percent(each["resolve"]["share_in_time"]), speech.plain(titled(dimension, each))]
        for each in groups
    )  # fmt: skip
    repair = (
        f"{speech.plain(CLOCKS['resolve'])} {speech.plain(FIGURES[each])}" for each in ("net_median_s", "in_time")
    )
    line("")
    table([*(speech.plain(FIGURES[each]) for each in names), *repair, dimension], told, f"{dimension}: -")


def _worst(worst: Sequence[Told], speech: Speech) -> None:
    names = ("opened", "reopened", "reoccurred", "unproven")
    told = (
        [*(each[name] for name in names), lasting(each["open_s"]), each["key"], speech.plain(each["title"])]
        for each in worst
    )
    line("")
    heads = [*(speech.plain(FIGURES[each]) for each in (*names, "open_s")), "asset", ""]
    table(heads, told, "asset: -")


def _alarms(alarms: Told, speech: Speech) -> None:
    told = (
        [metric(name, each["value"]), metric(name, each["limit"]), speech.plain(MET[each["met"]][1]),
         each["basis"]["kind"], speech.plain(METRICS[name])]
        for name, each in alarms["metrics"].items()
    )  # fmt: skip
    line("")
    line(f"{alarms['raised']} alarms, known since {speech.when(alarms['known_since'])}")
    table(["value", "limit", "", "basis", "metric"], told, "-")
    for name, words in LISTS.items():
        if alarms[name]:
            line("")
            found = ([each["count"], each["asset"], each["clause"]] for each in alarms[name])
            table(["times", "asset", speech.plain(words)], found, "-")
