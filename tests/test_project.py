"""The project's own rules: sizes, pinned requirements, nothing that only one machine knows."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.conftest import find_program

ROOT = Path(__file__).parents[1]
CODE = sorted(p for part in ("gateway", "simulators") for p in (ROOT / part).rglob("*.py"))
PINNED = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]

FILE_LINES = 400
FUNCTION_LINES = 50
FUNCTION_LINES_95 = 35
FUNCTION_LINES_MEDIAN = 10


def lines_of(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def function_sizes(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function's place and its number of lines, decorators and docstring not counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            doc = lines_of(node.body[0]) if ast.get_docstring(node, clean=False) is not None else 0
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", lines_of(node) - doc


def all_functions() -> list[tuple[str, int]]:
    return [size for path in CODE for size in function_sizes(path)]


def test_no_file_is_too_long() -> None:
    lengths = {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in CODE}
    assert {name: n for name, n in lengths.items() if n > FILE_LINES} == {}


def test_no_function_is_too_long() -> None:
    assert [(place, n) for place, n in all_functions() if n > FUNCTION_LINES] == []


def test_the_map_for_newcomers_is_whole() -> None:
    table = (
        (ROOT / "CONTRIBUTING.md")
        .read_text(encoding="utf-8")
        .partition("|---|---|\n| the tick")[2]
        .partition("\n\n")[0]
    )
    there = {each.stem for each in (ROOT / "gateway").iterdir() if each.suffix == ".py" or each.is_dir()}
    named = re.findall(r"`(\w+)`", table)
    assert sorted(named) == sorted(each for each in there if not each.startswith("_"))


def test_functions_are_short_as_a_rule() -> None:
    sizes = [n for _, n in all_functions()]
    assert median(sizes) <= FUNCTION_LINES_MEDIAN
    assert quantiles(sizes, n=20)[-1] <= FUNCTION_LINES_95


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    doc = ast.get_docstring(ast.parse(text))
    if not text.strip():
        return
    assert doc, "a module opens with one to three lines: what it is for"


@pytest.mark.parametrize("path", PINNED, ids=lambda p: p.name)
def test_requirements_are_pinned_by_hash_and_name_no_registry(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    entries = re.findall(r"^[a-z][\w.-]*==\S+.*\\\n(?:    --hash=sha256:[0-9a-f]{64}.*\n?)+", text, re.MULTILINE)
    assert "".join(entries) == text
    assert "://" not in text


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z][\w.-]*)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def normal_name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=; ]", requirement)[0]).lower()


def test_both_pin_files_agree_and_cover_the_direct_requirements() -> None:
    run_time, everything = map(pins, PINNED)
    assert run_time.items() <= everything.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {normal_name(r) for r in project["dependencies"]} <= run_time.keys()
    extras = {normal_name(r) for extra in project["optional-dependencies"].values() for r in extra}
    assert extras <= everything.keys()


def test_version_is_in_the_change_log_or_unreleased() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert version in headings or len(headings) == 1


def test_needed_program_is_found_by_name(needs: Callable[[str], str]) -> None:
    assert Path(needs("sh")).name == "sh"


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_missing_program_skips_and_in_ci_fails(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no-such-program is not installed"):
        find_program("no-such-program")
