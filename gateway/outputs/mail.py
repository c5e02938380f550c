"""The mail output: events and notices as letters, over a mail server with TLS. Knows no SMTP command.

A message has the same Message-ID whenever it is sent, so that a repetition is recognised. Who took it is remembered
while it is tried again for the others; only a restart in between can make it reach somebody twice.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Any, get_args

from gateway.clock import monotonic, wall
from gateway.documents import parse_duration, suggest
from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs.letter import Letter, letter
from gateway.outputs.link import Link
from gateway.outputs.output import Letterhead, needed, only_settings
from gateway.outputs.smtp import FOR_GOOD, Attempt, Server, Taken, Tls
from gateway.outputs.threads import begin
from gateway.outputs.wording import in_language, is_notice, one_line

NEEDS = ("host", "from")
TAKES = ("to", "port", "tls", "plain", "user", "password", "ca", "link", "timeout")
PORTS: Mapping[Tls, str] = {"implicit": "465", "starttls": "587", "none": "25"}
LARGEST_PORT = 65535
PATIENCE = 900.0
"""Seconds for which a recipient may be refused for now before their message is set aside, and holds up nobody else's.

Servers that keep strangers waiting do so for 5 to 15 minutes; a full mailbox lasts for days.
"""
CLOSING = 421
"""The server goes away: that is not the recipient's trouble."""
MOST_REMEMBERED = 100
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9-]{1,120}")
POLICY = SMTP.clone(cte_type="7bit")


@dataclass(slots=True)
class Progress:
    """What has become of a message that not everybody took at once."""

    accepted: set[str] = field(default_factory=set)
    refused: dict[str, int] = field(default_factory=dict)
    """Recipient → the code by which they are refused for good."""


class Mail:
    """Settings: ``host``, ``from``; ``to`` (addresses, with commas between) for what is for no person; ``tls``.

    ``tls`` is ``starttls`` (the default, port 587), ``implicit`` (465), or ``none`` (25): that only on this machine, or
    with ``plain: allowed`` and without a password. ``user`` and ``password``, ``ca`` (a certificate as PEM), ``link``,
    and ``timeout`` for the whole exchange (default 20s).
    """

    def __init__(self, settings: Mapping[str, str], letterhead: Letterhead, now: Callable[[], float] = wall) -> None:
        only_settings(settings, (*NEEDS, *TAKES))
        needed(settings, NEEDS)
        self._server = server_of(settings)
        self._letterhead = letterhead
        self._from = _sender(settings["from"])
        self._to = addresses("to", settings.get("to", ""))
        self._people = {name: addresses(f"address of {name}", each) for name, each in letterhead.addresses.items()}
        if not self._to and not self._people:
            raise ValueError("to is missing: there is nobody to write to")
        self._link = Link(settings.get("link", ""))
        self._now = now
        self._unfinished: dict[str, Progress] = {}
        self._refused_since: dict[str, float] = {}
        """Recipient → since when they are refused for now, on the monotonic clock."""

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """Write to whoever the event is for; done with it only when each of them has taken it."""
        recipients = self._recipients(event)
        progress = self._unfinished.get(key) or Progress()
        left = [each for each in recipients if each not in progress.accepted and each not in progress.refused]
        if left:
            told = letter(event, self._letterhead, self._link)
            taken = await self._deliver(left, self._message(key, told, recipients))
            self._note(progress, taken)
        self._judge(key, recipients, progress)

    def _recipients(self, event: Mapping[str, Any]) -> Sequence[str]:
        whom = str(event["data"]["to"]) if is_notice(event) else ""
        found = self._people.get(whom, ()) if whom else self._to
        if not found:
            raise PermanentFailure(f"has no address for {whom or 'what is for nobody in particular: to is missing'}")
        return found

    async def _deliver(self, recipients: Sequence[str], message: bytes) -> Taken:
        attempt = Attempt(self._server)
        begun = begin("mail", lambda: attempt.deliver(self._from, recipients, message))
        try:
            async with asyncio.timeout(self._server.timeout):
                return await asyncio.wrap_future(begun)
        except TimeoutError:
            raise TemporaryFailure(f"not done within {self._server.timeout:g} s") from None
        finally:
            attempt.cut()  # also when cancelled: what was given up must not be sent after all

    def _note(self, progress: Progress, taken: Taken) -> None:
        progress.accepted |= {*taken.accepted}
        for each in taken.accepted:
            self._refused_since.pop(each, None)
        for each, code in taken.refused.items():
            if code == CLOSING:
                continue
            since = self._refused_since.setdefault(each, monotonic())
            if code >= FOR_GOOD or monotonic() - since >= PATIENCE:
                progress.refused[each] = code

    def _judge(self, key: str, recipients: Sequence[str], progress: Progress) -> None:
        waiting = len({*recipients} - progress.accepted - progress.refused.keys())
        if waiting:
            self._unfinished[key] = progress
            while len(self._unfinished) > MOST_REMEMBERED:
                del self._unfinished[next(iter(self._unfinished))]
            raise TemporaryFailure(f"{waiting} of {len(recipients)} recipients refused for now")
        self._unfinished.pop(key, None)
        if progress.refused:
            told = (f"{recipients.index(each) + 1} ({code})" for each, code in progress.refused.items())
            raise PermanentFailure(f"of {len(recipients)} recipients refused: number {', '.join(told)}")

    def _message(self, key: str, told: Letter, recipients: Sequence[str]) -> bytes:
        head = self._letterhead
        title = one_line(in_language(head.title or head.site, head.languages[0]))
        message = EmailMessage(POLICY)
        message["From"] = Address(display_name=title, addr_spec=self._from)
        message["To"] = ", ".join(recipients)
        message["Subject"] = told.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(self._now(), head.timezone))
        message["Message-ID"] = message_id(key, self._from)
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        if told.priority == "P1":
            message["Importance"], message["X-Priority"] = "high", "1"
        message.set_content(told.text)
        message.add_alternative(told.html, subtype="html")
        message.set_boundary(f"=_{sha256(key.encode()).hexdigest()[:32]}")
        return message.as_bytes()

    async def close(self) -> None:
        """There is nothing to let go of: each message has its own thread and connection."""


