"""A report as one table for a spreadsheet program: a row for each group of tickets, then one for each alarm metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.reports.words import CLOCKS, FIGURES, METRICS, PROVEN, titled

COUNTS = ("open_at_start", "opened", "reopened", "reoccurred", "unproven", "closed", "open_at_end", "open_s")
SPANS = tuple(name for name in FIGURES if name not in COUNTS)
COLUMNS = (
    "by", "key", "title_zh", "title_en", *COUNTS, *PROVEN, *(f"{clock}_{name}" for clock in CLOCKS for name in SPANS),
    "value", "limit", "met", "basis",
)  # fmt: skip


def rows(service: Mapping[str, Any], alarms: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Both reports, as the API tells them; what a row lacks is left out."""
    yield {"by": "total", **_figures(service["total"])}
    for dimension, groups in service["by"].items():
        for group in groups:
            title = titled(dimension, group)
            named = {"title_zh": title.get("zh", ""), "title_en": title.get("en", "")}
            yield {"by": dimension, "key": group["key"], **named, **_figures(group)}
    for name, metric in alarms["metrics"].items():
        yield {
            "by": "alarms", "key": name, "title_zh": METRICS[name]["zh"], "title_en": METRICS[name]["en"],
            "value": metric["value"], "limit": metric["limit"], "met": metric["met"], "basis": metric["basis"]["kind"],
        }  # fmt: skip


def _figures(group: Mapping[str, Any]) -> dict[str, Any]:
    clocks = {f"{clock}_{name}": group[clock][name] for clock in CLOCKS for name in SPANS}
    return {**{name: group[name] for name in COUNTS}, **group["proven"], **clocks}
