"""The command line: what can be asked, and with which options. The work is done in ``gateway.commands``.

Exit status: 0 done, 1 what was asked about does not hold, 64 wrong usage, 69 a needed service is unreachable,
78 a file or a database that cannot be used.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gateway.commands import CONFIGURATION, DOES_NOT_HOLD, DONE, UNREACHABLE, WRONG_USAGE, WrongUsage
from gateway.errors import DocumentError, GatewayError, Refused, StoreError

TYPER_USAGE = 2
TOLD = 200
"""So many problems are printed; ``check --json`` names all."""
STATUSES = {WrongUsage: WRONG_USAGE, Refused: DOES_NOT_HOLD, StoreError: CONFIGURATION}
"""Any other trouble that was raised on purpose is of a service that this command needs."""


class ListByDefault(TyperGroup):
    """``tickets SITE`` lists; ``tickets take SITE 3`` acts."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``list`` in where no sub-command is named."""
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["list", *args]
        return super().parse_args(ctx, args)


def _user() -> str:
    return os.environ.get("USER") or os.environ.get("LOGNAME") or "command line"


SETTINGS = {"help_option_names": ["-h", "--help"]}
app = typer.Typer(
    help="Keeps a property's touchpoints up to standard: devices, readings, clauses, alarms, tickets.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, context_settings=SETTINGS,
)  # fmt: skip
alarms = typer.Typer(help="Alarms of a running gateway: list, acknowledge, shelve.", cls=ListByDefault)
tickets = typer.Typer(help="Tickets of a running gateway: list, show, take, note, finish.", cls=ListByDefault)
app.add_typer(alarms, name="alarms", no_args_is_help=True)
app.add_typer(tickets, name="tickets", no_args_is_help=True)

Site = Annotated[Path, typer.Argument(metavar="SITE", help="The site's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Bind = Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the API listens; loopback only.")]
State = Annotated[
    Path | None, typer.Option("--state", envvar="STATE_DIRECTORY", help="Where state is kept; without it SITE/var.")
]
By = Annotated[str, typer.Option("--by", help="Who acts; without it $USER.", default_factory=_user)]
Ticket = Annotated[int, typer.Argument(help="The ticket's number.", min=1)]
Asset = Annotated[str, typer.Argument(help="The asset, like lobby-door.")]
Clause = Annotated[str, typer.Argument(help="The clause, like access-door.held-open.")]
All = Annotated[bool, typer.Option("--all", help="Also those that are over.")]
Because = Annotated[str, typer.Option("--reason", help="Why.")]
Text = Annotated[str, typer.Argument(help="What to write down.")]


def _state(site: Path, state: Path | None) -> Path:
    return state or site / "var"


@app.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")]) -> None:
    """Write a commented starter site that passes check."""
    from gateway.site import write_starter

    try:
        write_starter(folder)
    except Refused as refusal:
        raise WrongUsage(str(refusal)) from refusal
    typer.echo(f"{folder} is a site now. Edit {folder / 'site.yaml'}, then: touchpoint check {folder}")


@app.command()
def check(site: Site, as_json: AsJson = False) -> None:
    """Check a site's files against each other; touches no network."""
    from gateway.commands.check import check_site

    raise typer.Exit(check_site(site, as_json))


@app.command()
def coverage(
    site: Site, as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a row for each clause on each asset.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page to print, in both languages.")
    ] = None,
    fail: Annotated[bool, typer.Option("--fail", help="Exit 1 when what applies cannot all be answered.")] = False,
) -> None:  # fmt: skip
    """What of the standard the site's points and records can answer, and what is missing."""
    from gateway.commands.coverage import show_coverage, status

    raise typer.Exit(status(show_coverage(site, as_json, as_csv, html), fail))


@app.command("test")
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


@app.command()
def schema(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="site, standards, kinds, profile, examples …")] = "",
    folder: Annotated[Path | None, typer.Option("--all", metavar="DIR", help="Write every schema there.")] = None,
) -> None:
    """The JSON Schema of a file that you write, for your editor to check it while you type."""
    from gateway.commands.schema import print_schema, write_schemas

    if name and folder:
        raise WrongUsage("name a schema, or say --all DIR")
    write_schemas(folder) if folder else print_schema(name)


