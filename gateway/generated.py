"""Files that are made from the code and the data: ``python -m gateway.generated`` writes them, ``--check`` compares."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from gateway.api.app import Parts, build_api
from gateway.api.instruments import Instruments
from gateway.api.metrics import table as metric_table
from gateway.clock import ManualClock
from gateway.data import starter_site
from gateway.deliveries import Deliveries
from gateway.documents import Document
from gateway.gatekeeper import Gatekeeper
from gateway.health import Health
from gateway.kinds import SITE, Kind, TouchpointsFile
from gateway.messages_page import messages_page
from gateway.model import Text
from gateway.northbound.shapes import SHAPES
from gateway.northbound.shapes import schema_text as northbound_schema
from gateway.outputs.lines import GOOD, OTHER, QUALITIES, READING
from gateway.pipeline import Pipeline
from gateway.profiles import load_profile
from gateway.runner import Runner
from gateway.saved import Saved
from gateway.schemas import FILES as SCHEMA_FILES
from gateway.schemas import schema_text
from gateway.series import ALARM, OUTCOMES, PHASES, VERDICT
from gateway.site import load_estate
from gateway.site.pages import page_paths
from gateway.site.windows import WindowsFile
from gateway.standards.rows import RowsFile
from gateway.standards.standard import Clause, StandardFile
from gateway.store.store import Store

ROOT = Path(__file__).parent.parent
PROFILES = ROOT / "device_profiles"
BOOK = ROOT / "gateway" / "standards" / "book"
NORTHBOUND = ROOT / "deploy" / "northbound"
SCHEMAS = starter_site() / "schemas"
"""In the starter site, so that every new site has them at hand for its editor."""


def supported() -> str:
    """device_profiles/SUPPORTED.md: what is shipped, and how far each profile is verified."""
    rows = [_row(path) for path in sorted(PROFILES.glob("*.yaml"))]
    head = "# Supported devices\n\nMade by `python -m gateway.generated` from the profiles; do not edit.\n\n"
    table = "| profile | device | protocol | points | commands | verified by | source |\n" + "|---" * 7 + "|\n"
    return head + table + "".join(rows)


def _row(path: Path) -> str:
    profile = load_profile(path)
    cells = (
        f"[{path.stem}]({path.name})", f"{profile.maker} {profile.title}", profile.protocol,
        str(len(profile.points)), ", ".join(profile.commands), profile.verified, profile.source,
    )  # fmt: skip
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def clauses() -> str:
    """gateway/standards/book/README.md: the map of rows; every shipped clause with its limit and where that is from."""
    pages = [Document(path).parse(StandardFile) for path in page_paths(BOOK)]
    kinds = {name: kind for page in pages for name, kind in page.kinds.items()}
    parts = [
        "# The shipped clauses\n\nMade by `python -m gateway.generated` from the files beside it; do not edit.\n"
        "`text`: the touchpoint standard itself says so. `standard`: modelled on the named standard. "
        "`proposed`: our default, to be set per site.\n"
    ]
    parts += [_map(), _touchpoints(), _windows(), *(_chapter(page, kinds) for page in pages if page.clauses)]
    return "\n".join(parts)


def _map() -> str:
    """Each row of the standard with the clauses that check it, and why none does."""
    written = Document(BOOK / "rows.yaml").parse(RowsFile)
    lines = ["## What the standard asks for, and what checks it\n", "| row | asks for | checked by |", "|---|---|---|"]
    for name, row in written.rows.items():
        answers = [", ".join(f"`{clause}`" for clause in row.clauses)] if row.clauses else []
        answers += [f"{row.reason['zh']} / {row.reason['en']}"] if row.reason else []
        lines.append(f"| {name} | {row.title['zh']} / {row.title['en']} | {'; '.join(answers)} |")
    own = [f"`{name}` ({why['zh']} / {why['en']})" for name, why in written.own.items()]
    return "\n".join([*lines, "", f"Beside them the gateway's own: {'; '.join(own)}.\n"])


def _touchpoints() -> str:
    """The touchpoints, and the number that each has in each edition."""
    touchpoints = Document(BOOK / "touchpoints.yaml").parse(TouchpointsFile).touchpoints
    editions = list(dict.fromkeys(edition for each in touchpoints.values() for edition in each.numbers))
    lines = ["## Touchpoints, and their numbers in each edition\n", f"| touchpoint | title | {' | '.join(editions)} |"]
    lines.append("|---|---|" + "---|" * len(editions))
    for name, each in touchpoints.items():
        numbers = " | ".join(each.numbers.get(edition, "") for edition in editions)
        lines.append(f"| `{name}` | {each.title['zh']} / {each.title['en']} | {numbers} |")
    return "\n".join([*lines, ""])


def _windows() -> str:
    """The times that clauses speak of."""
    windows = Document(BOOK / "windows.yaml").parse(WindowsFile).windows
    lines = ["## Windows\n", "| window | title | times | basis |", "|---|---|---|---|"]
    for name, window in windows.items():
        title, basis = f"{window.title['zh']} / {window.title['en']}", window.basis
        lines.append(f"| `{name}` | {title} | {window.times()} | {basis.kind}: {basis.document} ({basis.note}) |")
    return "\n".join([*lines, ""])


def _chapter(book: StandardFile, kinds: Mapping[str, Kind]) -> str:
    rows = []
    for name, clause in book.clauses.items():
        basis = f"{clause.basis.kind}: {clause.basis.document}"
        title = f"{clause.title['zh']} / {clause.title['en']}"
        required = _required(clause, kinds[clause.applies_to])
        rows.append(f"| `{name}` | {title} | {required} | {clause.priority} | {basis} |")
    kind = kinds[next(iter(book.clauses.values())).applies_to]
    head = f"## {kind.title['zh']} / {kind.title['en']}\n\n"
    columns = "| clause | title | required (missed for how long) | priority | basis |\n|---|---|---|---|---|\n"
    return head + columns + "\n".join(rows) + "\n"


def _required(clause: Clause, kind: Kind) -> str:
    windows = Document(BOOK / "windows.yaml").parse(WindowsFile).windows
    means: dict[str, Text] = {**kind.meanings(), **{SITE + name: each.title for name, each in windows.items()}}
    guard = f"; only while: {clause.only_while.explain(means)['en']}" if clause.only_while else ""
    delay = f" (for {clause.on_delay:g} s)" if clause.on_delay else ""
    return clause.require.explain(means)["en"] + guard + delay


def measured() -> str:
    """deploy/prometheus/README.md: every metric, and the numbers that stand for words in a time-series database."""
    qualities = [f"| {code} | {reason} |" for reason, code in {"good": GOOD, "other": OTHER, **QUALITIES}.items()]
    said = [
        "# What is measured\n\nMade by `python -m gateway.generated` from the code; do not edit.\n",
        "`prometheus.yaml`: what to scrape. `alerts.yaml`: rules on the gateway; `alerts.test.yaml`: a story for",
        "each. `../grafana/touchpoint.json`: the dashboard; import it and choose the data source.\n",
        "## /metrics\n\nNames and labels stay as they are. None is of a single point or asset.\n",
        metric_table(),
        "## The influx output\n",
        "Measurements, with their tags and fields; victoria-metrics joins measurement and field by `_`. A reading has",
        "`value` (a float) if it is a number, `state` (an integer: 0, 1, or the profile's number for a word) if it is",
        "not; a bad reading has neither. Timestamps are the source's.\n",
        "| measurement | tags | fields |",
        "|---|---|---|",
        f"| `{READING}` | site, device, asset, point, unit | value, state, quality |",
        f"| `{VERDICT}` | site, asset, clause | outcome: {_codes(OUTCOMES)} |",
        f"| `{ALARM}` | site, asset, clause, priority | phase: {_codes(PHASES)}; acknowledged, hidden: 0 or 1 |",
        "\nOn victoria-metrics set `-dedup.minScrapeInterval=1ms`: what is sent again is then stored once.\n",
        "| quality | means |\n|---|---|",
        *qualities,
    ]
    return "\n".join(said) + "\n"


def _codes(codes: Mapping[Any, int]) -> str:
    return ", ".join(f"{code} {word.value}" for word, code in codes.items())


def openapi() -> str:
    """gateway/api/openapi.json: the API as it describes itself, whatever the site."""
    clock, estate = ManualClock(), load_estate(starter_site())
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "gateway.db", estate)
        health = Health(clock.now)
        runner = Runner(Pipeline(estate, Saved(), clock.now()), store, clock, health)
        deliveries = Deliveries(estate, store, clock, health)
        keeper, instruments = Gatekeeper(store, clock), Instruments(runner, clock, health)
        document = build_api(Parts(runner, clock, health, keeper, deliveries, instruments)).openapi()
        store.close()
    return _json(document)


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


FILES: Mapping[Path, Callable[[], str]] = {
    PROFILES / "SUPPORTED.md": supported,
    PROFILES / "schema.json": partial(schema_text, "profile"),
    **{SCHEMAS / f"{name}.json": partial(schema_text, name) for name in SCHEMA_FILES},
    **{NORTHBOUND / f"{name}.schema.json": partial(northbound_schema, name) for name in SHAPES},
    BOOK / "README.md": clauses,
    ROOT / "gateway" / "api" / "openapi.json": openapi,
    ROOT / "deploy" / "messages.md": messages_page,
    ROOT / "deploy" / "prometheus" / "README.md": measured,
}
"""Every generated file and what makes it."""


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` say which ones differ (exit status 1)."""
    wrong = []
    for path, make in FILES.items():
        text = make()
        if "--check" in arguments:
            wrong += [path] if not path.exists() or path.read_text(encoding="utf-8") != text else []
        else:
            path.write_text(text, encoding="utf-8")
    for path in wrong:
        sys.stdout.write(f"{path.relative_to(ROOT)} is out of date: run python -m gateway.generated\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
