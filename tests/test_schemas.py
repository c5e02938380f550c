"""Every file that is shipped fits its schema; what a schema refuses, ``touchpoint check`` refuses too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from gateway.data import demo_site, shipped, starter_site
from gateway.documents import Document
from gateway.schemas import FILES, make_schema
from gateway.site.pages import page_paths

SCHEMAS = {name: make_schema(name) for name in FILES}
VALIDATORS = {name: jsonschema_rs.Draft202012Validator(schema) for name, schema in SCHEMAS.items()}


def as_json(written: Any) -> Any:
    """What YAML says as JSON has it: keys are text."""
    if isinstance(written, Mapping):
        return {key if isinstance(key, str) else str(key).lower(): as_json(value) for key, value in written.items()}
    return [as_json(each) for each in written] if isinstance(written, list) else written


def errors(name: str, written: Any) -> list[str]:
    return [f"{each.instance_path}: {each.message}" for each in VALIDATORS[name].iter_errors(as_json(written))]


def shipped_files() -> Iterator[tuple[str, Path]]:
    data = shipped()
    for site in (demo_site(), starter_site()):
        yield "site", site / "site.yaml"
        if (site / "standards.yaml").exists():
            yield "standards", site / "standards.yaml"
    yield "windows", data.book / "windows.yaml"
    for page in page_paths(data.book):
        yield "standards", page
        yield "kinds", page
    yield "windows", data.book / "windows.yaml"
    for path in sorted(data.profiles.glob("*.yaml")):
        yield "profile", path
    for path in sorted((data.book / "examples").glob("*.test.yaml")):
        yield "examples", path


@pytest.mark.parametrize("name", list(FILES))
def test_a_schema_is_one(name: str) -> None:
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(SCHEMAS[name])


@pytest.mark.parametrize(("name", "path"), list(shipped_files()), ids=lambda each: getattr(each, "name", each))
def test_every_shipped_file_fits_its_schema(name: str, path: Path) -> None:
    assert errors(name, Document(path).plain) == []
