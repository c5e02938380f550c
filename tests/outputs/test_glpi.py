"""Tickets in GLPI: one there for one here, whatever gets lost on the way; and every answer is classified."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import DeliveryFailure, PermanentFailure, TemporaryFailure
from gateway.outputs import build_output
from gateway.outputs import glpi as glpi_module
from gateway.outputs.glpi import LONGEST_TITLE, Glpi, _title
from gateway.outputs.output import Letterhead, Secret
from tests.outputs.glpi_server import APP, CLOSED, SOLVED, USER, GlpiServer, error, glpi

OPENED = 1_767_225_600.0
MARK = f"[touchpoint:riverside:ticket:7:{int(OPENED)}]"
LETTERHEAD = Letterhead(["zh", "en"], "riverside")


def output(server: GlpiServer, **settings: str) -> Glpi:
    given = {"url": server.url, "app_token": Secret(APP), "user_token": Secret(USER), "timeout": "2s", **settings}
    made = build_output("glpi", given, LETTERHEAD)
    assert isinstance(made, Glpi)
    return made


def event(what: str, number: int = 7, **data: Any) -> dict[str, Any]:
    about = {
        "site": "riverside", "ticket": number, "priority": "P2", "asset": "lobby-door", "clause": "access-door.shut",
        "place": {"zh": "3号楼大堂", "en": "Building 3 lobby"},
        "title": {"zh": "门不得久开", "en": "Door not held open"},
        "opened_at": "2026-01-01T00:00:00.000Z", "entry": {"at": "", "by": "li", "what": what, "text": "a <part>"},
    }  # fmt: skip
    return {"type": f"touchpoint.ticket.{what}.v1", "subject": f"ticket/{number}", "data": {**about, **data}}


async def sent(out: Glpi, *whats: str) -> None:
    for number, what in enumerate(whats, 1):
        await out.send(f"riverside-{number:010d}", event(what))


@pytest.mark.asyncio
async def test_a_ticket_is_created_followed_and_solved_and_its_words_are_text() -> None:
    async with glpi() as server:
        out = output(server, entity="3")
        await sent(out, "opened", "taken", "noted", "paused", "resumed")
        (ticket,) = server.tickets.values()
        assert ticket["name"] == f"[P2] 3号楼大堂 门不得久开 {MARK}"
        assert (ticket["urgency"], ticket["impact"], ticket["priority"], ticket["entities_id"]) == (4, 4, 4, 3)
        assert ticket["externalid"] == MARK[1:-1]
        assert "<p>Ticket 7 [P2] Building 3 lobby: Door not held open." in ticket["content"]
        assert "工单 7【P2】3号楼大堂" in ticket["content"]
        assert ticket["status"] == 2
        assert len(server.followups) == 4
        assert "a &lt;part&gt;" in server.followups[1]["content"]
        assert "[riverside-0000000003]" in server.followups[1]["content"]
        await out.send("riverside-0000000009", event("closed"))
        assert server.tickets[41]["status"] == SOLVED
        await out.close()
    assert server.begun == 1, "one session for all of it"


@pytest.mark.asyncio
async def test_what_is_sent_again_is_there_once() -> None:
    async with glpi() as server:
        out = output(server, closed_as="closed")
        for what in ("opened", "opened", "taken", "taken", "closed", "closed"):
            await out.send(f"riverside-{what}", event(what))
        await out.close()
    assert (len(server.tickets), len(server.followups)) == (1, 2)
    assert server.tickets[41]["status"] == CLOSED


@pytest.mark.asyncio
async def test_an_answer_that_is_lost_after_the_create_makes_no_second_ticket() -> None:
    async with glpi() as server:
        out = output(server)
        server.script = ["", "lose"]  # the search is answered, the create is not
        with pytest.raises(TemporaryFailure):
            await out.send("k1", event("opened"))
        assert len(server.tickets) == 1
        await out.send("k1", event("opened"))
        server.script = ["", "", "lose"]  # a followup's answer
        with pytest.raises(TemporaryFailure):
            await out.send("k2", event("noted"))
        await out.send("k2", event("noted"))
        server.script = ["", "", "", "lose"]  # that of the new status
        with pytest.raises(TemporaryFailure):
            await out.send("k3", event("closed"))
        await out.send("k3", event("closed"))
        await out.close()
    assert (len(server.tickets), len(server.followups), server.tickets[41]["status"]) == (1, 2, SOLVED)


@pytest.mark.asyncio
async def test_a_create_that_is_carried_out_after_it_was_given_up_is_put_right_with_the_next_event() -> None:
    """GLPI hangs, we ask again and create; then it goes on with what it still has: two there, one of them closed."""
    async with glpi() as server:
        out = output(server, timeout="300ms")
        server.script = ["", "late"]
        with pytest.raises(TemporaryFailure, match="no answer within"):
            await out.send("k1", event("opened"))
        await out.send("k1", event("opened"))
        server.let.set()
        async with asyncio.timeout(10):
            await server.caught_up.wait()
        assert len(server.titled(MARK)) == 2
        await out.send("k2", event("taken"))
        await out.close()
    assert [(each["id"], each["status"]) for each in server.titled(MARK)] == [(41, 2)]
    assert (server.tickets[42]["name"], server.tickets[42]["status"]) == ("duplicate of 41", CLOSED)
    assert [each["items_id"] for each in server.followups] == [41]


@pytest.mark.asyncio
async def test_another_ticket_is_never_taken_for_ours() -> None:
    """Number 7 is not 70, and after a database was lost its numbers begin anew: another moment, another ticket."""
    async with glpi() as server:
        out = output(server)
        await out.send("k1", event("opened", 70))
        await out.send("k2", event("opened", 7))
        await out.send("k3", event("opened", 7, opened_at="2027-01-01T00:00:00.000Z"))
        await out.close()
    assert len(server.tickets) == 3


@pytest.mark.asyncio
async def test_what_is_not_there_is_created_by_whatever_comes_next_but_not_by_its_end() -> None:
    async with glpi() as server:
        out = output(server)
        await out.send("k1", event("closed"))
        assert server.tickets == {}
        await out.send("k2", event("escalated"))
        server.tickets[41]["is_deleted"] = 1  # a person threw it away; here it is still open
        await out.send("k3", event("noted"))
        await out.close()
    assert len(server.titled(MARK)) == 2


@pytest.mark.asyncio
async def test_only_reopened_takes_back_what_a_person_solved() -> None:
    async with glpi() as server:
        out = output(server)
        await sent(out, "opened", "taken")
        server.solve(41)
        for what in ("noted", "finished", "paused", "taken"):
            await out.send(f"k-{what}", event(what))
        assert server.tickets[41]["status"] == SOLVED
        await out.send("k-again", event("reopened"))
        assert (server.tickets[41]["status"], server.tickets[41]["solvedate"]) == (2, None)
        server.solve(41, CLOSED)
        before = len(server.followups)
        await out.send("k-late", event("overdue"))
        assert len(server.followups) == before, "one that is closed takes none"
        await out.send("k-again-2", event("reopened"))
        assert (server.tickets[41]["status"], len(server.followups)) == (2, before + 1)
        await out.close()


@pytest.mark.asyncio
async def test_an_expired_session_is_renewed_and_nothing_is_done_twice() -> None:
    async with glpi() as server:
        out = output(server)
        await out.send("k1", event("opened"))
        for what in ("noted", "taken", "closed"):
            server.script = ["", "expire"]
            await out.send(f"k-{what}", event(what))
        await out.close()
    assert (server.begun, len(server.tickets), len(server.followups)) == (4, 1, 3)


@pytest.mark.asyncio
async def test_a_slow_desk_is_left_alone_before_it_passes_for_a_gateway_that_has_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(glpi_module, "LONGEST_SEND", -59.7)
    monkeypatch.setattr(glpi_module, "LONGEST_LOOK", 0.6)
    async with glpi() as server:
        out = output(server, timeout="60s")
        for script in (["hang"], ["", "hang"]):
            server.script = list(script)
            with pytest.raises(TemporaryFailure, match=r"not done within 0\.3 s"):
                await out.send("k1", event("opened"))
        server.script = ["hang"]
        with pytest.raises(TemporaryFailure, match=r"not done within 0\.6 s"):
            await out.solved({7: OPENED})
        server.script = []
        await out.send("k1", event("opened"))
        await out.close()
    assert len(server.tickets) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (500, "answered 500 with ERROR_NOT_SO"), (503, "answered 503"), (429, "answered 429"), (408, "answered 408"),
        (302, "answered 302"), (403, "answered 403"), (404, "answered 404"), (207, "answered 207"),
        ("error-in-200", "answered 200 with ERROR_SQL"), ("nonsense", "answered 200 and no JSON"),
        ("flood", "answered 200 and no JSON"), ("lose", "Error"), ("hang", r"no answer within 0\.4 s"),
    ],
)  # fmt: skip
async def test_trouble_that_may_pass_is_temporary_and_the_ticket_comes_through(trouble: str | int, says: str) -> None:
    async with glpi() as server:
        out = output(server, timeout="400ms")
        for script in ([trouble], ["", trouble], [f"init-{trouble}"]):
            await out.close()  # and with it the session
            server.script = list(script)
            with pytest.raises(TemporaryFailure, match=says):
                await out.send("k1", event("opened"))
            server.script, server.tickets = [], {}
        await out.send("k1", event("opened"))
        await out.close()
    assert len(server.tickets) == 1
    assert not any("elsewhere" in each for each in server.asked), "a redirect is not followed"


ODD = [
    b"null", b"true", b"0", b'"x"', b"[]", b"[1]", b"[[]]", b'{"data": 5}', b'{"data": [5]}', b'{"data": [{}]}',
    b'{"totalcount": 1, "data": [{"1": "x", "2": "y", "12": 1}]}', b'{"totalcount": 1, "data": {"41": null}}',
    b'{"totalcount": 1}', b'{"data": []}', b'{"id": false}', b'{"id": "41"}', b"",
]  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize("body", ODD)
async def test_an_answer_of_another_shape_is_no_answer(body: bytes) -> None:
    """To a search, a create, a list of followups, a followup and a new status; what was done is done once."""
    async with glpi() as server:
        out = output(server)
        for what, before in (("opened", 0), ("opened", 1), ("noted", 0), ("noted", 1), ("noted", 2), ("closed", 3)):
            server.script = [*[""] * before, body]
            try:
                await out.send(f"k-{what}", event(what))
            except TemporaryFailure:
                server.script = []
                await out.send(f"k-{what}", event(what))
        await out.close()
    assert len(server.titled(MARK)) == 1
    twice = body == b"[]"  # that there is no followup is an answer, if a wrong one
    assert len(server.followups) == 2 + twice


@pytest.mark.asyncio
async def test_a_wrong_token_is_for_a_person_to_cure_and_costs_no_event() -> None:
    async with glpi() as server:
        wrongs = ({"user_token": Secret("canary-1")}, {"app_token": Secret("canary-2")}, {"app_token": Secret("")})
        for wrong in wrongs:
            out = output(server, **wrong)
            with pytest.raises(TemporaryFailure, match=r"ERROR_(GLPI_LOGIN_USER_TOKEN|WRONG_APP|APP_TOKEN)"):
                await out.send("k1", event("opened"))
            await out.close()
        server.app_token = ""  # GLPI may be set up to want none
        out = output(server, app_token=Secret(""))
        await out.send("k1", event("opened"))
        await out.close()
    assert len(server.tickets) == 1


@pytest.mark.asyncio
async def test_what_glpi_refuses_for_what_it_is_is_permanent() -> None:
    async with glpi() as server:
        out = output(server)
        server.may_create = False
        with pytest.raises(PermanentFailure, match="answered 400 with ERROR_GLPI_ADD"):
            await out.send("k1", event("opened"))
        with pytest.raises(PermanentFailure, match=r"no alarm\.raised"):
            await out.send("k2", {"type": "touchpoint.alarm.raised.v1", "data": {}})
        with pytest.raises(PermanentFailure, match=r"no tickets\.overlooked"):
            await out.send("k3", {"type": "touchpoint.tickets.overlooked.v1", "data": {"tickets": []}})
        await out.send("k4", {"type": "touchpoint.store.failing.v1", "data": {}})  # told to all; it is none of a desk's
        await out.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("trouble", [500, 400, 302, "lose", "error-in-200", "init-500", "hang"])
async def test_no_trouble_tells_a_token_or_an_answer(trouble: str | int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with glpi(trouble) as server:
            out = output(server, timeout="300ms")
            with pytest.raises(DeliveryFailure) as caught:
                await out.send("k1", event("opened"))
            await out.close()
    said = f"{caplog.text} {caught.value} {caught.value.__cause__!r}"
    assert not any(secret in said for secret in (USER, APP, "secret words", "session-1"))


@pytest.mark.asyncio
async def test_it_is_told_what_was_solved_there_and_when() -> None:
    async with glpi() as server:
        out = output(server)
        for number in range(1, 46):
            await out.send(f"k-{number}", event("opened", number))
        server.solve(41 + 6)
        server.solve(41 + 43, CLOSED)
        server.asked.clear()
        found = await out.solved(dict.fromkeys(range(1, 46), OPENED))
        assert found == {7: "GLPI 47: 2026-11-20 08:00:01", 44: "GLPI 84: 2026-11-20 08:00:02"}
        assert server.asked == ["GET search/Ticket"] * 3, "twenty at once"
        assert await out.solved({}) == {}
        assert await out.solved({7: OPENED + 1.0}) == {}, "that of an earlier database"
        await out.close()


@given(st.text(max_size=400), st.sampled_from(["P1", "P2", "P3", "P4"]))
@settings(max_examples=60)
def test_whatever_a_place_is_called_the_whole_key_is_in_a_title_that_fits(place: str, priority: str) -> None:
    made = _title(event("opened", place={"en": place}, priority=priority)["data"], "zh", MARK)
    assert made.endswith(f" {MARK}")
    assert len(made) <= LONGEST_TITLE
    assert "\n" not in made


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "url, user_token is missing"),
        ({"url": "http://glpi/apirest.php"}, "user_token is missing"),
        ({"url": "ftp://glpi", "user_token": "x"}, "no http or https"),
        ({"url": "http://glpi", "user_token": "x", "closed_as": "gone"}, "closed_as: is none of solved, closed"),
        ({"url": "http://glpi", "user_token": "x", "entity": "root"}, "entity: is no number"),
        ({"url": "http://glpi", "user_token": "x", "poll": "often"}, "no duration"),
        ({"url": "http://glpi", "user_token": "x", "queue": "1"}, "unknown setting queue"),
    ],
)
def test_wrong_settings_are_told_before_anything_starts(settings: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        build_output("glpi", settings, LETTERHEAD)


def test_the_server_says_errors_as_the_documentation_has_them() -> None:
    status, told = error(401, "ERROR_SESSION_TOKEN_INVALID")
    assert (status, told[0], len(told)) == (401, "ERROR_SESSION_TOKEN_INVALID", 2)
