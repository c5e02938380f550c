"""``touchpoint works``."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import All, AsJson, Asset, Because, By, ListByDefault, Site, State, state_folder

commands = typer.Typer(help="Planned work on assets: announce it, call it off.", cls=ListByDefault)


@commands.command("list")
def list_works(site: Site, everything: All = False, state: State = None, as_json: AsJson = False) -> None:
    """List the work that is to come and under way."""
    from gateway.commands.works import show_works

    show_works(state_folder(site, state), everything, as_json)


@commands.command()
def plan(
    site: Site, asset: Asset, by: By, reason: Because,
    until: Annotated[str, typer.Option(metavar="TIME", help="Its end, like 2026-11-23T11:30 in the site's zone.")],
    since: Annotated[str, typer.Option("--from", metavar="TIME", help="Its beginning; without it now.")] = "",
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Announce work: told now; from its beginning to its end the asset is out of service."""
    from gateway.commands.works import plan_work

    body = {"by": by, "reason": reason, "since": since, "until": until, "asset": asset}
    plan_work(state_folder(site, state), body, as_json)


@commands.command()
def cancel(
    site: Site, work: Annotated[int, typer.Argument(help="The work's number.", min=1)], by: By,
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Call it off; or end it now, and have its asset judged again."""
    from gateway.commands.works import cancel_work

    cancel_work(state_folder(site, state), work, {"by": by}, as_json)
