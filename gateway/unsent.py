"""What a socket still holds of what it was given; knows no protocol."""

from __future__ import annotations

import contextlib
import socket
import struct

AT_ONCE = struct.pack("ii", 1, 0)
"""Linger on, for 0 seconds."""


def ends_with(wire: socket.socket) -> None:
    """Have what the other side has not taken end with the connection, instead of being sent for minutes after it.

    Else it goes out on a line that comes back, a start after its stop.
    """
    with contextlib.suppress(OSError):  # it is closed already
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
