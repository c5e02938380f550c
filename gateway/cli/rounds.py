"""``touchpoint rounds``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJson, Asset, By, ListByDefault, Site, State, state_folder

commands = typer.Typer(help="What people have to look at and to try: the round, and its answers.", cls=ListByDefault)


@commands.command("list")
def list_tasks(
    site: Site,
    due: Annotated[str, typer.Option(metavar="TIME", help="Due within that time, like 7d; without it all.")] = "",
    place: Annotated[str, typer.Option(help="Where: a part of the place, the touchpoint or the asset.")] = "",
    form: Annotated[str, typer.Option("--format", help="text, json or html, a sheet to print and sign.")] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the sheet there.")] = None,
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """What is to be done, by place, then by what is due first."""
    from gateway.commands.rounds import Chosen, show_rounds

    show_rounds(state_folder(site, state), Chosen(due, place), "json" if as_json else form, out)


@commands.command()
def answer(
    site: Site, asset: Asset,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="What is asked, like handle-firm.")],
    by: By,
    passed: Annotated[bool | None, typer.Option("--passed/--failed", help="What came of it.")] = None,
    item: Annotated[list[str] | None, typer.Option(metavar="N=failed", help="An item of the checklist.")] = None,
    note: Annotated[str, typer.Option(help="What there is to say of it.")] = "",
    lasted: Annotated[str, typer.Option(metavar="TIME", help="For how long it went on, like 65min.")] = "",
    at: Annotated[str, typer.Option(help="When: a day, or a time with its zone; without it now.")] = "",
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """I looked at this, or tried it, and this is what I found."""
    from gateway.commands import rounds

    body = rounds.answer_body(by, passed, item or [], {"note": note, "at": at}, lasted)
    rounds.answer(state_folder(site, state), asset, what, body, as_json)
