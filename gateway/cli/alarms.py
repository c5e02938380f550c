"""``touchpoint alarms``."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import All, AsJson, Asset, Because, By, Clause, ListByDefault, Site, State, state_folder

commands = typer.Typer(help="Alarms of a running gateway: list, acknowledge, shelve.", cls=ListByDefault)


@commands.command("list")
def list_alarms(site: Site, everything: All = False, state: State = None, as_json: AsJson = False) -> None:
    """List the alarms that stand."""
    from gateway.commands.running import show_alarms

    show_alarms(state_folder(site, state), everything, as_json)


@commands.command()
def acknowledge(site: Site, asset: Asset, clause: Clause, by: By, state: State = None, as_json: AsJson = False) -> None:
    """I have seen this alarm."""
    from gateway.commands.running import act_on_alarm

    act_on_alarm(state_folder(site, state), asset, clause, "acknowledge", {"by": by}, as_json)


@commands.command()
def shelve(
    site: Site, asset: Asset, clause: Clause, by: By, reason: Because,
    duration: Annotated[str, typer.Option("--for", metavar="DURATION", help="For how long, like 30min.")],
    state: State = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Do not tell of this alarm for a while."""
    from gateway.commands.running import act_on_alarm

    body = {"by": by, "reason": reason, "duration": duration}
    act_on_alarm(state_folder(site, state), asset, clause, "shelve", body, as_json)


@commands.command()
def unshelve(site: Site, asset: Asset, clause: Clause, by: By, state: State = None, as_json: AsJson = False) -> None:
    """Tell of this alarm again."""
    from gateway.commands.running import act_on_alarm

    act_on_alarm(state_folder(site, state), asset, clause, "unshelve", {"by": by}, as_json)