def message_id(key: str, sender: str) -> str:
    """The same for the same key: ``<riverside-0000000007@example.org>``."""
    local = key if _PLAIN_KEY.fullmatch(key) else sha256(key.encode()).hexdigest()
    return f"<{local}@{sender.partition('@')[2]}>"


def addresses(what: str, written: str) -> tuple[str, ...]:
    """``a@example.org, b@example.org``, each once; raises ValueError."""
    return tuple(dict.fromkeys(_address(what, each.strip()) for each in written.split(",") if each.strip()))


def _address(what: str, written: str) -> str:
    if not ADDRESS.fullmatch(written):
        raise ValueError(f"{what}: {one_line(written)!r} is no mail address: write one like desk@example.org")
    return written


def _sender(written: str) -> str:
    """One that can stand in ``From``, where fewer can than a server takes."""
    address = _address("from", written)
    try:
        Address(addr_spec=address)
    except (MessageError, ValueError):
        raise ValueError(f"from: {written!r} has a dot too many") from None
    return address


def server_of(settings: Mapping[str, str]) -> Server:
    """The server that settings speak of; raises ValueError, a sentence for the site's author."""
    tls = settings.get("tls", "starttls")
    kind = next((each for each in get_args(Tls) if each == tls), None)
    if kind is None:
        raise ValueError(f"tls: {tls!r} is not known{suggest(tls, get_args(Tls))}")
    user, password = settings.get("user", ""), settings.get("password", "")
    if bool(user) != bool(password):
        raise ValueError("user and password_file: one is of no use without the other")
    if not (user + password).isascii():
        raise ValueError("user and password_file: a mail server takes plain ASCII only")
    if kind == "none":
        _may_be_plain(settings, bool(password))
    try:
        settings["host"].encode("idna")
    except UnicodeError:
        raise ValueError(f"host: {settings['host']!r} is no name of a server") from None
    port = settings.get("port", PORTS[kind])
    if not port.isascii() or not port.isdigit() or not 0 < int(port) <= LARGEST_PORT:
        raise ValueError(f"port: {port!r} is no port")
    timeout = parse_duration(settings.get("timeout", "20s"))
    context = None if kind == "none" else _context(settings.get("ca", ""))
    return Server(settings["host"], int(port), kind, context, timeout, user, password)


def _may_be_plain(settings: Mapping[str, str], has_password: bool) -> None:
    if _is_loopback(settings["host"]):
        return
    if settings.get("plain") != "allowed":
        raise ValueError("tls: none beyond this machine can be read by anybody: write plain: allowed if you mean it")
    if has_password:
        raise ValueError("tls: none beyond this machine, and a password: anybody could read it")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _context(certificate: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=certificate or None)
    except ssl.SSLError:
        raise ValueError("ca_file: holds no certificate (PEM)") from None
