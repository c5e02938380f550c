"""``touchpoint backup``: a proven copy of the database, while the gateway works."""

from __future__ import annotations

from pathlib import Path

from gateway.commands import WrongUsage
from gateway.commands.show import as_json as print_json
from gateway.commands.show import line
from gateway.store.backup import copy


def back_up(state: Path, file: Path, as_json: bool) -> None:
    """Copy ``state``'s database to ``file``; raises BackupError when there is no good copy."""
    database = state / "gateway.db"
    if not database.is_file():
        raise WrongUsage(f"there is no database {database}: has the gateway run here? (--state says where)")
    if file.exists():
        raise WrongUsage(f"{file} is there already: name a new file")
    size = copy(database, file)
    if as_json:
        print_json({"database": str(database), "copy": str(file), "bytes": size, "sound": True})
    else:
        line(f"{file}: {size / 1e6:.1f} MB, whole, and its audit chain holds. Put it back as {database}")
