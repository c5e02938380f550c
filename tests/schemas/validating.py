"""What a schema says of something written, by a validator that is not ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from gateway.schemas import FILES, make_schema

SCHEMAS = {name: make_schema(name) for name in FILES}
VALIDATORS = {name: jsonschema_rs.Draft202012Validator(schema) for name, schema in SCHEMAS.items()}


def as_json(written: Any) -> Any:
    """What YAML says as JSON has it: keys are text."""
    if isinstance(written, Mapping):
        return {key if isinstance(key, str) else str(key).lower(): as_json(value) for key, value in written.items()}
    return [as_json(each) for each in written] if isinstance(written, list) else written


def errors(name: str, written: Any) -> list[str]:
    """What is wrong in what is ``written``, by the schema of that name."""
    return [f"{each.instance_path}: {each.message}" for each in VALIDATORS[name].iter_errors(as_json(written))]
