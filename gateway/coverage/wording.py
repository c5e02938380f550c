"""Numbers of clauses in words and in figures, in Chinese and English, as they are in force and as they were shipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from gateway.documents import Quantity
from gateway.estate import Estate
from gateway.model import Text
from gateway.standards.requirement import span
from gateway.standards.standard import Clause


def required(estate: Estate, clause: Clause) -> Text:
    """What the clause asks for, its guard, and how long it may fail before there is an alarm."""
    kind = estate.kinds.get(clause.applies_to)
    meanings = kind.meanings() if kind else {}
    words = clause.require.explain(meanings)
    guard = clause.only_while.explain(meanings) if clause.only_while else None
    zh, en = words["zh"], words["en"]
    if guard:
        zh, en = f"{zh};仅当:{guard['zh']}", f"{en}; only while: {guard['en']}"
    if clause.on_delay:
        zh, en = f"{zh};不符超过 {span(clause.on_delay)} 报警", f"{en}; alarm when not so for {span(clause.on_delay)}"
    return {"zh": zh, "en": en}


def differences(shipped: Clause, now: Clause) -> list[dict[str, str]]:
    """Every figure that the site changed: ``{"key": "require.at_least", "shipped": "1 MPa", "changed": "1.1 MPa"}``."""
    before, after = dict(_figures(shipped)), dict(_figures(now))
    return [
        {"key": key, "shipped": before.get(key, "-"), "changed": after.get(key, "-")}
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]


def _figures(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """The leaves of a clause by their dotted keys. A bare float of a clause is a time in seconds."""
    if isinstance(value, BaseModel | Mapping):
        for name, below in value if isinstance(value, BaseModel) else value.items():
            yield from _figures(below, f"{key}.{name}" if key else name)
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        for number, below in enumerate(value):
            yield from _figures(below, f"{key}.{number}")
    elif isinstance(value, tuple) and not isinstance(value, Quantity):
        yield key, ", ".join(map(_said, value)) or "-"
    elif value not in (None, ""):
        yield key, _said(value)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return span(value) if isinstance(value, float) else str(value)
