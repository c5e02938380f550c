"""Where a wire ends: a host by name or number, or a serial port of this machine. Touches no network."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

LONGEST = 253
_OCTET = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_V4, _V6 = rf"{_OCTET}(\.{_OCTET}){{3}}", r"[0-9A-Fa-f]*(:[0-9A-Fa-f.]*){2,}(%[A-Za-z0-9._-]+)?"
_NAME = r"(?![0-9.]+$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?"
_HOST = re.compile(f"{_V4}|{_V6}|{_NAME}")
_WITH_PORT = re.compile(rf"(?:[a-z+-]+://)?({_V4}|{_NAME}):([0-9]+)/?")
_SERIAL = re.compile("/.+")


def check_host(written: str) -> str:
    """``written``, when it is one host's name or address; raises ValueError with what to write instead."""
    if _HOST.fullmatch(written) and len(written) <= LONGEST:
        return written
    apart = _WITH_PORT.fullmatch(written)
    if apart:
        host, port = apart[1], apart[apart.lastindex or 0]
        raise ValueError(f"{written!r} is more than a host: write host: {host}, port: {port}")
    raise ValueError(f"{written!r} is no host: write a name or an IP address, and nothing else, like 192.168.1.20")


def check_serial_port(written: str) -> str:
    """``written``, when it is a path from the root; raises ValueError."""
    if not _SERIAL.fullmatch(written):
        raise ValueError(f"{written!r} is no serial port here: write its whole path, like /dev/ttyUSB0")
    return written


def _schema(pattern: re.Pattern[str], longest: int) -> dict[str, str | int]:
    return {"type": "string", "minLength": 1, "maxLength": longest, "pattern": f"^({pattern.pattern})$"}


Host = Annotated[str, AfterValidator(check_host), WithJsonSchema(_schema(_HOST, LONGEST))]
SerialPort = Annotated[str, AfterValidator(check_serial_port), WithJsonSchema(_schema(_SERIAL, 4096))]
