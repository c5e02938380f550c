"""The demo: a simulated property in its own process, the real gateway on its sockets, at accelerated time.

The simulators share nothing with the gateway; at the end their ledger of what truly broke is held against the tickets.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

from gateway.app import Gateway, run
from gateway.changes import Changes
from gateway.clock import PacedClock, monotonic
from gateway.data import demo_site
from gateway.errors import Unreachable
from gateway.gatekeeper import LOCAL_TOKEN
from gateway.logbook.facts import KINDS, STARTERS
from gateway.logbook.speech import watch
from gateway.model import Event, noun_and_verb
from gateway.outputs.wording import evidence_words, in_language
from gateway.proof_tests.entry import OUTCOMES, Entry, Outcome
from gateway.report import NEVER_RAN, compare, needing_tests, report
from gateway.site import load_estate

START_WITHIN = 20.0
SLOWEST = 5.0
"""How many times as long as asked for a demo may take on a machine that is busy with something else."""
LATE = 1.0
"""Seconds of the property's time by which a question may be late before that time waits."""
SLOW_DISK = 5.0
"""And for which a commit may last: meanwhile a broker holds back messages, and whoever sent them seems silent."""
TECHNICIAN = "demo technician"
TECHNICIAN_DELAY = 300.0
"""Seconds of the property's time that the demo's technician takes for what only a person can finish."""
PROVED = {"showcase": "emergency-light-b2-1"}
"""Scenario → the luminaire whose battery the technician has the gateway test in it."""
PROVED_AFTER = 300.0
"""Seconds of the property's time after which they ask for it."""
SHOWN = {
    "ticket.opened": ("●", "开单", "opened"),
    "ticket.reopened": ("●", "重开", "reopened"),
    "ticket.finished": ("◐", "报完工", "finished"),
    "ticket.closed": ("○", "关闭", "closed"),
}
"""Events on the demo's screen: mark, and what happened in both languages."""
MARKS = {"passed": "✓", "failed": "✗"}
"""What came of a proof test, on the demo's screen; "·" for all else."""
TEST_SAYS = {
    "zh": {
        "head": "{kind}{outcome} {place}", "lit": ":证实亮灯 {lit}", "limit": ",须超过 {limit}", "reason": "({reason})",
    },
    "en": {
        "head": "{kind} {outcome}: {place}", "lit": ": proven lit for {lit}", "limit": ", must be over {limit}",
        "reason": " ({reason})",
    },
}  # fmt: skip
"""A line about a proof test that is over: how long it has lasted for all that is proven, its limit and the reason."""
START_SAYS = {"zh": "{kind}开始 {place}:{by}发起({why})", "en": "{kind} started: {place}: by {by} ({why})"}
"""A line about a proof test that the gateway has started, and that is seen to run: who asked for it, and why."""

Say = Callable[[str], None]


async def demo(
    speed: float,
    seconds: float | None,
    bind: tuple[str, int],
    say: Say,
    broker: str = "embedded",
    scenario: str = "showcase",
) -> dict[str, Any]:
    """Run the demo for ``seconds`` (None: until interrupted), longer where the machine is slow; returns its report.

    ``broker`` is ``embedded`` or the HOST:PORT of one that runs already; ``scenario`` a file, or the name of a shipped
    one: what breaks, and when.
    """
    with tempfile.TemporaryDirectory(prefix="touchpoint-demo-") as folder:
        state = Path(folder)
        clock = PacedClock(state / "pace", speed)
        property_process = await _start_property(clock, state, broker, scenario)
        try:
            endpoints = await _endpoints(property_process, state / "ports.json")
            shown = Screen(clock, seconds, state, say, PROVED.get(scenario, ""))
            await run(load_estate(demo_site(), endpoints=endpoints, now=clock.now()), state, bind, clock, shown.watch)
        finally:
            await _stop_property(property_process)
    return shown.result


async def _start_property(clock: PacedClock, state: Path, broker: str, scenario: str) -> asyncio.subprocess.Process:
    options = {
        "--scenario": scenario, "--broker": broker, "--speed": str(clock.speed),
        "--anchor": f"{clock.anchor}:{clock.start}", "--paced-by": str(state / "pace"),
        "--ledger": str(state / "ledger.jsonl"), "--ports-file": str(state / "ports.json"),
    }  # fmt: skip
    words = [word for option in options.items() for word in option]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulators", "--free-ports", *words,
        stdout=asyncio.subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


