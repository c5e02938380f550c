"""What truly happened, one JSON object a line: conditions, discharges, commands and what they held on, traffic."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TextIO

from simulators.modbus.pdu import Write


class Ledger:
    """Appends to a file, whole lines at once; without a file it only remembers. Times are simulated epoch seconds."""

    def __init__(self, path: Path | None = None) -> None:
        self.lines: list[dict[str, object]] = []
        self.commands: Counter[str] = Counter()
        """How many write frames and messages came to each device."""
        self._file: TextIO | None = path.open("a", encoding="utf-8") if path else None

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def started(self, at: float, **facts: object) -> None:
        """Everything listens; scenario times count from here."""
        self._append({"at": at, "started": facts})

    def condition(self, at: float, phase: str, facts: Mapping[str, object]) -> None:
        """A true condition begins (`onset`) or ends (`end`)."""
        self._append({"at": at, "phase": phase, **facts})

    def remember(self, at: float, what: str, facts: Mapping[str, object]) -> None:
        """Something that a plant did is over."""
        self._append({"at": at, what: dict(facts)})

    def write(self, at: float, connection: str, unit: int, write: Write, device: str = "") -> None:
        """A write frame that arrived for a device, "" for none, whether or not it did anything because of it."""
        frame = {"function": write.function, "address": write.address, "values": list(write.values)}
        where = {"connection": connection, "unit": unit, "device": device}
        self._command(at, device, "write", {**where, **frame, "acted": write.acted})

    def message(self, at: float, device: str, topic: str, payload: str, *, acted: bool) -> None:
        """A message that arrived at a device on a topic for commands."""
        self._command(at, device, "message", {"device": device, "topic": topic, "payload": payload, "acted": acted})

    def _command(self, at: float, device: str, what: str, facts: Mapping[str, object]) -> None:
        self.commands[device] += 1
        self._append({"at": at, what: dict(facts)})

    def ended(self, at: float, counters: Mapping[str, int]) -> None:
        """Traffic over the whole run."""
        self._append({"at": at, "counters": dict(counters)})

    def _append(self, line: dict[str, object]) -> None:
        self.lines.append(line)
        if self._file is not None:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
