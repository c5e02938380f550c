"""``python -m gateway`` is ``touchpoint``."""

from gateway.cli import main

main()