async def _endpoints(process: asyncio.subprocess.Process, ports: Path) -> dict[str, tuple[str, int | str]]:
    """Where the simulated property listens; raises Unreachable when it does not come up."""
    deadline = monotonic() + START_WITHIN
    while not (told := _read_ports(ports)):
        if process.returncode is not None or monotonic() > deadline:
            raise Unreachable("the simulated property did not start: see its messages above")
        await asyncio.sleep(0.05)
    return told


def _read_ports(ports: Path) -> dict[str, tuple[str, int | str]]:
    """Connection → host and port; empty as long as the simulators have not written them."""
    try:
        told: Mapping[str, Mapping[str, Any]] = json.loads(ports.read_text())
    except (OSError, json.JSONDecodeError):
        return {}
    return {name: (place.get("host", ""), place["port"]) for name, place in told.items()}


async def _stop_property(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()


class Screen:
    """Watches the gateway from beside it: prints what happens, plays the technician, and draws up the report."""

    def __init__(self, clock: PacedClock, seconds: float | None, state: Path, say: Say, proved: str) -> None:
        self.result: dict[str, Any] = {}
        self._clock = clock
        self._seconds = seconds
        self._state = state
        self._say = say
        self._proved = proved
        self._first: dict[str, float] = {}
        self._entries: list[Entry] = []
        self._commanded = 0

    async def watch(self, gateway: Gateway) -> None:
        """Run beside the gateway; time goes on once its wires are up, and it is ended when the time is over."""
        gateway.runner.on_commit.append(lambda changes: self._committed(gateway, changes))
        beating = None
        try:
            await gateway.listening.wait()
            await _wires_up(gateway)
            beating = asyncio.create_task(self._clock.beat(lambda: _keeps_up(gateway)), name="beat")
            self._greet(gateway)
            await self._play_technician(gateway)
            self._say(f"--- {self._clock.passed():.0f} s are over")
        finally:
            if beating:
                beating.cancel()
            self._draw_up(gateway)
            gateway.stop()

    def _greet(self, gateway: Gateway) -> None:
        host, port = gateway.address or ("", 0)
        estate = gateway.estate
        assets = [name for name in estate.assets if "/" not in name]
        self._say(
            f"{in_language(estate.title, 'zh')} · {in_language(estate.title, 'en')}: {len(assets)} assets, "
            f"{len(estate.devices)} devices, {len(gateway.runner.pipeline.panel.checks)} clauses on watch, "
            f"time runs {self._clock.speed:g} times as fast; API at http://{host}:{port}/docs"
        )

    def _committed(self, gateway: Gateway, changes: Changes) -> None:
        if gateway.runner.pipeline.counters["readings"]:
            self._since_start("reading")
        if changes.tickets:
            self._since_start("ticket")
        self._entries += changes.entries
        self._commanded += len(changes.commands)
        for event in changes.events:
            moment = datetime.fromtimestamp(event.at, gateway.estate.timezone)
            if noun_and_verb(event.type) in SHOWN:
                self._say(ticket_lines(event, moment))
            elif noun_and_verb(event.type) == "proof_test.started":
                self._say(start_lines(event, moment))
            elif noun_and_verb(event.type) == "proof_test.finished":
                self._say(proof_lines(event, moment))

    def _since_start(self, what: str) -> None:
        self._first.setdefault(what, round(monotonic() - self._clock.anchor, 2))

    async def _play_technician(self, gateway: Gateway) -> None:
        """Do, through the API, what only a person can: finish tickets, and ask for a test."""
        host, port = gateway.address or ("", 0)
        async with httpx2.AsyncClient(base_url=f"http://{host}:{port}/api/v1", trust_env=False) as client:
            while not self._is_over():
                await self._clock.sleep(30.0)
                if self._proved and self._clock.passed() * self._clock.speed >= PROVED_AFTER:
                    await self._ask_for_test(client)
                for number in self._waiting_for_a_person(gateway):
                    for step in ({"path": "take"}, {"path": "finish", "text": "checked on site"}):
                        body = {"by": TECHNICIAN, **({"text": step["text"]} if "text" in step else {})}
                        await client.post(f"/tickets/{number}/{step['path']}", json=body)

    async def _ask_for_test(self, client: httpx2.AsyncClient) -> None:
        """As ``touchpoint prove`` does: once, as the service's own user, confirming what is said to happen."""
        wanted = {"asset": self._proved, "kind": "duration", "reason": "handover"}
        self._proved = ""
        secret = (self._state / LOCAL_TOKEN).read_text()
        client.headers |= {"authorization": f"Bearer {secret}", "x-actor": quote(TECHNICIAN)}
        answer = await client.post("/proof-tests", json=wanted)
        if answer.is_success:
            answer = await client.post(f"/proof-tests/confirmations/{answer.json()['code']}")
        if not answer.is_success:
            self._say(f"{'':9}{TECHNICIAN}: the test of {wanted['asset']} was refused: {answer.json()['detail']}")

    def _is_over(self) -> bool:
        if self._seconds is None:
            return False
        on_the_wall = monotonic() - self._clock.anchor - START_WITHIN
        return self._clock.passed() >= self._seconds or on_the_wall >= SLOWEST * self._seconds

    def _waiting_for_a_person(self, gateway: Gateway) -> list[int]:
        pipeline, now = gateway.runner.pipeline, self._clock.now()
        return [
            ticket.id
            for ticket in pipeline.register.open()
            if ticket.state == "open" and now - ticket.opened_at >= TECHNICIAN_DELAY
            and (clause := pipeline.panel.clause((ticket.asset, ticket.clause)))
            and (clause.latched or clause.ticket.closes_when != "measured")
        ]  # fmt: skip

    def _draw_up(self, gateway: Gateway) -> None:
        pipeline = gateway.runner.pipeline
        ledger = self._state / "ledger.jsonl"
        told = ledger.read_text(encoding="utf-8") if ledger.exists() else ""
        rows = [json.loads(line) for line in told.rpartition("\n")[0].splitlines()]  # the last may be half written
        first = {f"first_{what}_s": self._first.get(what) for what in ("reading", "ticket")}
        self.result = report(pipeline, self._entries) | first
        tickets = list(pipeline.tickets.values())
        tested, now = needing_tests(pipeline), self._clock.now()
        self.result["ledger"] = compare(rows, tickets, now, self._entries, tested, self._commanded)


def _keeps_up(gateway: Gateway) -> bool:
    return gateway.behind() < LATE and gateway.runner.unwritten_for < SLOW_DISK


async def _wires_up(gateway: Gateway) -> None:
    """Return when every wire carries answers; after a while without them too, and then that is what there is to see."""
    estate, pipeline = gateway.estate, gateway.runner.pipeline
    deadline = monotonic() + START_WITHIN
    while any(pipeline.latest.values[wire.answers_id] is not True for wire in estate.connections.values()):
        if monotonic() > deadline:
            return
        await asyncio.sleep(0.02)


def ticket_lines(event: Event, moment: datetime) -> str:
    """Two lines for the screen: what happened to a ticket in Chinese, then in English with the evidence."""
    data = event.data
    mark, zh, en = SHOWN[noun_and_verb(event.type)]
    seen = "; ".join(evidence_words(each, "en") for each in data["evidence"][:2])
    because = f" ({seen})" if seen else ""
    head = f"{moment:%H:%M:%S} {mark} {data['priority']} #{data['ticket']:<3}"
    place, title = data.get("place", {}), data.get("title", {})
    return (
        f"{head} {zh} {in_language(place, 'zh')}:{in_language(title, 'zh')}\n"
        f"{'':18} {en}: {in_language(place, 'en')}: {in_language(title, 'en')}{because}"
    )


def start_lines(event: Event, moment: datetime) -> str:
    """Two lines for the screen: which proof test runs now, who asked the gateway for it, and why."""
    data = event.data
    said = [
        START_SAYS[language].format(
            kind=KINDS[data["kind"]][language], place=in_language(data.get("place", {}), language),
            by=in_language(STARTERS.get(data["started_by"], data["started_by"]), language), why=data["why"],
        )
        for language in START_SAYS
    ]  # fmt: skip
    return f"{moment:%H:%M:%S} ▷ --      {said[0]}\n{'':18} {said[1]}"


def proof_lines(event: Event, moment: datetime) -> str:
    """Two lines for the screen: what came of a proof test, or of a discharge, in Chinese, then in English."""
    data = event.data
    lines = [f"{moment:%H:%M:%S} {MARKS.get(data['outcome'], '·')} -- L{data['entry']:<3} ", f"\n{'':18} "]
    for number, language in enumerate(TEST_SAYS):
        said = TEST_SAYS[language]
        fields = {
            "kind": KINDS[data["kind"]][language], "outcome": OUTCOMES[Outcome(data["outcome"])][language],
            "place": in_language(data.get("place", {}), language), "reason": data["reason"][language],
            "lit": watch(data["lasted"]), "limit": watch(data["limit"] or 0.0),
        }  # fmt: skip
        asked = data["limit"] and data["outcome"] not in NEVER_RAN
        there = {"head": True, "lit": data["lasted"], "limit": asked, "reason": data["finding"]}
        lines[number] += "".join(said[part] for part in said if there[part]).format(**fields)
    return "".join(lines)
