"""The OpenAPI document with its errors told right, and a page that shows it without loading anything from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.api.problems import MEDIA_TYPE, FieldProblem, Problem

CODE = re.compile("``(.+?)``")
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h2{margin-top:2.5rem}section{border-top:1px solid #ccc;padding:.6rem 0}code{background:#f2f2f2;padding:.1rem .3rem}
.method{display:inline-block;min-width:3.5rem;font-weight:700}ul{margin:.3rem 0}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}code{background:#2a2a2a}section{border-color:#444}}
"""

TOLD: Sequence[tuple[type[BaseModel], Literal["serialization"]]] = (
    (Problem, "serialization"), (FieldProblem, "serialization"),
)  # fmt: skip


def describe(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document: every operation names problem+json as what any error looks like."""
    document = get_openapi(title=api.title, version=api.version, description=api.description, routes=api.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas |= models_json_schema(TOLD, ref_template="#/components/schemas/{model}")[1]["$defs"]
    answer = {"$ref": "#/components/schemas/Problem"}
    for _, _, operation in operations(document):
        operation["responses"].pop("422", None)
        operation["responses"]["default"] = {
            "description": "A problem (RFC 9457)",
            "content": {MEDIA_TYPE: {"schema": answer}},
        }
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation of an OpenAPI document: path, method in capitals, operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method.upper(), operation


def docs_page(document: dict[str, Any]) -> str:
    """The document as one HTML page."""
    tags: dict[str, list[str]] = {}
    for path, method, operation in operations(document):
        tags.setdefault(operation.get("tags", ["other"])[0], []).append(_section(document, path, method, operation))
    parts = "".join(f"<h2>{escape(tag)}</h2>{''.join(sections)}" for tag, sections in tags.items())
    title = escape(document["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><h1>{title}</h1>'
        f'<p>{escape(document["info"].get("description", ""))}</p><p><a href="/openapi.json">openapi.json</a></p>'
        f"{parts}</body></html>"
    )


def _section(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> str:
    fields = [(each["name"], each["in"], each) for each in operation.get("parameters", ())]
    fields += [(name, "body", schema) for name, schema in _body(document, operation).items()]
    items = "".join(
        f"<li><code>{escape(name)}</code> ({place}) {escape(told.get('description', ''))}</li>"
        for name, place, told in fields
    )
    says = CODE.sub(r"<code>\1</code>", escape(operation.get("description", operation.get("summary", ""))))
    listed = f"<ul>{items}</ul>" if items else ""
    return (
        f'<section><span class="method">{method}</span> <code>{escape(path)}</code><div>{says}</div>{listed}</section>'
    )


def _body(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    properties: dict[str, Any] = document["components"]["schemas"].get(name, {}).get("properties", {})
    return properties
