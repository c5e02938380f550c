"""A site that is called otherwise finds nothing of its own in the file: what is still open there must not be lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app import run
from gateway.errors import StoreError
from gateway.store.sqlite import Database
from gateway.store.strangers import left_behind
from tests.story import Plan, clause

LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa"})
TICKET = (
    "INSERT INTO tickets (site, id, asset, clause, state, opened_at, body) VALUES (?, ?, 'ext', 'ext.low', ?, 0, '{}')"
)
DELIVERY = "INSERT INTO outbox (site, output, sequence) VALUES (?, 'hook', ?)"


@pytest.mark.asyncio
async def test_open_tickets_of_the_site_before_it_was_renamed_keep_the_gateway_from_starting(tmp_path: Path) -> None:
    estate = replace(Plan({}).estate(), device_connection={})
    file = Database(tmp_path / "gateway.db", estate)
    file.connection.execute(TICKET, ("my-site", 1, "open"))
    file.connection.execute(TICKET, ("my-site", 2, "closed"))
    for number in (1, 2):
        file.connection.execute(DELIVERY, ("my-site", number))
    file.close()
    with pytest.raises(StoreError) as told:
        await run(estate, tmp_path, ("127.0.0.1", 0))
    assert str(told.value) == (
        f"{tmp_path}/gateway.db: it has 1 open ticket, 2 waiting deliveries of site 'my-site', and this is site"
        f" {estate.site!r}: nobody would see to them. Call the site as before, or give it a state folder of its own"
    )


def test_work_that_was_announced_is_not_forgotten_either(tmp_path: Path) -> None:
    estate = Plan({}).estate()
    file = Database(tmp_path / "gateway.db", estate)
    file.connection.execute(
        "INSERT INTO events VALUES ('my-site', 1, 50.0, 'touchpoint.work.planned.v1', 'work/1', '{}')"
    )
    states = [("planned", 60.0), ("begun", 51.0), ("ended", 60.0), ("cancelled", 60.0), ("planned", 49.0)]
    for number, (state, until) in enumerate(states, 1):
        file.connection.execute(
            "INSERT INTO works (site, id, asset, state, body) VALUES ('my-site', ?, 'ext', ?, json_object('until', ?))",
            (number, state, until),
        )
    assert left_behind(file.connection, estate.site) == "2 planned works of site 'my-site'"
    file.close()


def test_what_is_over_and_what_is_its_own_keeps_nothing_from_starting(tmp_path: Path) -> None:
    estate = Plan({}).estate()
    file = Database(tmp_path / "gateway.db", estate)
    file.connection.execute(TICKET, ("my-site", 1, "closed"))
    file.connection.execute(TICKET, (estate.site, 2, "open"))
    assert left_behind(file.connection, estate.site) == ""
    file.close()
