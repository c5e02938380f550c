"""The schemas of assets.csv and devices.csv: one row as an object of its cells, by column name."""

from __future__ import annotations

from typing import Any

from gateway.documents import DURATION
from gateway.schemas.rules import POSITIVELY
from gateway.site.files import SLUG, TEXT
from gateway.site.sheets import ASSETS, BY_LANGUAGE, CHINESE_FACTS, DEVICES, FACTS, HEADERS, PLACES, SHEETS, Shape

Schema = dict[str, Any]

EMPTY = {"const": ""}
SHORT = {"type": "string", "maxLength": TEXT["maxLength"]}
CELLS: dict[str, Schema] = {
    "name": SLUG,
    "unit": {"type": "string", "pattern": "^([0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])?$"},
    "every": {"anyOf": [EMPTY, DURATION | POSITIVELY]},
    "stale_after": {"anyOf": [EMPTY, DURATION | POSITIVELY]},
    "points": {"type": "string", "description": "di-1, or closed=di-1.input1; tamper=!di-1.input4"},
    "commands": {"type": "string", "description": "break_supply=relay-3.break_supply, with semicolons between them"},
    "allow": {"type": "string", "description": "Commands that may be sent to it, with semicolons between them"},
    "allow_without_timeout": {"type": "string", "description": "Those of them that it does not end by itself"},
    "next_to": {"type": "string", "description": "Assets, with semicolons between them"},
    "group": {"anyOf": [EMPTY, SLUG], "description": "An escape route, say: never tested together"},
    **dict.fromkeys(("kind", "touchpoint", "profile", "connection"), TEXT),
    **dict.fromkeys(PLACES, SHORT),
}
"""Column → what its cells are; every cell is text, and an empty one says nothing."""


def row_schema(sheet: str, title: str) -> Schema:
    """What a row of the file ``sheet`` is; each column may stand under its Chinese name too."""
    shape = SHEETS[sheet]
    columns = {key: [key, *(name for name, meant in HEADERS.items() if meant == key)] for key in shape.known}
    rules = [_one_of(columns[key]) for key in shape.needed]
    if shape is ASSETS:
        plain, by_language = columns["place"], [name for key in BY_LANGUAGE for name in columns[key]]
        rules.append({"anyOf": [_has(name) for name in (*plain, *by_language)]})
        rules.append({"not": {"allOf": [_one_of(plain), {"anyOf": [_has(name) for name in by_language]}]}})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": "One row, by the names of its columns.",
        "type": "object",
        "properties": {name: CELLS[key] for key, names in columns.items() for name in names},
        "patternProperties": {_facts(): {"type": "string"}} if shape is ASSETS else {},
        "additionalProperties": _parameter(shape),
        "allOf": rules,
    }


def _has(name: str) -> Schema:
    return {"required": [name]}


def _one_of(names: list[str]) -> Schema:
    return {"oneOf": [_has(name) for name in names]}


def _facts() -> str:
    return "^(" + "|".join(prefix.replace(".", "[.]") for prefix in (FACTS, CHINESE_FACTS)) + ")."


def _parameter(shape: Shape) -> Schema | bool:
    """Any other column is a parameter of a profile, where there are profiles."""
    return {"type": "string"} if shape is DEVICES else False
