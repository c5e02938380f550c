"""Nobody starts a test without the right: every way that was thought of, and every route (RELIABILITY F7)."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from gateway.access.backoff import FREE, BackOff
from gateway.api.auth import RIGHTS, V1
from gateway.app import write_whole
from gateway.changes import Changes
from tests.api.lamps import ASK, START, Lit, lit
from tests.api.serving import serving

FILLED = {"asset": "lamp", "asset:path": "lamp", "number": "1", "code": "x" * 32, "output": "log", "row": "1"}
OPEN = ("/alarms", "/tickets/{ticket}", "/assets", "/rounds", "/works")
"""Changes that people still make at their word, until there is complete authentication: an issue of its own."""


def changing(document: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """(method, path, whether it says that it needs a token) of every operation that changes something."""
    return [
        (method.upper(), path, "security" in operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "get"
    ]


@pytest.mark.asyncio
async def test_every_changing_route_is_behind_the_gate_or_known_to_be_open(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        routes = changing(await site.get("/openapi.json"))
    behind = [path for _, path, guarded in routes if guarded]
    assert len(behind) >= 5
    for _, path, guarded in routes:
        assert guarded != path.removeprefix(V1).startswith(OPEN), path
        assert guarded == any(path == under or path.startswith(f"{under}/") for under in RIGHTS), path


@pytest.mark.asyncio
async def test_every_route_behind_the_gate_gives_401_without_and_403_with_the_wrong_scope(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        document = await bench.site.get("/openapi.json")
        wrong = await bench.token("read", "acknowledge", "ticket", "device:write")
        runs = await bench.token("test:run")
        half = {
            START: await bench.token("configure"),
            f"{V1}/tokens": runs,
            f"{V1}/outbox": runs,
            f"{V1}/notices": runs,
        }
        guarded = [(method, path) for method, path, is_guarded in changing(document) if is_guarded]
        for method, template in [*guarded, ("GET", f"{V1}/tokens"), ("OPTIONS", START), ("HEAD", f"{V1}/tokens")]:
            path = template.format(**FILLED)
            assert (await bench.ask(method, path))[0] in (401, 429), (method, path)
            assert (await bench.ask(method, path, wrong))[0] == 403, (method, path)
            under = next(each for each in half if path.startswith(each))
            assert (await bench.ask(method, path, half[under]))[0] == 403, (method, path)


def watch_starts(bench: Lit) -> list[Changes]:
    """Everything that is committed from now on."""
    seen: list[Changes] = []
    bench.site.runner.on_commit.append(seen.append)
    return seen


async def _right(bench: Lit) -> dict[str, str]:
    return await bench.token("test:run", name="owner")


@pytest.mark.asyncio
async def test_no_way_to_start_a_test_without_the_right_starts_one_and_each_is_audited(tmp_path: Path) -> None:
    """RELIABILITY F7, over HTTP."""
    async with lit(tmp_path) as bench:
        owner, other = await _right(bench), await bench.token("test:run", name="other")
        expired, reader = await bench.token("test:run", name="old", days=10 / 86400), await bench.token("configure")
        bench.site.clock.advance(10.0)
        await bench.read()
        codes = [(await bench.ask("POST", START, owner, **ASK))[1]["code"] for _ in range(2)]
        bench.site.clock.advance(30.0)
        code = (await bench.ask("POST", START, owner, **ASK))[1]["code"]
        bench.site.clock.advance(31.0)  # the first two have expired now, the third has not
        gone = await bench.token("test:run", name="gone")
        number = bench.audit("CreateToken")[-1][2].removeprefix("token/")
        await bench.ask("POST", f"{V1}/tokens/{number}/revoke", bench.local)
        await bench.read()
        text = owner["authorization"].removeprefix("Bearer ")
        local = bench.site.keeper.local_secret
        key = text.split("_", 2)[2]
        confirm = f"{START}/confirmations/{code}"
        before = len(bench.audit("Refused"))
        commits = watch_starts(bench)
        attempts: list[tuple[str, str, dict[str, str], int]] = [
            ("POST", confirm, other, 409),
            ("POST", confirm, reader, 403),
            ("POST", confirm, expired, 401),
            ("POST", confirm, gone, 401),
            ("POST", f"{START}/confirmations/{codes[0]}", owner, 410),
            ("POST", f"{START}/confirmations/{codes[1]}", owner, 410),
            ("POST", f"{START}/confirmations/{code[::-1]}", owner, 404),
            ("POST", f"{START}/confirmations/", owner, 404),
            ("POST", f"{START}/confirmations/{code}/", owner, 404),
            ("POST", f"{START}/lamp/stop", owner, 422),
            ("PUT", confirm, owner, 405),
            ("PATCH", confirm, owner, 405),
            ("DELETE", confirm, owner, 405),
            ("GET", confirm, owner, 405),
            ("HEAD", confirm, owner, 405),
            ("POST", confirm, {}, 401),
            ("POST", f"{START}%0A", {}, 401),
            ("POST", f"{confirm}%0A", reader, 403),
            ("GET", confirm, {}, 405),
            ("POST", f"{confirm}?token={text}&access_token={text}", {}, 401),
            ("POST", confirm, {"cookie": f"token={text}"}, 401),
            ("POST", confirm, {"x-api-key": text, "x-actor": "owner"}, 401),
        ]
        for method, path, shown, status in attempts:
            bench.site.keeper.failures = BackOff()  # how failures are slowed down is tested below
            assert (await bench.ask(method, path, shown))[0] == status, (method, path, shown)
        refused = bench.audit("Refused")[before:]
        assert [data["status"] for _, _, _, data in refused] == [status for *_, status in attempts]
        assert [who for who, *_ in refused[:4]] == ["other", "token 4", "old", "gone"]
        bench.site.keeper.failures = BackOff()
        for nth, authorization in enumerate(
            [text, f"Basic {text}", f"Bearer  {text}x", f"Bearer tpg_9_{key}", "Bearer tpg_local_", f"Token {local}"]
        ):
            status, _ = await bench.ask("POST", START, {"authorization": authorization}, **ASK)
            assert status == (401 if nth <= FREE else 429), authorization
        await bench.go_on(60.0)
        assert sum(not each.stops for changes in commits for each in changes.commands) == 0
        assert bench.sent == []
        assert not [data for _, what, _, data in bench.audit("StartTest", "Command") if what]
        everything = str(bench.audit())
        assert key not in everything
        assert local not in everything
        assert code not in everything


@pytest.mark.asyncio
async def test_failures_are_slowed_down_but_a_good_token_never_is(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        shown = await bench.token("test:run")
        before = len(bench.audit("Refused"))
        answers = [(await bench.ask("POST", START, {"authorization": "Bearer x"}, **ASK))[0] for _ in range(20)]
        assert answers == [401] * (FREE + 1) + [429] * (19 - FREE)
        assert (await bench.started(shown))[0] == 200
        assert len(bench.audit("Refused")) - before == FREE + 1, "a flood does not fill the disk"
        await bench.go_on(5.0)
        assert (await bench.ask("POST", START, {"authorization": "Bearer x"}, **ASK))[0] == 401
        assert bench.audit("Refused")[-1][3]["more_before"] == 19 - FREE


@pytest.mark.asyncio
async def test_nothing_can_be_read_into_a_token_that_is_not_one(tmp_path: Path) -> None:
    """Whatever is shown instead of the secret of a token that there is."""
    async with lit(tmp_path) as bench:
        shown = await bench.token("test:run")
        text = shown["authorization"].removeprefix("Bearer ")
        keeper = bench.site.keeper
        for wrong in (
            text[:-1], text + "A", text.upper(), text.replace("tpg_1", "tpg_2"), text.replace("tpg_1", "tpg_01"),
            text.replace("tpg_1", "tpg_-1"), text.replace("tpg_1", "tpg_١"), "", "tpg_1_", "tpg_1_" + "0" * 64,
            (await bench.site.store.tokens())[0].digest, "tpg_1_" + (await bench.site.store.tokens())[0].digest,
            "tpg_local_", "\udcff", "1" * 4000,
        ):  # fmt: skip
            who = await keeper.identify(f"Bearer {wrong}")
            assert type(who).__name__ == "Stranger", wrong
        assert (await keeper.identify(f"bearer   {text} ")).who == "token 1"


@pytest.mark.asyncio
async def test_a_token_gives_away_no_more_than_it_has(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        manager = await bench.token("configure", name="manager", days=10)

        async def make(**asked: Any) -> tuple[int, str]:
            status, told = await bench.ask("POST", f"{V1}/tokens", manager, **asked)
            return status, told.get("detail", "")

        assert await make(scopes=["test:run"], days=5) == (409, "your own token does not have the scope test:run")
        assert await make(scopes=["configure"], days=11) == (409, "your own token expires before that")
        assert (await make(scopes=["configure"], days=9, name="helper"))[0] == 201
        assert await make(scopes=["configure"], days=9, name="helper") == (
            409, "there is, or was, a token called 'helper'",
        )  # fmt: skip
        assert (await make(scopes=["root"], days=9))[0] == 422
        assert (await make(scopes=[], days=9))[0] == 422
        _, told = await bench.ask("GET", f"{V1}/tokens", manager)
        assert [(each["name"], each["good"]) for each in told["items"]] == [("manager", True), ("helper", True)]
        assert told["items"][0]["last_used_at"]
        assert not any("token" in each or "digest" in each or "hash" in each for each in told["items"])
        assert (await bench.ask("POST", f"{V1}/tokens/9/revoke", manager))[0] == 409


@pytest.mark.asyncio
async def test_a_token_outlives_a_restart_and_its_secret_is_not_in_the_file(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        shown = await bench.token("test:run", name="li")
        revoked = await bench.token("test:run", name="gone")
        assert (await bench.ask("POST", f"{V1}/tokens/2/revoke", bench.local))[0] == 200
        estate, old_local = bench.site.runner.pipeline.estate, bench.local
    key = shown["authorization"].split("_", 2)[2].encode()
    assert key not in (tmp_path / "gateway.db").read_bytes()
    async with serving(tmp_path, estate) as site:
        again = Lit(site, {}, tmp_path / "gateway.db", [])
        assert (await again.ask("POST", START, shown, **ASK))[0] == 202
        assert (await again.ask("POST", START, revoked, **ASK))[0] == 401
        assert (await again.ask("POST", START, old_local, **ASK))[0] == 401, "the local secret is new at every start"


@pytest.mark.asyncio
async def test_a_revoked_token_counts_for_nothing_at_once(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        shown = await bench.token("test:run", name="li")
        assert (await bench.ask("POST", START, shown, **ASK))[0] == 202
        assert (await bench.ask("POST", f"{V1}/tokens/1/revoke", bench.local))[1]["good"] is False
        assert (await bench.ask("POST", START, shown, **ASK))[0] == 401
        (who, _, subject, data) = bench.audit("RevokeToken")[0]
        assert (who, subject, data["name"]) == ("li", "token/1", "li")


def test_the_local_secret_is_for_its_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "local.token"
    file.write_text("of one that was killed")
    file.chmod(0o644)
    write_whole(file, "tpg_local_new", 0o600)
    assert file.read_text() == "tpg_local_new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.asyncio
async def test_the_local_command_line_says_who_it_is_and_nobody_else_may(tmp_path: Path) -> None:
    async with lit(tmp_path) as bench:
        named = {**bench.local, "x-actor": "%E6%9D%8E%E5%9B%9B%0A"}
        await bench.ask("POST", START, named, **ASK)
        shown = {**await bench.token("test:run", name="wang"), "x-actor": "li"}
        await bench.ask("POST", START, shown, **ASK)
        await bench.ask("POST", START, {**bench.local, "x-actor": "schedule"}, **ASK)
        assert [who for who, *_ in bench.audit("AskForTest")] == ["李四", "wang", "local"], "the schedule is no person"
