"""The command ``touchpoint``, also as ``python -m gateway``.

Ctrl-C ends it quietly, also while its modules are read.
"""

from __future__ import annotations

import io
import sys

INTERRUPTED = 130
"""What a shell gives a program that Ctrl-C ended."""


def main() -> None:
    """Carry out what the command line says; ends with its exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal without Chinese: shown as JSON would have it
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        from gateway.cli import outcome  # noqa: PLC0415  # reading it is what Ctrl-C may come into

        status = outcome(sys.argv[1:])
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.exit(status)


if __name__ == "__main__":
    main()
