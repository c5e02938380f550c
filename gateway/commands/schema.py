"""``touchpoint schema``: the JSON Schema of a file that an engineer writes; or all of them, written for an editor."""

from __future__ import annotations

import sys
from pathlib import Path

from gateway.commands import WrongUsage
from gateway.commands.show import line
from gateway.documents import suggest
from gateway.schemas import FILES, schema_text


def print_schema(name: str) -> None:
    """Print the schema called ``name``; raises WrongUsage when there is none."""
    if name not in FILES:
        known = ", ".join(f"{each} ({file})" for each, (file, _) in FILES.items())
        raise WrongUsage(f"no schema {name!r}{suggest(name, FILES)}" if name else f"name one of {known}")
    sys.stdout.write(schema_text(name))


def write_schemas(folder: Path) -> None:
    """Write every schema into ``folder`` as NAME.json; raises WrongUsage when that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (folder / f"{name}.json").write_text(schema_text(name), encoding="utf-8")
    except OSError as error:
        raise WrongUsage(f"{error.filename}: {error.strerror}") from error
    line(f"{len(FILES)} schemas are in {folder}")
