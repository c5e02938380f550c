"""What an adapter has against its settings, before anything is started. Builds each, and sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gateway.documents import Document
from gateway.errors import Problem
from gateway.estate import Estate
from gateway.outputs import output_of


def wrong_outputs(estate: Estate, folder: Path) -> Iterator[Problem]:
    """Every output of the site that cannot be built, also for want of a library, with its line."""
    for output in estate.outputs.values():
        try:
            output_of(estate, output.name)
        except ValueError as error:
            yield Document(folder / "site.yaml").problem(("outputs", output.name), str(error))
