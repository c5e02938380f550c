"""Arguments and options that several commands share; knows no command."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gateway.commands import WrongUsage
from gateway.errors import Refused


class ListByDefault(TyperGroup):
    """``tickets SITE`` lists; ``tickets take SITE 3`` acts."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``list`` in where no sub-command is named."""
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["list", *args]
        return super().parse_args(ctx, args)


def user_name() -> str:
    """Who acts, where nobody is named."""
    return os.environ.get("USER") or os.environ.get("LOGNAME") or "command line"


def service_user() -> str:
    """The account that this process runs as, whatever the environment says."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # an account without a name, as in a container
        return f"user {os.geteuid()}"


Site = Annotated[Path, typer.Argument(metavar="SITE", help="The site's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Bind = Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the API listens; loopback only.")]
State = Annotated[
    Path | None, typer.Option("--state", envvar="STATE_DIRECTORY", help="Where state is kept; without it SITE/var.")
]
By = Annotated[str, typer.Option("--by", help="Who acts; without it $USER.", default_factory=user_name)]
Ticket = Annotated[int, typer.Argument(help="The ticket's number.", min=1)]
Asset = Annotated[str, typer.Argument(help="The asset, like lobby-door.")]
Clause = Annotated[str, typer.Argument(help="The clause, like access-door.held-open.")]
All = Annotated[bool, typer.Option("--all", help="Also those that are over.")]
Because = Annotated[str, typer.Option("--reason", help="Why.")]
Text = Annotated[str, typer.Argument(help="What to write down.")]


def state_folder(site: Path, state: Path | None) -> Path:
    """Where the site's gateway keeps its state."""
    return state or site / "var"


def address(bind: str) -> tuple[str, int]:
    """HOST:PORT as the API can listen on it; raises WrongUsage."""
    from gateway.api.server import loopback_only

    try:
        return loopback_only(bind)
    except (ValueError, Refused) as error:
        raise WrongUsage(f"--bind: {error}") from error


def seconds(duration: str) -> float | None:
    """``90s`` in seconds; None for ""; raises WrongUsage."""
    from gateway.documents import parse_duration

    try:
        return parse_duration(duration) if duration else None
    except ValueError as error:
        raise WrongUsage(f"--for: {error}") from error
