"""``touchpoint tickets``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.options import All, AsJson, Because, By, ListByDefault, Site, State, Text, Ticket, state_folder

Item = Annotated[int, typer.Argument(help="The item of the checklist, counted from 1.", min=1)]
Other = Annotated[int, typer.Argument(help="The other ticket's number.", min=1)]

commands = typer.Typer(help="Tickets of a running gateway: list, show, act on one, write on one.", cls=ListByDefault)


@commands.command("list")
def list_tickets(site: Site, everything: All = False, state: State = None, as_json: AsJson = False) -> None:
    """List the tickets that are not closed."""
    from gateway.commands.tickets import show_tickets

    show_tickets(state_folder(site, state), everything, as_json)


@commands.command()
def show(site: Site, ticket: Ticket, state: State = None, as_json: AsJson = False) -> None:
    """One ticket with its log."""
    from gateway.commands.tickets import show_ticket

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


@commands.command()
def assign(
    site: Site, ticket: Ticket, to: Annotated[str, typer.Argument(help="The person or team that is to do it.")],
    by: By, state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say who is to do it."""
    _act_on_ticket(site, state, ticket, "assign", {"by": by, "to": to}, as_json)


@commands.command()
def explain(
    site: Site, ticket: Ticket, by: By,
    cause: Annotated[str, typer.Option(help="What was found.")] = "",
    remedy: Annotated[str, typer.Option(help="What was done.")] = "",
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write down what was found, and what was done."""
    _act_on_ticket(site, state, ticket, "explain", {"by": by, "cause": cause, "remedy": remedy}, as_json)


@commands.command()
def part(
    site: Site, ticket: Ticket, what: Annotated[str, typer.Argument(help="The part that was used.")], by: By,
    number: Annotated[float, typer.Option(help="How many, or how much.")] = 1.0,
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write down a part that was used."""
    _act_on_ticket(site, state, ticket, "parts", {"by": by, "what": what, "number": number}, as_json)


@commands.command()
def photo(
    site: Site, ticket: Ticket, where: Annotated[str, typer.Argument(help="A web address, or the name of a file.")],
    by: By, sha256: Annotated[str, typer.Option(help="Of the picture's bytes.")] = "",
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say where a picture is; it is not fetched."""
    _act_on_ticket(site, state, ticket, "photos", {"by": by, "where": where, "sha256": sha256}, as_json)


@commands.command()
def tick(site: Site, ticket: Ticket, item: Item, by: By, state: State = None, as_json: AsJson = False) -> None:
    """An item of the checklist is done."""
    _act_on_ticket(site, state, ticket, f"checklist/{item}/tick", {"by": by}, as_json)


@commands.command()
def untick(site: Site, ticket: Ticket, item: Item, by: By, state: State = None, as_json: AsJson = False) -> None:
    """An item of the checklist is not done, or has to be done again."""
    _act_on_ticket(site, state, ticket, f"checklist/{item}/untick", {"by": by}, as_json)


@commands.command()
def link(
    site: Site, ticket: Ticket, other: Other, by: By,
    duplicate: Annotated[bool, typer.Option("--duplicate", help="It is a duplicate of the other.")] = False,
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """This ticket belongs together with another; each closes by its own proof."""
    kind = "duplicate" if duplicate else "related"
    _act_on_ticket(site, state, ticket, "link", {"by": by, "other": other, "kind": kind}, as_json)


@commands.command()
def unlink(site: Site, ticket: Ticket, other: Other, by: By, state: State = None, as_json: AsJson = False) -> None:
    """They have nothing to do with each other."""
    _act_on_ticket(site, state, ticket, "unlink", {"by": by, "other": other}, as_json)


def _act_on_ticket(site: Path, state: Path | None, ticket: int, verb: str, body: dict[str, Any], as_json: bool) -> None:
    from gateway.commands.tickets import act_on_ticket

    act_on_ticket(state_folder(site, state), ticket, verb, body, as_json)
