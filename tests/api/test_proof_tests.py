"""Starting and stopping a proof test over the API: in two steps, by a token that may, and never twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.actions import StartTest
from gateway.errors import Refused
from gateway.proof_tests.procedure import Stage
from tests.api.lamps import ASK, START, lit
from tests.looks import audit_broken_at
from tests.proof_story import Lamp
from tests.waiting import until


@pytest.mark.asyncio
async def test_a_test_is_asked_for_confirmed_followed_and_in_the_log_book(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        shown = await bench.token("test:run", name="night shift")
        status, told = await bench.ask("POST", START, shown, **ASK)
        assert status == 202
        assert told["expires_in_s"] == 60.0
        assert (
            "lamp (lamp): it runs on its battery for about 16 min; a test relay takes its supply away"
            in (told["what"]["en"])
        )
        assert "16 分钟" in told["what"]["zh"]
        await bench.go_on(30.0)
        assert bench.sent == [], "nothing begins before it is confirmed"
        status, told = await bench.ask("POST", f"{START}/confirmations/{told['code']}", shown)
        assert status == 200
        assert [(each["asset"], each["stage"], each["by"]) for each in told["running"]] == [
            ("lamp", "precheck", "night shift")
        ]
        await bench.go_on(300.0)
        (running,) = (await bench.site.get(START))["running"]
        assert running["stage"] == "running"
        assert running["limit_s"] == 900.0
        assert 280.0 <= running["lasted_s"] <= 300.0
        assert running["voltage_v"] == pytest.approx(13.1, abs=0.1)
        await bench.go_on(900.0)
        (entry,) = (await bench.site.get("/api/v1/logbook"))["items"]
        assert (entry["outcome"], entry["started_by"], entry["why"]) == ("passed", "night shift", "commissioning")
        assert [each.name for each in bench.sent] == ["break_supply", "restore_supply"]
        acts = [(who, what) for who, what, _, _ in bench.audit("AskForTest", "StartTest", "Command")]
        assert acts[:3] == [("night shift", "AskForTest"), ("night shift", "StartTest"), ("gateway", "Command")]
        assert await bench.site.store.read(audit_broken_at) is None


@pytest.mark.asyncio
async def test_a_test_is_stopped_without_a_confirmation(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        shown = await bench.token("test:run")
        assert (await bench.ask("POST", f"{START}/lamp/stop", shown, reason="enough"))[0] == 409, "none runs"
        assert (await bench.started(shown))[0] == 200
        await bench.go_on(120.0)
        assert bench.is_dark("lamp")
        assert (await bench.ask("POST", f"{START}/lamp/stop", shown, reason="enough"))[0] == 200
        await bench.go_on(30.0)
        assert not bench.is_dark("lamp")
        await bench.go_on(600.0, 15.0)
        (entry,) = (await bench.site.get("/api/v1/logbook"))["items"]
        assert (entry["outcome"], entry["finding"]) == ("aborted", "operator")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"kind": "marathon"}, "body.kind: there is no test 'marathon'"),
        ({"kind": "walk"}, "body.kind: no walk test can be followed on lamp (only: function, duration, rated)"),
        ({"asset": "lamp-9"}, "body.asset: there is no asset 'lamp-9'"),
        ({"reason": " "}, "body.reason: is empty"),
        ({"force": True}, "body.force: Extra inputs"),
    ],
)
async def test_what_cannot_be_asked_for_is_told(tmp_path: Path, wrong: dict[str, object], why: str) -> None:
    async with lit(tmp_path) as bench:
        status, told = await bench.ask("POST", START, await bench.token("test:run"), **{**ASK, **wrong})
        assert status == 422
        said = "; ".join(f"{each['field']}: {each['message']}" for each in told["errors"])
        assert why in said
        _, _, subject, data = bench.audit("Refused")[-1]
        assert (subject, data["status"], data["address"]) == (f"POST {START}", 422, "127.0.0.1")


@pytest.mark.asyncio
async def test_a_reason_must_be_given(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        status, told = await bench.ask("POST", START, await bench.token("test:run"), asset="lamp", kind="duration")
        assert (status, told["errors"][0]["field"]) == (422, "body.reason")


@pytest.mark.asyncio
async def test_every_objection_is_told_and_nothing_starts(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        shown = await bench.token("test:run", name="li")
        bench.lamps["lamp"].full = False
        await bench.go_on(15.0)
        status, told = await bench.started(shown)
        assert status == 409
        assert "its battery is not charged" in told["detail"]
        assert bench.sent == []
        assert [each["finding"] for each in (await bench.site.get("/api/v1/logbook"))["items"]] == ["not-charged"]
        refused = [data["refused"] for _, what, _, data in bench.audit("StartTest")]
        assert refused == [told["detail"]]


@pytest.mark.asyncio
async def test_a_confirmation_counts_once_within_60_s_for_the_token_that_asked(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        mine, other = await bench.token("test:run", name="li"), await bench.token("test:run", name="wang")

        async def confirm(code: str, shown: dict[str, str]) -> tuple[int, str]:
            status, told = await bench.ask("POST", f"{START}/confirmations/{code}", shown)
            return status, told.get("detail", "")

        code = (await bench.ask("POST", START, mine, **ASK))[1]["code"]
        assert await confirm(code, other) == (
            409, "somebody else's token asked for this: confirm with the token that asked",
        )  # fmt: skip
        assert await confirm("nonsense", mine) == (404, "there is no such confirmation")
        bench.site.clock.advance(60.0)
        await bench.read()
        assert await confirm(code, mine) == (410, "this was asked for more than 60 s ago: ask anew")
        assert bench.sent == []
        code = (await bench.ask("POST", START, mine, **ASK))[1]["code"]
        assert (await confirm(code, mine))[0] == 200
        assert (await confirm(code, mine))[0] == 409
        await bench.go_on(1300.0, 15.0)
        assert (await confirm(code, mine))[0] == 409, "also once the test is over"
        assert [each.name for each in bench.sent if not each.stops] == ["break_supply"]


@pytest.mark.asyncio
async def test_ten_confirmations_at_once_start_one_test(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        shown = await bench.token("test:run")
        code = (await bench.ask("POST", START, shown, **ASK))[1]["code"]
        path = f"{START}/confirmations/{code}"
        answers = await asyncio.gather(*(bench.ask("POST", path, shown) for _ in range(10)))
        assert sorted(status for status, _ in answers) == [200] + [409] * 9
        await bench.go_on(60.0)
        assert [each.name for each in bench.sent if not each.stops] == ["break_supply"]


@pytest.mark.asyncio
async def test_a_token_that_expires_or_is_revoked_before_it_confirms_starts_nothing(tmp_path: Path) -> None:
    async with lit(tmp_path, Lamp("lamp", "relay"), Lamp("lamp-2", "relay")) as bench:
        shown = await bench.token("test:run", name="li")
        code = (await bench.ask("POST", START, shown, **ASK))[1]["code"]
        number = bench.audit("CreateToken")[0][2].removeprefix("token/")
        assert (await bench.ask("POST", f"/api/v1/tokens/{number}/revoke", bench.local))[0] == 200
        status, told = await bench.ask("POST", f"{START}/confirmations/{code}", shown)
        assert (status, told["detail"]) == (401, "this token was revoked")
        brief = await bench.token("test:run", name="brief", days=30 / 86400)
        code = (await bench.ask("POST", START, brief, **ASK))[1]["code"]
        bench.site.clock.advance(30.0)
        assert (await bench.ask("POST", f"{START}/confirmations/{code}", brief))[0] == 401
        await bench.go_on(30.0)
        assert bench.sent == []


@pytest.mark.asyncio
async def test_what_cannot_be_written_down_is_not_started(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        shown = await bench.token("test:run")
        code = (await bench.ask("POST", START, shown, **ASK))[1]["code"]
        database = bench.site.store._database.connection
        await bench.site.store._run(database.execute, "PRAGMA query_only = ON")
        status, told = await bench.ask("POST", START, shown, **ASK)
        assert (status, told["title"]) == (503, "Service Unavailable")
        status, _ = await bench.ask("POST", f"{START}/confirmations/{code}", shown)
        assert status == 503
        assert (await bench.ask("POST", START, None, **ASK))[0] == 503, "nor is a failed attempt answered as if it were"
        await bench.site.store._run(database.execute, "PRAGMA query_only = OFF")
        await bench.go_on(60.0)
        assert [each.name for each in bench.sent if not each.stops] == []


@pytest.mark.asyncio
async def test_a_start_whose_commit_fails_was_refused_and_does_not_begin_later(tmp_path: Path) -> None:
    """The disk has room to prove that it can be written to, and none for the tick that begins the test."""
    async with lit(tmp_path) as bench:
        database = bench.site.store._database.connection
        full = "CREATE TRIGGER no_room BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'disk full'); END"
        await bench.site.store._run(database.execute, full)
        with pytest.raises(Refused, match="nothing can be written down now"):
            await bench.site.runner.act(StartTest("lamp", "duration", "li", "commissioning"))
        await bench.site.store._run(database.execute, "DROP TRIGGER no_room")
        await bench.go_on(1800.0, 15.0)
        assert [each.name for each in bench.sent if not each.stops] == []
        (entry,) = (await bench.site.get("/api/v1/logbook"))["items"]
        assert (entry["outcome"], entry["finding"]) == ("aborted", "operator")
        assert [(what, data["reason"]) for _, what, _, data in bench.audit("StartTest", "StopTest")] == [
            ("StartTest", "commissioning"), ("StopTest", "the store is failing: nothing can be written down now"),
        ]  # fmt: skip


@pytest.mark.asyncio
async def test_a_start_goes_out_once_it_is_written_down_and_not_before(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        await bench.site.runner.act(StartTest("lamp", "duration", "li", "commissioning"))
        database = bench.site.store._database.connection
        await bench.site.store._run(database.execute, "PRAGMA query_only = ON")
        bench.site.clock.advance(5.0)
        reading = asyncio.create_task(bench.read())
        await until(lambda: any(each.name == "store" and each.detail for each in bench.site.health.components()))
        assert bench.site.runner.pipeline.proofs.proving.procedures["lamp"].stage is Stage.ARMED
        assert (bench.sent, reading.done()) == ([], False)
        await bench.site.store._run(database.execute, "PRAGMA query_only = OFF")
        await reading
        assert [each.name for each in bench.sent] == ["break_supply"]


@pytest.mark.asyncio
async def test_a_test_is_stopped_while_the_store_fails(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        shown = await bench.token("test:run")
        assert (await bench.started(shown))[0] == 200
        await bench.go_on(120.0)
        database = bench.site.store._database.connection
        await bench.site.store._run(database.execute, "PRAGMA query_only = ON")
        assert bench.is_dark("lamp")
        assert (await bench.ask("POST", f"{START}/lamp/stop", shown, reason="enough"))[0] == 200
        assert not bench.is_dark("lamp"), "at once, and not when the disk is well again"
        await bench.site.store._run(database.execute, "PRAGMA query_only = OFF")
        await bench.go_on(60.0)
        assert [data["reason"] for _, _, _, data in bench.audit("StopTest")] == ["enough"]
        assert await bench.site.store.read(audit_broken_at) is None
