"""The log book as rows of a spreadsheet: numbers stay numbers, times carry the zone, words are in both languages.

Knows no CSV.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.logbook.speech import BOTH, Speech, conditions
from gateway.outputs.wording import in_language

AS_THEY_ARE = (
    "id", "asset", "touchpoint", "kind", "started_by", "outcome", "finding", "lasted_s", "resolution_s", "limit_s",
    "lowest_voltage_v", "floor_v", "why", "remark", "clause",
)  # fmt: skip
WORDS = ("place", "test", "starter", "result", "reason", "title")
COLUMNS = (
    "id", "started_at", "ended_at", "asset", "place_zh", "place_en", "touchpoint", "kind", "test_zh", "test_en",
    "started_by", "starter_zh", "starter_en", "before_zh", "before_en", "outcome", "result_zh", "result_en",
    "finding", "reason_zh", "reason_en", "lasted_s", "resolution_s", "limit_s", "lowest_voltage_v",
    "floor_v", "due", "why", "remark", "ticket", "ticket_state", "ticket_opened_at", "cleared_at", "cleared_by",
    "proven_by", "clause", "title_zh", "title_en", "basis", "document", "note", "standard", "digest",
)  # fmt: skip
"""``_s``: seconds; ``_v``: volts; empty where unknown."""


def cells(row: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """One entry (``facts.line``) by column."""
    told = {key: row[key] for key in AS_THEY_ARE}
    told |= {f"{key}_{each}": in_language(row[key], each) for key in WORDS for each in BOTH}
    told |= {f"before_{each}": "; ".join(conditions(row["before"], Speech((each,), zone))) for each in BOTH}
    told |= {key: _local(row[key], zone) for key in ("started_at", "ended_at", "due")} | _ticket(row["ticket"], zone)
    basis, standard = row["basis"], row["standard"]
    grounds = {"basis": basis.get("kind", ""), "document": basis.get("document", ""), "note": basis.get("note", "")}
    return {**told, **grounds, "standard": standard.get("version", ""), "digest": standard.get("digest", "")}


def _ticket(ticket: Mapping[str, Any] | None, zone: ZoneInfo) -> dict[str, Any]:
    told = dict(ticket or dict.fromkeys(("id", "state", "opened_at", "cleared_at", "cleared_by", "proven_by"), None))
    times = {key: _local(told.pop(key), zone) for key in ("opened_at", "cleared_at")}
    named = {"ticket": told.pop("id"), "ticket_state": told.pop("state"), "ticket_opened_at": times["opened_at"]}
    return {**named, **told, "cleared_at": times["cleared_at"]}


def _local(moment: str | None, zone: ZoneInfo) -> str:
    return "" if moment is None else datetime.fromisoformat(moment).astimezone(zone).isoformat(timespec="milliseconds")
