"""Commands that run a gateway, look at one, or do a piece of its work by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJson, Bind, Site, State, address, seconds, state_folder
from gateway.commands import DOES_NOT_HOLD, DONE, WrongUsage

commands = typer.Typer()


@commands.command()
def backup(
    site: Site, file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes; a new file.")],
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Copy the database of a gateway, running or not, and prove that the copy is sound."""
    from gateway.commands.backup import back_up

    back_up(state_folder(site, state), file, as_json)


@commands.command()
def run(site: Site, bind: Bind = "127.0.0.1:8080", state: State = None) -> None:
    """Run a site until it is told to stop."""
    from gateway.commands.run import run_site

    run_site(site, address(bind), state_folder(site, state))


@commands.command()
def demo(
    speed: Annotated[float, typer.Option(min=0.1, max=1000, help="How many times as fast time runs.")] = 60.0,
    duration: Annotated[str, typer.Option("--for", metavar="DURATION", help="End after this, like 90s.")] = "",
    report: Annotated[Path | None, typer.Option(help="Write the report here, as JSON.")] = None,
    bind: Bind = "127.0.0.1:0",
) -> None:
    """Watch a simulated property break and get tickets."""
    from gateway.commands.demo import run_demo

    raise typer.Exit(run_demo(speed, seconds(duration), report, address(bind)))


@commands.command()
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


@commands.command()
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


@commands.command()
def status(
    site: Site,
    everything: Annotated[bool, typer.Option("--all", help="Name every asset that is not met.")] = False,
    fail: Annotated[bool, typer.Option("--fail", help="Exit 1 unless all is known and met.")] = False,
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """A running gateway at a glance: its own health, and the site's."""
    from gateway.commands.running import show_status

    well = show_status(state_folder(site, state), everything, as_json)
    raise typer.Exit(DOES_NOT_HOLD if fail and not well else DONE)
