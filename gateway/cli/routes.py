"""``touchpoint routes`` and ``touchpoint notify``."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import AsJson, By, Site, State, state_folder

commands = typer.Typer(help="Who is told what: explain.")
notify = typer.Typer(help="Try the ways by which people are told: test.")


@commands.callback()
def _routes() -> None:
    """Who is told what."""


@notify.callback()
def _notify() -> None:
    """Try the ways by which people are told."""


@commands.command()
def explain(
    site: Site,
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="What happens, like ticket.opened; or a file with an event as JSON.")
    ],
    asset: Annotated[str, typer.Option(metavar="ASSET", help="To which asset.")] = "",
    clause: Annotated[str, typer.Option(metavar="CLAUSE", help="By which clause.")] = "",
    at: Annotated[str, typer.Option(metavar="TIME", help="At another time than now, like 2026-11-23T22:15.")] = "",
    as_json: AsJson = False,
) -> None:
    """Who would be told of an event, by which channel, when, and why. Exit status 1 when nobody would be."""
    from gateway.commands.routes import Asked, explain_routes

    raise typer.Exit(explain_routes(site, Asked(event, asset, clause, at), as_json))


@notify.command("test")
def send_test(
    site: Site,
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="One of the site's outputs.")],
    by: By,
    to: Annotated[str, typer.Option(metavar="PERSON", help="To this person, where the channel reaches them.")] = "",
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Send a test notice by a channel, and say whether it arrived. Exit status 1 when it did not, so far."""
    from gateway.commands.routes import try_channel

    raise typer.Exit(try_channel(state_folder(site, state), channel, to, by, as_json))
