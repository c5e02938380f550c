"""Mail against a real server: what it says decides whether a message is tried again, and nobody is forgotten."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.changes import Changes
from gateway.clock import SystemClock, monotonic, seeded
from gateway.errors import DeliveryFailure, PermanentFailure, TemporaryFailure
from gateway.model import Event
from gateway.outputs import build_output, mail
from gateway.outputs.mail import Mail, message_id
from gateway.outputs.outbox import Delivery
from gateway.outputs.output import Letterhead, Secret
from gateway.samples import samples
from gateway.store.store import Store
from tests.api.serving import small_site
from tests.conftest import Needs
from tests.outputs.collector import stop
from tests.outputs.postbox import PASSWORD, Postbox, make_certificate, odd_server, postbox
from tests.outputs.test_letter import notice
from tests.waiting import until

pytestmark = [pytest.mark.needs("openssl"), pytest.mark.asyncio]

EVENTS = samples()
TICKET = EVENTS["ticket.opened"]
KEY = "riverside-garden-0000000007"
TITLE = {"zh": "滨河花园", "en": "Riverside Garden"}
A, B, C = "wang@desk.example", "li@desk.example", "zhao@desk.example"
NOW = 1_767_225_600.0


@pytest.fixture(scope="module")
def certificates(needs: Needs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificate(needs("openssl"), folder, "postbox")
    make_certificate(needs("openssl"), folder, "stranger")
    make_certificate(needs("openssl"), folder, "elsewhere", "DNS:elsewhere.example")
    return folder


@pytest.fixture
def certificate(certificates: Path) -> Path:
    return certificates / "postbox.crt"


Settings = Mapping[str, str]


def output(port: int, ca: Path, settings: Settings | None = None, people: Mapping[str, str] | None = None) -> Mail:
    """As a site would have it, with a short time-out."""
    own = {"host": "127.0.0.1", "port": str(port), "from": "gateway@site.example", "ca": Secret(ca.read_text())}
    letterhead = Letterhead(["zh", "en"], "riverside-garden", TITLE, ZoneInfo("Asia/Shanghai"), people or {})
    return Mail({**own, "to": A, "timeout": "1500ms", **(settings or {})}, letterhead, lambda: NOW)


async def send(box: Postbox, ca: Path, event: Mapping[str, Any] = TICKET, settings: Settings | None = None) -> None:
    out = output(box.port, ca, settings)
    try:
        await out.send(KEY, event)
    finally:
        await out.close()


async def fails(box: Postbox, ca: Path) -> DeliveryFailure:
    began = monotonic()
    with pytest.raises(DeliveryFailure) as caught:
        await send(box, ca)
    assert monotonic() - began < 8
    return caught.value


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_letter_arrives_encrypted_and_logged_in(certificate: Path, tls: str) -> None:
    async with postbox(certificate, tls=tls, log_in=tls == "starttls") as box:
        login = {"user": "gateway", "password": PASSWORD} if tls == "starttls" else {}
        await send(box, certificate, settings={"tls": tls, "to": f"{A}, {B}", **login})
    (message,) = box.mails
    assert box.encrypted == [True]
    assert box.envelopes == [("gateway@site.example", [A, B])]
    assert [name for _, name in box.log_ins] == (["gateway"] if login else [])
    assert message["From"] == "滨河花园 <gateway@site.example>"
    assert message["To"] == f"{A}, {B}"
    assert message["Subject"] == (
        "滨河花园: 工单 1【P3】1号楼大堂:门长时间未关 / Ticket 1 [P3] Building 1 lobby: Door held open"
    )
    assert message["Date"] == "Thu, 01 Jan 2026 08:00:00 +0800"
    assert message["Message-ID"] == f"<{KEY}@site.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Importance"] is None
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain
    assert html
    assert "地点: 1号楼大堂 (unit-door)" in plain.get_content()
    assert "Where: Building 1 lobby (unit-door)" in plain.get_content()
    assert html.get_content().startswith("<!doctype html>")
    assert message.get_content_type() == "multipart/alternative"
    assert box.raw[0].isascii(), "any server can carry it"


async def test_a_repetition_is_the_same_to_the_byte(certificate: Path) -> None:
    async with postbox(certificate) as box:
        out = output(box.port, certificate)
        await out.send(KEY, TICKET)
        await out.send(KEY, TICKET)
        await out.close()
    assert box.raw[0] == box.raw[1]


async def test_what_is_urgent_says_so(certificate: Path) -> None:
    urgent = {**TICKET, "data": {**TICKET["data"], "priority": "P1"}}
    async with postbox(certificate) as box:
        await send(box, certificate, urgent)
    assert (box.mails[0]["Importance"], box.mails[0]["X-Priority"]) == ("high", "1")


async def test_a_notice_goes_to_its_person_in_their_language_alone(certificate: Path) -> None:
    async with postbox(certificate) as box:
        out = output(box.port, certificate, {"to": C}, {"li": B, "wang": A})
        await out.send(KEY, notice("en", "ticket.opened", "alarm.raised bare"))
        stranger = notice("en", "ticket.opened")
        with pytest.raises(PermanentFailure, match="has no address for zhao"):
            await out.send("k", {**stranger, "data": {**stranger["data"], "to": "zhao"}})
        await out.close()
    (message,) = box.mails
    assert box.envelopes[0][1] == [B]
    assert message["To"] == B
    plain = message.get_body(("plain",))
    assert plain
    assert [each for each in plain.get_content() + message["Subject"] if "\u4e00" <= each <= "\u9fff"] == []


async def test_a_trial_for_nobody_in_particular_goes_to_the_outputs_own_address(certificate: Path) -> None:
    trial = notice("en", kind="test", priority="P4")
    trial["data"] |= {"to": "", "by": "wang"}
    async with postbox(certificate) as box:
        out = output(box.port, certificate, people={"li": B})
        await out.send(KEY, trial)
        await out.close()
    assert box.envelopes[0][1] == [A]
    assert box.mails[0]["Subject"] == "s: this is only a test of this channel, asked for by wang"


async def test_no_header_is_forged(certificate: Path) -> None:
    bad = "Lobby\r\nBcc: all@evil.example\n\nYour password is wrong\u202e"
    event = {**TICKET, "data": {**TICKET["data"], "place": {"zh": bad, "en": bad}}}
    async with postbox(certificate) as box:
        await send(box, certificate, event)
    (message,) = box.mails
    assert message["Bcc"] is None
    assert box.envelopes[0][1] == [A]
    assert "\\x0d\\x0aBcc: all@evil.example" in message["Subject"]
    assert message.get_content_type() == "multipart/alternative"


TEMPORARY: list[tuple[dict[str, list[str]], str]] = [
    ({"mail": ["451 later"]}, "answered 451 to the sender"),
    ({"rcpt": ["450 greylisted"]}, "1 of 1 recipients refused for now"),
    ({"rcpt": ["421 going down"]}, "1 of 1 recipients refused for now"),
    ({"data": ["452 full"]}, "answered 452 to the message"),
    ({"mail": ["drop"]}, "it closed the connection"),
    ({"begin-data": ["drop"]}, "it closed the connection"),
    ({"data": ["drop"]}, "it closed the connection"),
    ({"mail": ["hang"]}, "not done within 1.5 s"),
    ({"data": ["hang"]}, "not done within 1.5 s"),
]
PERMANENT: list[tuple[dict[str, list[str]], str]] = [
    ({"mail": ["550 not you"]}, "answered 550 to the sender"),
    ({"rcpt": ["550 quoth nobody here"]}, r"of 1 recipients refused: number 1 \(550\)"),
    ({"data": ["554 quoth spam"]}, "answered 554 to the message"),
    ({"data": ["552 too large"]}, "answered 552 to the message"),
]


@pytest.mark.parametrize(("replies", "told"), TEMPORARY, ids=[str(each) for each, _ in TEMPORARY])
async def test_what_may_pass_is_temporary(certificate: Path, replies: dict[str, list[str]], told: str) -> None:
    async with postbox(certificate, replies) as box:
        failure = await fails(box, certificate)
        assert type(failure) is TemporaryFailure
        assert str(failure) == told
        await send(box, certificate)
    assert box.mails[-1]["Message-ID"] == f"<{KEY}@site.example>"


@pytest.mark.parametrize(("replies", "told"), PERMANENT, ids=[str(each) for each, _ in PERMANENT])
async def test_5xx_to_the_message_is_for_good(certificate: Path, replies: dict[str, list[str]], told: str) -> None:
    async with postbox(certificate, replies) as box:
        failure = await fails(box, certificate)
    assert type(failure) is PermanentFailure
    with pytest.raises(PermanentFailure, match=told):
        raise failure
    assert box.mails == []


@pytest.mark.parametrize("goodbye", ["hang", "drop", "554 no"])
async def test_what_was_taken_is_taken_however_they_part(certificate: Path, goodbye: str) -> None:
    async with postbox(certificate, {"quit": [goodbye]}) as box:
        await send(box, certificate)
    assert len(box.mails) == 1


async def test_a_wrong_password_waits_for_a_person(certificate: Path, caplog: pytest.LogCaptureFixture) -> None:
    """535 begins with 5, and yet nothing is wrong with the messages: they must be there when it is mended."""
    with caplog.at_level(logging.DEBUG):
        async with postbox(certificate, log_in=True) as box:
            out = output(box.port, certificate, {"user": "gateway", "password": Secret(f"{PASSWORD}x")})
            with pytest.raises(TemporaryFailure, match="answered 535 to the log-in") as caught:
                await out.send(KEY, TICKET)
            await out.close()
    told = f"{caplog.text} {caught.value!r} {vars(out)!r} {out._server!r}"
    assert PASSWORD not in told
    assert box.mails == []


async def test_a_stranger_gets_no_letter(certificates: Path) -> None:
    for name in ("stranger", "elsewhere"):
        async with postbox(certificates / f"{name}.crt") as box:
            trusted = certificates / ("elsewhere.crt" if name == "elsewhere" else "postbox.crt")
            failure = await fails(box, trusted)
        assert isinstance(failure, TemporaryFailure)
        assert str(failure).startswith("its certificate is not trusted: ")
        assert box.mails == []


async def test_tls_is_never_left_out(certificate: Path) -> None:
    async with postbox(certificate, tls="none") as box:
        failure = await fails(box, certificate)
        assert str(failure) == "offers no TLS, or no log-in, that the site asks for"
        assert box.mails == []
        await send(box, certificate, settings={"tls": "none"})
    assert box.encrypted == [False], "on loopback, because the site says so"


async def test_of_several_recipients_nobody_is_forgotten_and_nobody_gets_it_twice(certificate: Path) -> None:
    async with postbox(certificate, {B: ["450 later"], C: ["550 no"]}) as box:
        out = output(box.port, certificate, {"to": f"{A}, {B}, {C}"})
        with pytest.raises(TemporaryFailure, match="1 of 3 recipients refused for now"):
            await out.send(KEY, TICKET)
        with pytest.raises(PermanentFailure, match=r"of 3 recipients refused: number 3 \(550\)"):
            await out.send(KEY, TICKET)
        await out.close()
    assert [names for _, names in box.envelopes] == [[A], [B]]
    assert {mail["Message-ID"] for mail in box.mails} == {f"<{KEY}@site.example>"}
    assert out._unfinished == {}


async def test_one_full_mailbox_does_not_hold_up_the_others_for_ever(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with postbox(certificate, {B: ["452 full"] * 3}) as box:
        out = output(box.port, certificate, {"to": f"{A}, {B}"})
        with pytest.raises(TemporaryFailure, match="1 of 2 recipients refused for now"):
            await out.send("first", TICKET)
        monkeypatch.setattr(mail, "PATIENCE", 0.0)
        with pytest.raises(PermanentFailure, match=r"of 2 recipients refused: number 2 \(452\)"):
            await out.send("first", TICKET)
        with pytest.raises(PermanentFailure):
            await out.send("second", TICKET)
        assert box.replies[B] == []
        await out.send("third", TICKET)
        await out.close()
    assert [names for _, names in box.envelopes] == [[A], [A], [A, B]]


async def test_nobody_listening_and_nobody_answering() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async def dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"2")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def chatty(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async def unkind(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 quoth no\r\n")
        await writer.drain()

    for serve in (silent, dripping, chatty, unkind):
        for tls in ("implicit", "starttls"):
            async with odd_server(serve) as port:
                out = plain(port, tls)
                began = monotonic()
                with pytest.raises(TemporaryFailure) as caught:
                    await out.send(KEY, TICKET)
                assert monotonic() - began < 5
                assert "quoth" not in str(caught.value)
                await out.close()
    with pytest.raises(TemporaryFailure, match="ConnectionRefusedError"):
        await plain(port, "starttls").send(KEY, TICKET)


def plain(port: int, tls: str) -> Mail:
    """An output that trusts whom the machine trusts."""
    settings = {
        "host": "127.0.0.1",
        "port": str(port),
        "from": "g@site.example",
        "to": A,
        "timeout": "700ms",
        "tls": tls,
    }
    return Mail(settings, Letterhead(["en"]))


async def test_what_was_given_up_is_not_sent_after_all(certificate: Path) -> None:
    """The thread that still waits for the server ends without a further word, and the next message has it."""
    async with postbox(certificate, {"mail": ["hang"]}) as box:
        out = output(box.port, certificate, {"timeout": "600ms"})
        task = asyncio.create_task(out.send("given-up", TICKET))
        await until(lambda: not box.replies["mail"])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await out.send("next", TICKET)
        await out.close()
    assert [each["Message-ID"] for each in box.mails] == ["<next@site.example>"]


async def test_through_the_outbox_every_letter_arrives_in_order_and_a_repetition_is_recognised(
    certificate: Path, tmp_path: Path
) -> None:
    trouble = {"mail": ["451 later", "drop"], "rcpt": ["450 later"], "data": ["452 full", "drop", "hang"]}
    told = [
        Event("test-site", number, TICKET["type"], f"ticket/{number}", NOW, TICKET["data"]) for number in range(1, 11)
    ]
    store = Store(tmp_path / "gateway.db", small_site())
    await store.commit(Changes(events=told, outbox=[("mail", event) for event in told]))
    async with postbox(certificate, trouble) as box:
        out = output(box.port, certificate, {"timeout": "500ms"})
        task = asyncio.create_task(Delivery("mail", out, store, SystemClock(speed=50.0), seeded(1)).run())
        async with asyncio.timeout(60):
            while await store.due("mail", 1e12, 100):  # noqa: ASYNC110 - another thread's work sets no event
                await asyncio.sleep(0.05)
        await stop([task])
    store.close()
    seen = [str(each["Message-ID"]) for each in box.mails]
    assert list(dict.fromkeys(seen)) == [f"<test-site-{number:010d}@site.example>" for number in range(1, 11)]
    assert len(seen) == 11, "the one whose answer was lost came twice, under the same name"
    assert not any(trouble for trouble in box.replies.values())


WRONG: list[tuple[dict[str, str], str]] = [
    ({"from": ""}, "from: '' is no mail address"),
    ({"from": "a@b\r\nRCPT TO:<x@y>"}, "is no mail address"),
    ({"from": "a..b@site.example"}, "from: 'a..b@site.example' has a dot too many"),
    ({"from": "a@site..example"}, "from: 'a@site..example' has a dot too many"),
    ({"host": "mail..example"}, "host: 'mail..example' is no name of a server"),
    ({"to": "desk"}, "to: 'desk' is no mail address: write one like desk@example.org"),
    ({"to": ""}, "there is nobody to write to"),
    ({"tls": "startls"}, "tls: 'startls' is not known, did you mean \"starttls\""),
    ({"tls": "none"}, "write plain: allowed if you mean it"),
    ({"tls": "none", "plain": "allowed", "user": "u", "password": "p"}, "anybody could read it"),
    ({"user": "u"}, "one is of no use without the other"),
    ({"user": "u", "password": "密码"}, "plain ASCII only"),
    ({"port": "0"}, "port: '0' is no port"),
    ({"port": "smtp"}, "port: 'smtp' is no port"),
    ({"ca": "nothing"}, "ca_file: holds no certificate"),
    ({"timeout": "5"}, "is no duration"),
    ({"link": "desk/$ticket"}, "link: is no http or https address"),
    ({"colour": "red"}, "unknown setting colour"),
]


@pytest.mark.parametrize(("change", "wrong"), WRONG, ids=[str(each) for each, _ in WRONG])
async def test_settings_that_cannot_be(change: dict[str, str], wrong: str) -> None:
    right = {"host": "mail.example", "from": "g@site.example", "to": A}
    await build_output("mail", right, Letterhead(["en"])).close()
    with pytest.raises(ValueError, match=wrong.replace("(", r"\(")):
        build_output("mail", right | change, Letterhead(["en"]))


async def test_a_message_id_fits_any_key() -> None:
    assert message_id("a-1", "g@site.example") == "<a-1@site.example>"
    odd = message_id("a>\r\nBcc: x", "g@site.example")
    assert odd != message_id("b>", "g@site.example")
    assert odd.endswith("@site.example>")
    assert "\r" not in odd
    assert len(odd) < 90
