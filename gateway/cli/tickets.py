"""``touchpoint tickets``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import All, AsJson, Because, By, ListByDefault, Site, State, Text, Ticket, state_folder

commands = typer.Typer(
    help="Tickets of a running gateway: list, show, take, arrived, pause, resume, note, finish.", cls=ListByDefault
)


@commands.command("list")
def list_tickets(site: Site, everything: All = False, state: State = None, as_json: AsJson = False) -> None:
    """List the tickets that are not closed."""
    from gateway.commands.running import show_tickets

    show_tickets(state_folder(site, state), everything, as_json)


@commands.command()
def show(site: Site, ticket: Ticket, state: State = None, as_json: AsJson = False) -> None:
    """One ticket with its log."""
    from gateway.commands.running import show_ticket

    show_ticket(state_folder(site, state), ticket, as_json)


@commands.command()
def take(site: Site, ticket: Ticket, by: By, state: State = None, as_json: AsJson = False) -> None:
    """I take this work on."""
    _act_on_ticket(site, state, ticket, "take", {"by": by}, as_json)


@commands.command()
def arrived(site: Site, ticket: Ticket, by: By, state: State = None, as_json: AsJson = False) -> None:
    """I am on site."""
    _act_on_ticket(site, state, ticket, "on-site", {"by": by}, as_json)


@commands.command()
def pause(site: Site, ticket: Ticket, by: By, reason: Because, state: State = None, as_json: AsJson = False) -> None:
    """The work waits, and so do its clocks."""
    _act_on_ticket(site, state, ticket, "pause", {"by": by, "reason": reason}, as_json)


@commands.command()
def resume(site: Site, ticket: Ticket, by: By, state: State = None, as_json: AsJson = False) -> None:
    """The work goes on."""
    _act_on_ticket(site, state, ticket, "resume", {"by": by}, as_json)


@commands.command()
def note(site: Site, ticket: Ticket, text: Text, by: By, state: State = None, as_json: AsJson = False) -> None:
    """Write something into the ticket's log."""
    _act_on_ticket(site, state, ticket, "note", {"by": by, "text": text}, as_json)


@commands.command()
def finish(
    site: Site, ticket: Ticket, by: By,
    text: Annotated[str, typer.Option(help="What was done.")] = "",
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """The work is done; a measurement will prove it."""
    _act_on_ticket(site, state, ticket, "finish", {"by": by, "text": text}, as_json)


def _act_on_ticket(site: Path, state: Path | None, ticket: int, verb: str, body: dict[str, str], as_json: bool) -> None:
    from gateway.commands.running import act_on_ticket

    act_on_ticket(state_folder(site, state), ticket, verb, body, as_json)
