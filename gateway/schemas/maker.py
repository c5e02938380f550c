"""Makes JSON Schemas (draft 2020-12) from the models that the files are read by. Knows models, and no single file."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import CoreRef, GenerateJsonSchema
from pydantic_core import core_schema

from gateway.documents import DURATION, SECONDS
from gateway.schemas.rules import RULES
from gateway.standards.requirements import COMPARISONS, Requirement

Schema = dict[str, Any]
WHOLE = "^[-+]?[0-9]+$"


def schema_of(model: Any, title: str) -> Schema:
    """The schema of what may be written for ``model`` (a pydantic model, or a union of them)."""
    made = TypeAdapter(model).json_schema(schema_generator=Maker)
    parts = made.get("$defs", {})
    if "Adjustment" in parts:
        parts["RequirementChange"] = _any_of_their_keys(parts)
        parts["ClauseChange"] = _loosened(parts["Clause"], parts) | {"minProperties": 1}
        parts["Adjustment"]["properties"]["change"] |= {"$ref": "#/$defs/ClauseChange"}
    return {"$schema": Maker.schema_dialect, **made, "title": title}


class Maker(GenerateJsonSchema):
    """As pydantic's own, with the rules that models check by code, and with their docstrings for the reader."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """No: a key is its own title."""
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        """The model with what is written below its fields, and with its rules."""
        if schema["cls"] is Requirement:
            return self._requirement(schema)
        made = super().model_schema(schema)
        properties = made.get("properties", {})
        for name, text in _docstrings(schema["cls"]).items():
            if name in properties:
                properties[name] = {**properties[name], "description": text}
        rules = dict(RULES.get(schema["cls"], {}))
        for name, rule in rules.pop("properties", {}).items():
            properties[name] = properties.get(name, {}) | rule
        return made | rules

    def dict_schema(self, schema: core_schema.DictSchema) -> Schema:
        """A mapping; what its keys must look like is no exception from ``additionalProperties``."""
        keys, values = (self.generate_inner(schema[part]) for part in ("keys_schema", "values_schema"))
        made: Schema = {"type": "object", "additionalProperties": values}
        if keys.get("type") == "integer":
            made["propertyNames"] = {"pattern": WHOLE}
        elif "pattern" in keys:
            made["propertyNames"] = keys
        return made | ({"minProperties": schema["min_length"]} if "min_length" in schema else {})

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        """A default as it would be written: seconds get their unit, what has no written form is left out."""
        made = self.generate_inner(schema["schema"])
        default = schema.get("default")
        if isinstance(default, float) and made.get("pattern") == DURATION["pattern"]:
            return made | {"default": _written(default)}
        return made | ({"default": default} if isinstance(default, bool | int | str) and default != "" else {})

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> Schema:
        """What a model reads by code has to say its form beside it; only requirements are known here."""
        made = super().function_before_schema(schema)
        if Requirement.__name__ not in made.get("$ref", ""):
            raise TypeError(f"{schema['function']['function']}: say what may be written, by WithJsonSchema beside it")
        return made

    def _requirement(self, schema: core_schema.ModelSchema) -> Schema:
        """One of the comparisons, some of which hold requirements in turn."""
        reference, _ = self.get_cache_defs_ref_schema(CoreRef(schema["ref"]))
        self.definitions[reference] = {}  # known before going down, so that one in another becomes a reference
        choices = [self.generate_inner(each.__pydantic_core_schema__) for each in COMPARISONS.values()]
        return {"description": "What must hold: one comparison.", "oneOf": choices}


def _written(seconds: float) -> str:
    """Seconds in the largest unit of which they are a whole number."""
    unit, size = next(((unit, size) for unit, size in reversed(SECONDS.items()) if seconds % size == 0), ("ms", 0.001))
    return f"{seconds / size:g}{unit}" if seconds else "0s"


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Field → the text that stands below it in the source, also in those that the model is made from."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if not issubclass(each, BaseModel) or each is BaseModel:
            continue
        (written,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
        body = written.body if isinstance(written, ast.ClassDef) else []
        for field, below in pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and (text := _text(below)):
                found[field.target.id] = text
    return found


def _text(statement: ast.stmt) -> str:
    """What stands there if it is nothing but a text, in one line."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return " ".join(value.value.split()) if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _any_of_their_keys(parts: Mapping[str, Schema]) -> Schema:
    """Some keys of a requirement, as a site writes when it changes one."""
    found: dict[str, list[Schema]] = {}
    for choice in parts["Requirement"]["oneOf"]:
        for name, form in parts[_name(choice)]["properties"].items():
            if form not in found.setdefault(name, []):
                found[name].append(form)
    properties = {name: forms[0] if len(forms) == 1 else {"anyOf": forms} for name, forms in found.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _loosened(node: Schema, parts: Mapping[str, Schema]) -> Schema:
    """The same where every key may be left out, level by level."""
    if "$ref" in node:
        name = _name(node)
        return {"$ref": "#/$defs/RequirementChange"} if name == "Requirement" else _loosened(parts[name], parts)
    made = {key: value for key, value in node.items() if key not in ("required", "default", "description", "title")}
    if "anyOf" in node:
        made["anyOf"] = [_loosened(each, parts) for each in node["anyOf"]]
    if "properties" in node:
        made["properties"] = {name: _loosened(each, parts) for name, each in node["properties"].items()}
    return made


def _name(reference: Schema) -> str:
    name: str = reference["$ref"].removeprefix("#/$defs/")
    return name
