"""``touchpoint token``."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import AsJson, ListByDefault, Site, State, service_user, state_folder

commands = typer.Typer(help="Tokens with which the API may command devices: create, list, revoke.", cls=ListByDefault)


@commands.command()
def create(
    site: Site,
    scope: Annotated[list[str], typer.Option(help="What it allows, like test:run; may be given again.")],
    name: Annotated[str, typer.Option(help="What the audit and the log book call whoever uses it.")] = "",
    expires: Annotated[str, typer.Option(metavar="DURATION", help="How long it is good: at most 366d.")] = "90d",
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make a token; its text is printed this once."""
    from gateway.commands.token import Place, create_token

    create_token(Place(site, state_folder(site, state), service_user()), scope, name, expires, as_json)


@commands.command("list")
def list_tokens(site: Site, state: State = None, as_json: AsJson = False) -> None:
    """List the tokens that there are and were."""
    from gateway.commands.token import Place, show_tokens

    show_tokens(Place(site, state_folder(site, state), service_user()), as_json)


@commands.command()
def revoke(
    site: Site, token: Annotated[int, typer.Argument(help="The token's number.", min=1)],
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Have a token count for nothing, at once."""
    from gateway.commands.token import Place, revoke_token

    revoke_token(Place(site, state_folder(site, state), service_user()), token, as_json)
