"""What the commands of the command line do; each module is imported when its command is given."""

from __future__ import annotations

from gateway.errors import GatewayError

DONE, DOES_NOT_HOLD, WRONG_USAGE, UNREACHABLE, CONFIGURATION = 0, 1, 64, 69, 78
"""Exit statuses."""


class WrongUsage(GatewayError):
    """The command was given something that it cannot take."""
