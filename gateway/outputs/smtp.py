"""One message handed to one mail server, in a thread that can be cut off. Knows no event and no setting.

What the server says of this message or its recipients counts for good when it begins with 5. What it says before that
(greeting, TLS, log-in) is trouble of the server or the site, which a person mends, and then nothing may be missing:
temporary, whatever its code. No failure repeats the server's words, which may hold what is secret or personal.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal, TypeAlias

from gateway.errors import DeliveryFailure, PermanentFailure, TemporaryFailure

Tls: TypeAlias = Literal["implicit", "starttls", "none"]
READY = 220
FOR_GOOD = 500


@dataclass(frozen=True, slots=True)
class Server:
    """Where a mail server is, and how it is spoken to. ``timeout``: seconds for each of its answers."""

    host: str
    port: int
    tls: Tls
    context: ssl.SSLContext | None
    timeout: float
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What the server said of each recipient: it takes the message for some, and refused others with a code."""

    accepted: Sequence[str]
    refused: Mapping[str, int]


class Attempt:
    """One try. ``deliver`` runs in a thread of its own; ``cut`` ends it from any other."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = Lock()
        self._socket: socket.socket | None = None
        self._is_cut = False

    def cut(self) -> None:
        """Nothing more is sent: not even by a thread that still waits for a name to be found."""
        with self._lock:
            self._is_cut = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def deliver(self, sender: str, recipients: Sequence[str], message: bytes) -> Taken:
        """Hand over the message; raises TemporaryFailure and PermanentFailure."""
        try:
            with closing(self._connected()) as session:
                self._begin(session)
                taken = _send(session, sender, recipients, message)
                session.leave()
                return taken
        except (smtplib.SMTPException, OSError) as error:
            raise failure(error) from None

    def _connected(self) -> _Session:
        server = self._server
        sock = self._hold(socket.create_connection((server.host, server.port), server.timeout))
        try:
            if server.tls == "implicit":
                sock = self._encrypted(sock)
            return _Session(sock)
        except BaseException:
            sock.close()
            raise

    def _hold(self, sock: socket.socket) -> socket.socket:
        with self._lock:
            self._socket = sock
            if self._is_cut:
                sock.close()
                raise TimeoutError("cut off")
            return sock

    def _encrypted(self, sock: socket.socket) -> socket.socket:
        context = self._server.context or ssl.create_default_context()
        held = context.wrap_socket(sock, server_hostname=self._server.host, do_handshake_on_connect=False)
        try:
            self._hold(held)
            held.do_handshake()
        except BaseException:
            held.close()  # it has taken the place of the socket that the caller would close
            raise
        return held

    def _begin(self, session: _Session) -> None:
        session.greet()
        if self._server.tls == "starttls":
            session.ask_for_tls()
            session.go_on(self._encrypted(session.wire))
            session.ehlo_or_helo_if_needed()
        if self._server.user:
            session.login(self._server.user, self._server.password)


class _Session(smtplib.SMTP):
    """The standard library's client on a socket that is ours, so that it can be cut off at any time."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(local_hostname=_literal(sock))
        self.go_on(sock)

    @property
    def wire(self) -> socket.socket:
        """What it speaks through."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("closed")
        return self.sock

    def go_on(self, sock: socket.socket) -> None:
        """Speak through ``sock`` from now on, and forget all that was said before, buffered or not."""
        self.sock, self.file = sock, None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features, self.does_esmtp = {}, False

    def greet(self) -> None:
        code, said = self.getreply()
        if code != READY:
            raise smtplib.SMTPConnectError(code, said)
        self.ehlo_or_helo_if_needed()

    def leave(self) -> None:
        """Say goodbye and wait for no answer: what was taken is taken."""
        with suppress(smtplib.SMTPException):
            self.putcmd("quit")

    def ask_for_tls(self) -> None:
        if not self.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError("STARTTLS is not offered")
        code, said = self.docmd("STARTTLS")
        if code != READY:
            raise smtplib.SMTPConnectError(code, said)


def _literal(sock: socket.socket) -> str:
    """Our address as a name: no name service is asked, and it is true."""
    host = str(sock.getsockname()[0])
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"


def _send(session: _Session, sender: str, recipients: Sequence[str], message: bytes) -> Taken:
    try:
        refused = {name: code for name, (code, _) in session.sendmail(sender, recipients, message).items()}
    except smtplib.SMTPRecipientsRefused as error:
        return Taken((), {name: code for name, (code, _) in error.recipients.items()})
    return Taken([name for name in recipients if name not in refused], refused)


def failure(error: Exception) -> DeliveryFailure:
    """What an exception of the standard library comes to."""
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        what = "sender" if isinstance(error, smtplib.SMTPSenderRefused) else "message"
        kind = PermanentFailure if error.smtp_code >= FOR_GOOD else TemporaryFailure
        return kind(f"answered {error.smtp_code} to the {what}")
    return TemporaryFailure(_why(error))


def _why(error: Exception) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"answered {error.smtp_code} to the log-in"
        case smtplib.SMTPNotSupportedError():
            return "offers no TLS, or no log-in, that the site asks for"
        case smtplib.SMTPResponseException():
            return f"answered {error.smtp_code} before any message"
        case smtplib.SMTPServerDisconnected():
            return "it closed the connection"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error.verify_message}"
        case TimeoutError():
            return "no answer in time"
        case OSError() if error.strerror:
            return f"{type(error).__name__}: {error.strerror}"[:200]
    return type(error).__name__
