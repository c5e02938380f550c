"""A real mail server on loopback (aiosmtpd), with TLS, that misbehaves as told and keeps what it took."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = "canary-5f1d9e"


def make_certificate(openssl: str, folder: Path, name: str, host: str = "IP:127.0.0.1") -> Path:
    """A certificate that is its own authority; its key is beside it."""
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={name}"]
    files = ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.crt")]
    subprocess.run([*command, "-addext", f"subjectAltName={host}", *files], check=True, capture_output=True)
    return folder / f"{name}.crt"


@dataclass
class Postbox:
    """``replies``: step (mail, rcpt, data, quit, or a recipient) → what it does each time, then it says yes.

    That is an answer (``451 later``), or ``hang``, or ``drop``; ``drop`` in ``begin-data`` is before the text is sent.
    """

    replies: dict[str, list[str]] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    log_ins: list[tuple[str, str]] = field(default_factory=list)
    sessions: int = 0
    port: int = 0

    async def _answer(self, step: str, server: SMTP, usual: str) -> str:
        told = self.replies.get(step, [])
        what = told.pop(0) if told else usual
        if what == "hang":
            await asyncio.Event().wait()
        if what == "drop":
            cut(server)
        return what

    async def handle_MAIL(self, server: SMTP, _: Session, envelope: Envelope, address: str, __: list[str]) -> str:  # noqa: N802 - aiosmtpd calls it so
        envelope.mail_from = address
        return await self._answer("mail", server, "250 OK")

    async def handle_RCPT(self, server: SMTP, _: Session, envelope: Envelope, address: str, __: list[str]) -> str:  # noqa: N802 - as above
        answer = await self._answer(address if address in self.replies else "rcpt", server, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        answer = await self._answer("data", server, "250 OK")
        if answer.startswith("2") or answer == "drop":
            assert isinstance(envelope.content, bytes)
            self.raw.append(envelope.content)
            message = message_from_bytes(envelope.content, policy=default)
            self.mails.append(message)
            self.envelopes.append((str(envelope.mail_from), [*envelope.rcpt_tos]))
            assert server.transport
            self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return answer

    async def handle_QUIT(self, server: SMTP, _: Session, __: Envelope) -> str:  # noqa: N802 - as above
        return await self._answer("quit", server, "221 Bye")

    def log_in(self, _: SMTP, __: Session, ___: Envelope, mechanism: str, told: Any) -> AuthResult:
        assert isinstance(told, LoginPassword)
        self.log_ins.append((mechanism, told.login.decode()))
        return AuthResult(success=told.password == PASSWORD.encode(), handled=False)


def cut(server: SMTP) -> None:
    """End the connection as a power cut would."""
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()


class Server(SMTP):
    """aiosmtpd, that can also go away between DATA and the text."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - as above
        if self.event_handler.replies.get("begin-data"):
            self.event_handler.replies["begin-data"].pop(0)
            cut(self)
            return
        await super().smtp_DATA(arg)


@contextlib.asynccontextmanager
async def postbox(
    certificate: Path, replies: Mapping[str, Sequence[str]] | None = None, tls: str = "starttls", log_in: bool = False
) -> AsyncIterator[Postbox]:
    """A mail server on a free port. ``tls``: starttls, implicit, or none."""
    box = Postbox({name: [*told] for name, told in (replies or {}).items()})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    loop = asyncio.get_running_loop()
    made: list[Server] = []

    def make() -> Server:
        box.sessions += 1
        settings: dict[str, Any] = {"tls_context": context, "require_starttls": True} if tls == "starttls" else {}
        if log_in:
            settings |= {"authenticator": box.log_in, "auth_required": True, "auth_require_tls": tls == "starttls"}
        made.append(Server(box, hostname="postbox.example", loop=loop, **settings))
        return made[-1]

    server = await loop.create_server(make, "127.0.0.1", 0, ssl=context if tls == "implicit" else None)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await _end(made)


async def _end(made: list[Server]) -> None:
    for each in made:
        task = each._handler_coroutine
        if task is not None and not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        cut(each)
    await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def odd_server(serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]) -> AsyncIterator[int]:
    """Something on a free port that is no mail server at all."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
