"""Commands on a site's files; nothing has to run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJson, Site, State, state_folder
from gateway.commands import WrongUsage
from gateway.errors import Refused

commands = typer.Typer()


@commands.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")]) -> None:
    """Write a commented starter site that passes check."""
    from gateway.site import write_starter

    try:
        write_starter(folder)
    except Refused as refusal:
        raise WrongUsage(str(refusal)) from refusal
    typer.echo(f"{folder} is a site now. Edit {folder / 'site.yaml'}, then: touchpoint check {folder}")


@commands.command()
def check(site: Site, as_json: AsJson = False) -> None:
    """Check a site's files against each other; touches no network."""
    from gateway.commands.check import check_site

    raise typer.Exit(check_site(site, as_json))


@commands.command()
def coverage(
    site: Site, as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a row for each clause on each asset.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page to print, in both languages.")
    ] = None,
    fail: Annotated[bool, typer.Option("--fail", help="Exit 1 when what applies cannot all be answered.")] = False,
    state: State = None,
) -> None:  # fmt: skip
    """What of the standard the site's points, tests, people and records can answer, and what is missing."""
    from gateway.commands.coverage import show_coverage, status

    raise typer.Exit(status(show_coverage(site, state_folder(site, state), as_json, as_csv, html), fail))


@commands.command("test")
def try_examples(
    site: Annotated[Path | None, typer.Argument(metavar="[SITE]", help="The site's folder.")] = None,
    book: Annotated[bool, typer.Option("--book", help="The shipped standard alone, as it is.")] = False,
    as_json: AsJson = False,
) -> None:
    """Try the standard's examples: the shipped ones and the site's own."""
    from gateway.commands.test import try_standard

    if (site is None) != book:
        raise WrongUsage("name a site, or say --book")
    raise typer.Exit(try_standard(site, as_json))


@commands.command()
def schema(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="site, standards, kinds, profile, examples …")] = "",
    folder: Annotated[Path | None, typer.Option("--all", metavar="DIR", help="Write every schema there.")] = None,
) -> None:
    """The JSON Schema of a file that you write, for your editor to check it while you type."""
    from gateway.commands.schema import print_schema, write_schemas

    if name and folder:
        raise WrongUsage("name a schema, or say --all DIR")
    write_schemas(folder) if folder else print_schema(name)
