"""``touchpoint prove``."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from gateway.cli.options import AsJson, Asset, Because, Site, State, service_user, state_folder
from gateway.commands import WrongUsage

commands = typer.Typer()


@commands.command()
def prove(
    site: Site, asset: Asset, reason: Because,
    kind: Annotated[Literal["function", "duration", "rated"] | None, typer.Option(help="Which test.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="End the test that runs on it instead.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Start it without asking.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Follow it to its end.")] = True,
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Start a proof test, follow it, and print its line of the log book; 0 only when it passed."""
    from gateway.commands.prove import Wanted, start_test, stop_test

    if (kind is None) != stop:
        raise WrongUsage("say --kind to start a test, or --stop to end one")
    folder, who = state_folder(site, state), service_user()
    if kind is None:
        raise typer.Exit(stop_test(folder, asset, reason, who, as_json))
    raise typer.Exit(start_test(folder, Wanted(asset, kind, reason, who), yes, wait, as_json))
