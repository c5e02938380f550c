"""Commands on what proves that an asset is in order: records and the log book."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJson, Asset, By, Site, State, state_folder

commands = typer.Typer()


@commands.command()
def record(
    site: Site, asset: Asset,
    what: Annotated[str, typer.Argument(metavar="RECORD", help="What was done, like inspection.")],
    by: By,
    at: Annotated[str, typer.Option(help="When: a day, or a time with its zone; without it now.")] = "",
    note: Annotated[str, typer.Option(help="What there is to say of it.")] = "",
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record what was done to an asset: an inspection, a service."""
    from gateway.commands.running import add_record

    body = {"record": what, "by": by, "note": note, **({"at": at} if at else {})}
    add_record(state_folder(site, state), asset, body, as_json)


@commands.command()
def records(site: Site, asset: Asset, state: State = None, as_json: AsJson = False) -> None:
    """What was recorded of an asset."""
    from gateway.commands.running import show_records

    show_records(state_folder(site, state), asset, as_json)


@commands.command()
def logbook(
    site: Site,
    since: Annotated[str, typer.Option(metavar="TIME", help="Begun then or later, like 2026-11-23.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Begun then or before.")] = "",
    asset: Annotated[str, typer.Option(help="Of this asset.")] = "",
    kind: Annotated[str, typer.Option(help="Of this kind: function, duration, rated, discharge, walk …")] = "",
    form: Annotated[str, typer.Option("--format", help="text, json, csv, html (a page to print) or pdf.")] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there.")] = None,
    lang: Annotated[str, typer.Option(help="zh, en or both, for text, html and pdf.")] = "",
    font: Annotated[Path | None, typer.Option(metavar="FILE", help="A font with Chinese characters, for pdf.")] = None,
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Every proof test and discharge: what came of it, and its curve."""
    from gateway.commands.logbook import Form, Wanted, show_log_book

    told = Form("json" if as_json else form, lang, out, font)
    show_log_book(site, state_folder(site, state), Wanted(since, until, asset, kind), told)


@commands.command()
def capacity(
    site: Site,
    asset: Annotated[str, typer.Argument(metavar="[ASSET]", help="One asset; without it all with a battery.")] = "",
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Draw its trend there.")] = None,
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """How the batteries have aged by their tests, and when a test may first fail."""
    from gateway.commands.capacity import show_capacity

    show_capacity(site, state_folder(site, state), asset, as_json, svg)
