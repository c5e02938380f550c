"""The command line: what can be asked, and with which options. The work is done in ``gateway.commands``.

Exit status: 0 done, 1 what was asked about does not hold, 64 wrong usage, 69 a needed service is unreachable,
78 a file or a database that cannot be used.
"""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli import alarms, files, outbox, proofs, prove, reports, rounds, routes, running, tickets, tokens, works
from gateway.commands import CONFIGURATION, DOES_NOT_HOLD, DONE, UNREACHABLE, WRONG_USAGE, WrongUsage
from gateway.errors import DocumentError, GatewayError, Refused, StoreError

TYPER_USAGE = 2
TOLD = 200
"""So many problems are printed; ``check --json`` names all."""
STATUSES = {WrongUsage: WRONG_USAGE, Refused: DOES_NOT_HOLD, StoreError: CONFIGURATION}
"""Any other trouble that was raised on purpose is of a service that this command needs."""

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
for group in (files, running, prove, proofs, reports):
    app.add_typer(group.commands)
app.add_typer(alarms.commands, name="alarms", no_args_is_help=True)
app.add_typer(tickets.commands, name="tickets", no_args_is_help=True)
app.add_typer(outbox.commands, name="outbox", no_args_is_help=True)
app.add_typer(tokens.commands, name="token", no_args_is_help=True)
app.add_typer(routes.commands, name="routes", no_args_is_help=True)
app.add_typer(routes.notify, name="notify", no_args_is_help=True)
app.add_typer(rounds.commands, name="rounds", no_args_is_help=True)
app.add_typer(works.commands, name="works", no_args_is_help=True)


def _version(wanted: bool) -> None:
    if wanted:
        from gateway.data import version

        typer.echo(f"touchpoint-gateway {version()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell the version and exit.")
    ] = False,
) -> None:
    """Keeps a property's touchpoints up to standard: devices, readings, clauses, alarms, tickets."""


def outcome(arguments: list[str]) -> int:
    """Carry out a command; returns its exit status. Whatever can be expected to go wrong is told in a line each."""
    try:
        app(args=arguments, prog_name="touchpoint")
    except SystemExit as end:
        return WRONG_USAGE if end.code == TYPER_USAGE else int(end.code or 0)
    except DocumentError as error:
        _tell("\n".join(map(str, error.problems[:TOLD])))
        if len(error.problems) > TOLD:
            _tell(f"and {len(error.problems) - TOLD} more")
        return CONFIGURATION
    except OSError as error:  # a file or folder that was named, and cannot be read or written
        if error.filename is None:
            raise
        _tell(f"touchpoint: {error.filename}: {error.strerror}")
        return WRONG_USAGE
    except GatewayError as error:
        _tell(f"touchpoint: {error}")
        return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), UNREACHABLE)
    return DONE


def _tell(text: str) -> None:
    typer.echo(text, err=True)
