"""`python -m tests.bench`: the table of `make bench`. Nothing in it is a test: a busy machine is no failure."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.idle import BUSY, CHANGED
from tests.bench.rounds import TOPICS, Figures, Load, idle_round, modbus_round, mqtt_round
from tests.bench.sites import FIELDS
from tests.bench.table import cells, markdown, plain
from tests.conftest import SEARCH

Rounds = list[dict[str, Figures]]


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=7.0, help="for which each is measured")
    parser.add_argument("--warm", type=float, default=3.0, help="seconds before that")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--registers", type=int, default=64)
    parser.add_argument("--messages", type=int, default=20_000)
    sizes = "how many clauses stand beside those that are judged"
    parser.add_argument("--clauses", type=int, nargs="+", default=[1_000, 5_000, 10_000, 50_000], help=sizes)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's figures there")
    parser.add_argument("--markdown", action="store_true", help="tables as the README shows them")
    return parser.parse_args(words)


def measure(asked: argparse.Namespace, say: Callable[[str], None]) -> dict[str, Rounds]:
    """Every round of each; without mosquitto only Modbus, and a line that says so."""
    load = Load(asked.devices, asked.registers, asked.messages, asked.warm, asked.seconds)
    mosquitto = shutil.which("mosquitto", path=SEARCH)
    found: dict[str, Rounds] = {"modbus": [], **({"mqtt": []} if mosquitto else {}), "idle": []}
    for number in range(asked.rounds):
        say(f"round {number + 1} of {asked.rounds} ...")
        found["modbus"].append(modbus_round(load))
        if mosquitto:
            found["mqtt"].append(mqtt_round(load, mosquitto))
        found["idle"].append(idle_round(asked.clauses))
    if not mosquitto:
        say("mosquitto is not installed: MQTT is not measured")
    return found


def shown(asked: argparse.Namespace, found: dict[str, Rounds]) -> str:
    """The tables with what they show."""
    titles = {
        "modbus": f"Modbus TCP: {asked.devices} devices × {asked.registers} registers each second, all changing",
        "mqtt": f"MQTT: {asked.messages:,} messages at QoS 1, {FIELDS} values each, on {TOPICS} topics, in one flood",
        "idle": f"Judging: {BUSY} assets tell {CHANGED} new values each second, on sites of ever more idle clauses",
    }
    layout = markdown if asked.markdown else plain
    tables = [f"{titles[name]}\n\n{layout(cells(rounds))}\n" for name, rounds in found.items()]
    return "\n".join(
        [*tables, "Median (least–greatest) of all rounds; age: from a value's reading to after its verdict's commit."]
    )


def main() -> None:
    """Measure, print, and write what was asked for."""
    asked = options()
    found = measure(asked, lambda line: print(line, file=sys.stderr, flush=True))
    print(shown(asked, found))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
