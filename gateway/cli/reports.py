"""``touchpoint report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJson, Site, State, state_folder

commands = typer.Typer()


@commands.command()
def report(
    site: Site,
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="The first day, like 2026-11-01.")] = "",
    last: Annotated[str, typer.Option("--until", metavar="DAY", help="The last day; neither: last month.")] = "",
    form: Annotated[str, typer.Option("--format", help="text, json, csv or html (a page to print).")] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there.")] = None,
    lang: Annotated[str, typer.Option(help="zh, en or both, for text and html.")] = "",
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Tickets of a period against their targets, and how healthy the alarms are."""
    from gateway.commands.report import Form, show_report

    show_report(state_folder(site, state), (first, last), Form("json" if as_json else form, lang, out))
