"""Commands on a running gateway: everything goes through its API, found by the port file in its state folder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import orjson

from gateway.commands.show import as_json as print_json
from gateway.commands.show import line, local, short_time, table, whole_time
from gateway.errors import Refused, Unreachable
from gateway.gatekeeper import LOCAL_TOKEN

TIMEOUT = 10.0
NOT_MET = ("violated", "unknown")
OUTCOMES = (*NOT_MET, "met")
NAMED = 20
"""Violated assets that the status names by itself: as many as fit on a screen."""


class Answered(Refused):
    """The gateway refused, with this status (as HTTP has them)."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class RunningGateway:
    """The API of the gateway that works on a state folder."""

    shown: Mapping[str, str] = {}
    """Headers that tell who asks."""
    timeout = TIMEOUT
    """Seconds for an answer."""

    def __init__(self, state: Path) -> None:
        self.state = state
        try:
            found = orjson.loads((state / "gateway.json").read_bytes())
            host, port = found["host"], int(found["port"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unreachable(f"no gateway is running on {state} (there is no port file): touchpoint run") from error
        if not is_at_work(state):
            raise Unreachable(f"no gateway is running on {state} (the last one did not end by itself): touchpoint run")
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def ask(self, path: str, body: Mapping[str, Any] | None = None, **query: Any) -> Any:
        """GET, or POST ``body``; raises Unreachable, and Refused with what the gateway says."""
        method = "GET" if body is None else "POST"
        try:
            answer = httpx2.request(
                method, self.url + path, params=query or None, json=body, headers=self.shown, timeout=self.timeout,
                trust_env=False,
            )  # fmt: skip
            told = orjson.loads(answer.content)
        except (httpx2.HTTPError, orjson.JSONDecodeError) as error:
            raise Unreachable(f"the gateway at {self.url} ({self.state}) does not answer: {error}") from error
        # 503 is how the gateway says that it is not well: an answer, not a refusal.
        if answer.is_success or answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            return told
        why = told.get("detail") or told.get("title") or f"the gateway answered {answer.status_code}"
        raise Answered(answer.status_code, why)

    def every(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """All items of a paged list."""
        after: str | None = ""
        while after is not None:
            page = self.ask(path, limit=500, after=after, **query)
            yield from page["items"]
            after = page["next"]


class OwnGateway(RunningGateway):
    """The same, asked as the service's own user, who can read the secret of the running gateway."""

    def __init__(self, state: Path, who: str) -> None:
        super().__init__(state)
        file = state / LOCAL_TOKEN
        try:
            secret = file.read_text()
        except OSError as error:
            why = "only the user of the service may read it: ask as that user, or as root"
            raise Refused(f"{file}: {error.strerror}; {why}") from error
        self.shown = {"authorization": f"Bearer {secret}", "x-actor": quote(who)}


def is_at_work(state: Path) -> bool:
    """Whether a gateway holds this state's lock. After a crash another site's may listen where its port file points."""
    try:
        with (state / "gateway.lock").open() as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def show_status(state: Path, everything: bool, as_json: bool) -> bool:
    """The gateway's health and the site's; returns whether all is known and met, and the gateway well.

    The first violated assets are named, and with ``everything`` each that is not met.
    """
    gateway = RunningGateway(state)
    health, site = gateway.ask("/healthz"), gateway.ask("/api/v1/site")
    well: bool = health["status"] == "ok" and site["assets"].keys() == {"met"}  # no asset is no proof of anything
    if as_json:
        print_json({"well": well, "health": health, "site": site, "not_met": [*_not_met(gateway)]})
        return well
    parts = [part for part in health["components"] if part["state"] != "well"]
    line(f"{local(site['title'])} ({site['site']}), standard {site['standard']}, {gateway.url}")
    line(
        f"gateway {health['status']}" + "".join(f"; {part['name']} {part['state']} {part['detail']}" for part in parts)
    )
    line("assets: " + ", ".join(f"{site['assets'].get(outcome, 0)} {outcome}" for outcome in OUTCOMES))
    by_kind = ([kind, *(counts.get(outcome, "") for outcome in OUTCOMES)] for kind, counts in site["kinds"].items())
    table(["kind", *OUTCOMES], by_kind, "no assets")
    _name_assets(gateway, site, everything)
    return well


def _name_assets(gateway: RunningGateway, site: Mapping[str, Any], everything: bool) -> None:
    """The first violated assets, or each that is not met, by name; and how many are left out."""
    count = sum(site["assets"].get(outcome, 0) for outcome in NOT_MET)
    first = gateway.ask("/api/v1/assets", outcome="violated", limit=NAMED)["items"] if count and not everything else []
    named = [*_not_met(gateway)] if everything else first
    rows = [[each["outcome"], each["id"], local(each["place"])] for each in named]
    line("")
    if rows or not count:
        every = "every asset meets its clauses" if site["assets"] else "nothing is on watch"
        table(["outcome", "asset", "place"], rows, every)
    if count > len(rows):
        line(f"{count - len(rows)} {'more ' if rows else ''}not met or unknown: status --all names them")


def _not_met(gateway: RunningGateway) -> Iterator[dict[str, Any]]:
    """Every asset that violates a clause, then every one that is unknown."""
    for outcome in NOT_MET:
        yield from gateway.every("/api/v1/assets", outcome=outcome)


def show_alarms(state: Path, everything: bool, as_json: bool) -> None:
    """Standing alarms, the most urgent first; or all that ever left normal."""
    query = {} if everything else {"standing": "true"}
    alarms = sorted(
        RunningGateway(state).every("/api/v1/alarms", **query), key=lambda each: (each["priority"], each["since"])
    )
    if as_json:
        print_json(alarms)
        return
    rows = (
        [each["priority"], each["phase"], short_time(each["raised_at"]), each["asset"], each["clause"], _beside(each)]
        for each in alarms
    )
    table(["", "phase", "raised (UTC)", "asset", "clause", "beside it"], rows, "no alarm stands")


def _beside(alarm: Mapping[str, Any]) -> str:
    """What else is known of an alarm: who has seen it, and why it is hidden."""
    found = []
    if alarm["acknowledged_by"]:
        found.append(f"seen by {alarm['acknowledged_by']}")
    if alarm["shelved_until"]:
        found.append(f"shelved to {whole_time(alarm['shelved_until'])}")
    if alarm["out_of_service_until"]:
        found.append(f"out of service to {whole_time(alarm['out_of_service_until'])}")
    if alarm["suppressed_by"]:
        found.append(f"because of {alarm['suppressed_by']}")
    if alarm["undecided"]:
        found.append("waits to be read again")
    if alarm["chattering"]:
        found.append(f"chattering, {alarm['occurrences']} times")
    return "; ".join(found)


def act_on_alarm(state: Path, asset: str, clause: str, verb: str, body: Mapping[str, str], as_json: bool) -> None:
    """Acknowledge, shelve or unshelve; prints the alarm after it."""
    alarm = RunningGateway(state).ask(f"/api/v1/alarms/{quote(asset)}/{quote(clause, safe='')}/{verb}", body)
    if as_json:
        print_json(alarm)
    else:
        line(f"{alarm['asset']} {alarm['clause']}: {alarm['phase']}; {_beside(alarm)}")


def add_record(state: Path, asset: str, body: Mapping[str, str], as_json: bool) -> None:
    """Record what was done; prints it as the gateway took it."""
    told = RunningGateway(state).ask(f"/api/v1/assets/{quote(asset)}/records", body)
    if as_json:
        print_json(told)
        return
    later = "" if told["is_latest"] else "; a later one is known"
    line(f"{told['asset']}: {local(told['means'])}, {whole_time(told['at'])}, by {told['by']}{later}")


def show_records(state: Path, asset: str, as_json: bool) -> None:
    """Every record of an asset, in the order in which they were told."""
    records = [*RunningGateway(state).every(f"/api/v1/assets/{quote(asset)}/records")]
    if as_json:
        print_json(records)
        return
    rows = ([each["record"], _with_year(each["at"]), each["by"], each["note"]] for each in records)
    table(["record", "at (UTC)", "by", "note"], rows, f"nothing was recorded of {asset}")


def _with_year(moment: str) -> str:
    return moment[:16].replace("T", " ")
