"""``touchpoint outbox``."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import AsJson, Because, ListByDefault, Site, State, service_user, state_folder

commands = typer.Typer(help="What waits for each output: list, retry, discard.", cls=ListByDefault)

Output = Annotated[str, typer.Argument(help="The output, as site.yaml calls it.")]
Row = Annotated[int, typer.Argument(help="The row's number.", min=1)]
By = Annotated[str, typer.Option("--by", help="Who acts; without it this account.", default_factory=service_user)]


@commands.command("list")
def list_outbox(site: Site, state: State = None, as_json: AsJson = False) -> None:
    """Show of each output what waits, since when and why, and what it will not take.

    What waits is never dropped. What was set aside goes 90 days later, and beyond 1000 of one output the oldest first,
    but never before its event does (history in site.yaml); the audit tells how many.
    """
    from gateway.commands.outbox import show_outbox

    show_outbox(state_folder(site, state), as_json)


@commands.command()
def retry(
    site: Site, output: Output, by: By,
    row: Annotated[int | None, typer.Argument(help="A row that was set aside; without it what waits.", min=1)] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also all that was set aside.")] = False,
    reason: Because = "", state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Try again now, in the old order."""
    from gateway.commands.outbox import retry_rows

    retry_rows(state_folder(site, state), by, output, {"row": row, "all": everything, "reason": reason}, as_json)


@commands.command()
def discard(
    site: Site, output: Output, row: Row, by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why.")], state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Give up one delivery; its event stays, and the audit tells of it."""
    from gateway.commands.outbox import discard_row

    discard_row(state_folder(site, state), by, output, row, reason, as_json)