@app.command()
def backup(
    site: Site, file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes; a new file.")],
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Copy the database of a gateway, running or not, and prove that the copy is sound."""
    from gateway.commands.backup import back_up

    back_up(_state(site, state), file, as_json)


@app.command()
def run(site: Site, bind: Bind = "127.0.0.1:8080", state: State = None) -> None:
    """Run a site until it is told to stop."""
    from gateway.commands.run import run_site

    run_site(site, _address(bind), _state(site, state))


@app.command()
def demo(
    speed: Annotated[float, typer.Option(min=0.1, max=1000, help="How many times as fast time runs.")] = 60.0,
    duration: Annotated[str, typer.Option("--for", metavar="DURATION", help="End after this, like 90s.")] = "",
    report: Annotated[Path | None, typer.Option(help="Write the report here, as JSON.")] = None,
    bind: Bind = "127.0.0.1:0",
) -> None:
    """Watch a simulated property break and get tickets."""
    from gateway.commands.demo import run_demo

    raise typer.Exit(run_demo(speed, _seconds(duration), report, _address(bind)))


@app.command()
def read(
    target: Annotated[str, typer.Argument(metavar="SITE|modbus-tcp://HOST:PORT")],
    device: Annotated[str, typer.Argument(metavar="[DEVICE]", help="With SITE: a device of it.")] = "",
    unit: Annotated[int, typer.Option(min=0, max=255, help="With an address: the unit.")] = 1,
    profile: Annotated[str, typer.Option(help="With an address: a shipped profile, or a file.")] = "",
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="What the profile asks for.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a Modbus device once: raw words, value, quality."""
    from gateway.commands.read import read_address, read_device

    if "://" in target:
        raise typer.Exit(read_address(target, unit, profile, parameter or [], as_json))
    if not device:
        raise WrongUsage("name a device of the site, or give an address like modbus-tcp://10.0.4.20:502")
    raise typer.Exit(read_device(Path(target), device, as_json))


@app.command()
def replay(
    site: Site,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A gateway.db, a CSV of at,point,value, or line protocol.")
    ],
    standard: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Replay again with this standards.yaml, and compare.")
    ] = None,
    since: Annotated[str, typer.Option(metavar="TIME", help="From then, like 2026-11-23 or 2026-11-23T08:15.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Until then.")] = "",
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report here, as JSON.")] = None,
    as_json: AsJson = False,
) -> None:
    """Which alarms and tickets would recorded readings have made?"""
    from gateway.commands.replay import Asked, replay_file

    raise typer.Exit(replay_file(Asked(site, file, standard, since, until), report, as_json))


