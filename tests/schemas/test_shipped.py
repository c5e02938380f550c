"""Every schema is one, lies at hand in a new site, and takes every file that is shipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest

from gateway.data import demo_site, shipped, starter_site
from gateway.documents import Document
from gateway.schemas import FILES
from gateway.site.pages import page_paths
from tests.schemas.validating import SCHEMAS, errors

EDITORS = "# yaml-language-server: $schema="


def shipped_files() -> Iterator[tuple[str, Path]]:
    """The name of its schema, and each file."""
    data = shipped()
    for site in (demo_site(), starter_site()):
        for name in ("site", "standards"):
            if (site / f"{name}.yaml").exists():
                yield name, site / f"{name}.yaml"
    for page in page_paths(data.book):
        yield "standards", page
    yield "windows", data.book / "windows.yaml"
    for path in sorted(data.profiles.glob("*.yaml")):
        yield "profile", path
    for path in sorted((data.book / "examples").glob("*.test.yaml")):
        yield "examples", path


@pytest.mark.parametrize("name", list(FILES))
def test_a_schema_is_one_and_a_new_site_has_it_at_hand(name: str) -> None:
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(SCHEMAS[name])
    assert (starter_site() / "schemas" / f"{name}.json").exists()


@pytest.mark.parametrize(("name", "path"), list(shipped_files()), ids=lambda each: getattr(each, "name", each))
def test_every_shipped_file_fits_its_schema(name: str, path: Path) -> None:
    assert errors(name, Document(path).plain) == []


def test_the_line_for_editors_leads_to_the_schema_of_that_file() -> None:
    named = {}
    for name, path in shipped_files():
        first = path.read_text(encoding="utf-8").splitlines()[0]
        if first.startswith(EDITORS):
            target = (path.parent / first.removeprefix(EDITORS)).resolve()
            named[path.parent.name, path.name] = (target.stem, name, target.is_file())
    assert named[starter_site().name, "site.yaml"] == ("site", "site", True)
    assert named[starter_site().name, "standards.yaml"] == ("standards", "standards", True)
    assert {found == wanted and there for found, wanted, there in named.values()} == {True}
