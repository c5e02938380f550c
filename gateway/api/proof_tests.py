"""Proof tests: see what runs and what is planned, start one in two steps, stop one. What may start is for the
pipeline to say, and who may ask for the gate."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from gateway.access.confirmations import GOOD_FOR, Void
from gateway.actions import StartTest, StopTest
from gateway.api.assets import asset_named
from gateway.api.auth import Admitted
from gateway.api.problems import Fault, Json
from gateway.api.shapes import Name, Words, maybe_iso
from gateway.clock import iso
from gateway.gatekeeper import Gatekeeper
from gateway.kinds import TESTS
from gateway.model import Value
from gateway.pipeline import Pipeline
from gateway.proof_tests.entry import FINDINGS
from gateway.proof_tests.evidence import VOLTAGE, Run
from gateway.proof_tests.notice import notice
from gateway.proof_tests.procedure import Procedure
from gateway.proof_tests.schedule import Slot
from gateway.runner import Runner

VOID = {Void.UNKNOWN: HTTPStatus.NOT_FOUND, Void.EXPIRED: HTTPStatus.GONE}
"""Any other is a conflict."""
Code = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,64}$", description="as it was handed out")]


class WantedTest(BaseModel):
    """Which test, and why."""

    model_config = ConfigDict(extra="forbid", strict=True)
    asset: Name
    kind: Name = Field(description="function, duration or rated")
    reason: Words


class Because(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: Words


class ConfirmationShape(BaseModel):
    """What will happen once this is confirmed by the same token, once, before it expires."""

    code: str
    expires_at: AwareDatetime
    expires_in_s: float
    asset: str
    place: dict[str, str]
    kind: str
    test: dict[str, str] = Field(description="the kind in words")
    what: dict[str, str] = Field(description="what will happen, for how long, and what goes dark")


class RunningTest(BaseModel):
    """A test that runs; ``way``: who takes the supply away. ``_s`` are seconds, ``_v`` volts, null is unknown."""

    asset: str
    place: dict[str, str]
    kind: str
    test: dict[str, str]
    way: str
    stage: str
    since: AwareDatetime
    by: str
    reason: str
    due: AwareDatetime | None
    started_at: AwareDatetime | None = Field(description="when it was first seen to run")
    lasted_s: float = Field(description="proven by readings so far; a lower bound")
    limit_s: float | None = Field(description="than which it has to last longer")
    voltage_v: Value | None
    finding: str
    why: dict[str, str] = Field(description="the finding in words")


class PlannedTest(BaseModel):
    """A test that is planned, and why it is put off if it is."""

    asset: str
    place: dict[str, str]
    kind: str
    test: dict[str, str]
    due: AwareDatetime
    latest: AwareDatetime = Field(description="from then on it is missed")
    not_before: AwareDatetime | None
    why: str


class ProofTestsShape(BaseModel):
    """What runs, and what comes next."""

    running: list[RunningTest]
    upcoming: list[PlannedTest]


MOST_UPCOMING = 500


def proof_test_routes(runner: Runner, keeper: Gatekeeper) -> APIRouter:
    """Routes on proof tests. The gate stands before all of them."""
    router = APIRouter(prefix="/proof-tests", tags=["proof tests"])
    _add_reading(router, runner.pipeline)
    _add_starting(router, runner, keeper)

    @router.post("/{asset:path}/stop", response_model=ProofTestsShape)
    async def stop_proof_test(asset: str, body: Because, by: Admitted) -> Response:
        """End the test that runs on an asset, at once and without a confirmation."""
        asset_named(runner.pipeline, asset)
        await runner.act(StopTest(asset, by.who, body.reason))
        return Json(_everything(runner.pipeline))

    return router


def _add_reading(router: APIRouter, pipeline: Pipeline) -> None:
    @router.get("", response_model=ProofTestsShape)
    async def list_proof_tests() -> Response:
        """The tests that run, and the next ones that are planned."""
        return Json(_everything(pipeline))


def _add_starting(router: APIRouter, runner: Runner, keeper: Gatekeeper) -> None:
    @router.post("", response_model=ConfirmationShape, status_code=HTTPStatus.ACCEPTED)
    async def ask_for_proof_test(body: WantedTest, by: Admitted) -> Response:
        """Ask for a test. Nothing begins yet: the answer says what would, and how to confirm it within 60 s."""
        wanted = StartTest(body.asset, body.kind, by.who, body.reason)
        told = _will_happen(runner.pipeline, wanted)
        if not keeper.confirmations.has_room(by.key, keeper.elapsed()):
            raise Fault(HTTPStatus.TOO_MANY_REQUESTS, "this token has asked for too many tests within a minute")
        data = {"kind": body.kind, "reason": body.reason, "key": by.key}
        await keeper.write_down(by.who, "AskForTest", body.asset, data)
        code = keeper.draw()
        keeper.confirmations.ask(code, by.key, wanted, keeper.elapsed())
        expires = {"expires_at": iso(keeper.now() + GOOD_FOR), "expires_in_s": GOOD_FOR}
        return Json({"code": code, **expires, **told}, HTTPStatus.ACCEPTED)

    @router.post("/confirmations/{code}", response_model=ProofTestsShape)
    async def confirm_proof_test(code: Code, by: Admitted) -> Response:
        """Begin what was asked for: once, with the token that asked, within 60 s."""
        wanted = keeper.confirmations.take(code, by.key, keeper.elapsed())
        if isinstance(wanted, Void):
            raise Fault(VOID.get(wanted, HTTPStatus.CONFLICT), wanted)
        # First, so that a store that fails refuses it before anything has moved.
        await keeper.write_down(by.who, "ConfirmTest", wanted.asset, {"kind": wanted.kind, "key": by.key})
        await runner.act(replace(wanted, who=by.who))
        return Json(_everything(runner.pipeline))


def _will_happen(pipeline: Pipeline, wanted: StartTest) -> dict[str, Any]:
    """What the test will do; raises the answer 422 where there can be no such test."""
    asset, proofs = pipeline.estate.assets.get(wanted.asset), pipeline.proofs
    if asset is None:
        raise Fault(HTTPStatus.UNPROCESSABLE_ENTITY, f"there is no asset {wanted.asset!r}", "body.asset")
    if wanted.kind not in TESTS:
        kinds = ", ".join(TESTS)
        raise Fault(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"there is no test {wanted.kind!r} (there are {kinds})", "body.kind"
        )
    way, terms = proofs.proving.ways.get(asset.name), proofs.discharges.terms.get((asset.name, wanted.kind))
    if way is None or terms is None:
        able = [kind for name, kind in proofs.discharges.terms if name == asset.name and way is not None]
        other = f" (only: {', '.join(able)})" if able else ""
        why = f"no {TESTS[wanted.kind]['en']} can be followed on {asset.name}{other}"
        raise Fault(HTTPStatus.UNPROCESSABLE_ENTITY, why, "body.kind")
    what = notice(asset.name, asset.place, TESTS[wanted.kind], way, terms.limit)
    return {**_named(pipeline, asset.name, wanted.kind), "what": what}


def _everything(pipeline: Pipeline) -> dict[str, Any]:
    proofs = pipeline.proofs
    return {
        "running": [_running(pipeline, test) for _, test in sorted(proofs.proving.procedures.items())],
        "upcoming": [_planned(pipeline, slot) for slot in proofs.planning.upcoming()[:MOST_UPCOMING]],
    }


def _running(pipeline: Pipeline, test: Procedure) -> dict[str, Any]:
    terms = pipeline.proofs.discharges.terms.get((test.asset, test.kind))
    run = pipeline.proofs.discharges.seers[test.asset].watch.run
    number = pipeline.estate.assets[test.asset].ids.get(VOLTAGE)
    voltage = None if number is None else pipeline.latest.reading(number)
    return {
        **_named(pipeline, test.asset, test.kind),
        "way": test.way, "stage": test.stage, "since": iso(test.since), "by": test.by, "reason": test.reason,
        "due": maybe_iso(test.due), "started_at": maybe_iso(test.started_at),
        "lasted_s": _lasted(run), "limit_s": terms.limit if terms else None,
        "voltage_v": voltage if isinstance(voltage, int | float) else None,
        "finding": test.finding, "why": dict(FINDINGS.get(test.finding, {})),
    }  # fmt: skip


def _lasted(run: Run | None) -> float:
    return 0.0 if run is None else run.lasted


def _planned(pipeline: Pipeline, slot: Slot) -> dict[str, Any]:
    times = {"due": iso(slot.due), "latest": iso(slot.latest), "not_before": maybe_iso(slot.not_before)}
    return {**_named(pipeline, slot.asset, slot.kind), **times, "why": slot.why}


def _named(pipeline: Pipeline, asset: str, kind: str) -> dict[str, Any]:
    return {
        "asset": asset, "place": dict(pipeline.estate.assets[asset].place), "kind": kind, "test": dict(TESTS[kind]),
    }  # fmt: skip