@app.command()
def status(
    site: Site,
    everything: Annotated[bool, typer.Option("--all", help="Name every asset that is not met.")] = False,
    fail: Annotated[bool, typer.Option("--fail", help="Exit 1 unless all is known and met.")] = False,
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """A running gateway at a glance: its own health, and the site's."""
    from gateway.commands.running import show_status

    well = show_status(_state(site, state), everything, as_json)
    raise typer.Exit(DOES_NOT_HOLD if fail and not well else DONE)


@app.command()
def record(
    site: Site, asset: Asset,
    what: Annotated[str, typer.Argument(metavar="RECORD", help="What was done, like inspection.")],
    who: Annotated[str, typer.Option("--who", "--by", help="Who says so; without it $USER.", default_factory=_user)],
    at: Annotated[str, typer.Option(help="When: a day, or a time with its zone; without it now.")] = "",
    note: Annotated[str, typer.Option(help="What there is to say of it.")] = "",
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record what was done to an asset: an inspection, a service."""
    from gateway.commands.running import add_record

    body = {"record": what, "who": who, "note": note, **({"at": at} if at else {})}
    add_record(_state(site, state), asset, body, as_json)


@app.command()
def records(site: Site, asset: Asset, state: State = None, as_json: AsJson = False) -> None:
    """What was recorded of an asset."""
    from gateway.commands.running import show_records

    show_records(_state(site, state), asset, as_json)


@app.command()
def logbook(
    site: Site,
    since: Annotated[str, typer.Option(metavar="TIME", help="Begun then or later, like 2026-11-23.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Begun then or before.")] = "",
    asset: Annotated[str, typer.Option(help="Of this asset.")] = "",
    kind: Annotated[str, typer.Option(help="function, duration, rated or discharge.")] = "",
    form: Annotated[str, typer.Option("--format", help="text, json, csv or html (a page to print).")] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there.")] = None,
    lang: Annotated[str, typer.Option(help="zh, en or both, for text and html.")] = "",
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Every proof test and discharge: what came of it, and its curve."""
    from gateway.commands.logbook import Form, Wanted, show_log_book

    told = Form("json" if as_json else form, lang, out)
    show_log_book(site, _state(site, state), Wanted(since, until, asset, kind), told)


@alarms.command("list")
def list_alarms(site: Site, everything: All = False, state: State = None, as_json: AsJson = False) -> None:
    """List the alarms that stand."""
    from gateway.commands.running import show_alarms

    show_alarms(_state(site, state), everything, as_json)


@alarms.command()
def acknowledge(site: Site, asset: Asset, clause: Clause, by: By, state: State = None, as_json: AsJson = False) -> None:
    """I have seen this alarm."""
    from gateway.commands.running import act_on_alarm

    act_on_alarm(_state(site, state), asset, clause, "acknowledge", {"by": by}, as_json)


@alarms.command()
def shelve(
    site: Site, asset: Asset, clause: Clause, by: By, reason: Because,
    duration: Annotated[str, typer.Option("--for", metavar="DURATION", help="For how long, like 30min.")],
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Do not tell of this alarm for a while."""
    from gateway.commands.running import act_on_alarm

    body = {"by": by, "reason": reason, "duration": duration}
    act_on_alarm(_state(site, state), asset, clause, "shelve", body, as_json)


@alarms.command()
def unshelve(site: Site, asset: Asset, clause: Clause, by: By, state: State = None, as_json: AsJson = False) -> None:
    """Tell of this alarm again."""
    from gateway.commands.running import act_on_alarm

    act_on_alarm(_state(site, state), asset, clause, "unshelve", {"by": by}, as_json)


@tickets.command("list")
def list_tickets(site: Site, everything: All = False, state: State = None, as_json: AsJson = False) -> None:
    """List the tickets that are not closed."""
    from gateway.commands.running import show_tickets

    show_tickets(_state(site, state), everything, as_json)


@tickets.command()
def show(site: Site, ticket: Ticket, state: State = None, as_json: AsJson = False) -> None:
    """One ticket with its log."""
    from gateway.commands.running import show_ticket

    show_ticket(_state(site, state), ticket, as_json)


@tickets.command()
def take(site: Site, ticket: Ticket, by: By, state: State = None, as_json: AsJson = False) -> None:
    """I take this work on."""
    _act_on_ticket(site, state, ticket, "take", {"by": by}, as_json)


@tickets.command()
def note(site: Site, ticket: Ticket, text: Text, by: By, state: State = None, as_json: AsJson = False) -> None:
    """Write something into the ticket's log."""
    _act_on_ticket(site, state, ticket, "note", {"by": by, "text": text}, as_json)


@tickets.command()
def finish(
    site: Site, ticket: Ticket, by: By,
    text: Annotated[str, typer.Option(help="What was done.")] = "",
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """The work is done; a measurement will prove it."""
    _act_on_ticket(site, state, ticket, "finish", {"by": by, "text": text}, as_json)


def _act_on_ticket(site: Path, state: Path | None, ticket: int, verb: str, body: dict[str, str], as_json: bool) -> None:
    from gateway.commands.running import act_on_ticket

    act_on_ticket(_state(site, state), ticket, verb, body, as_json)


def _address(bind: str) -> tuple[str, int]:
    from gateway.api.server import loopback_only

    try:
        return loopback_only(bind)
    except (ValueError, Refused) as error:
        raise WrongUsage(f"--bind: {error}") from error


def _seconds(duration: str) -> float | None:
    from gateway.documents import parse_duration

    try:
        return parse_duration(duration) if duration else None
    except ValueError as error:
        raise WrongUsage(f"--for: {error}") from error


def main() -> None:
    """The command ``touchpoint``."""
    sys.exit(outcome(sys.argv[1:]))


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
