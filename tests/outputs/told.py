"""Finds in the code itself which events the gateway can tell: nobody keeps a list that could be forgotten."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from gateway.keeping import PROGRESS
from gateway.tickets.planned import WorkState

CODE = Path(__file__).parents[2] / "gateway"
TYPE = re.compile(r"touchpoint\.([a-z_]+\.[a-z_]+)\.v1")
TELL = 4
"""Arguments of ``Journal.tell``, and of its like: what, subject, data, now. Others that are called tell take fewer."""


def events_told(code: Path = CODE) -> set[str]:
    """Every ``noun.verb`` that some module tells; raises AssertionError for one that cannot be found out."""
    found: set[str] = set()
    for path in sorted({*code.rglob("*.py")} - {CODE / "samples.py"}):  # which only tells again what others tell
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for call in _calls(function, lambda name: "tell" in name):
                    if len(call.args) + len(call.keywords) >= TELL and not _hands_on(call, function):
                        found |= _names(call.args[0], function, f"{path.name}:{call.lineno}")
        found |= {told[1] for each in _constants(tree) if (told := TYPE.fullmatch(each))}
    return found


def _hands_on(call: ast.Call, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """What is told is found where this function is called; or it is called alike, and tells of something else."""
    what, parameters = call.args[0], {each.arg for each in function.args.args}
    if isinstance(what, ast.Name) and what.id in parameters and "tell" in function.name:
        return True
    return _name(call).startswith("_") and not isinstance(what, ast.Constant | ast.JoinedStr)


def _name(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def _names(what: ast.expr, function: ast.AST, where: str) -> set[str]:
    match what:
        case ast.Constant(value=str(name)):
            return {name}
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), ast.FormattedValue(value=rest)]):
            assert ast.unparse(rest) in ENDINGS, f"{where}: teach this test what {ast.unparse(rest)} can be"
            return {f"{start}{end}" for end in ENDINGS[ast.unparse(rest)]()}
        case ast.IfExp(body=body, orelse=orelse):
            return _names(body, function, where) | _names(orelse, function, where)
        case ast.Name(id=name):
            given = [
                each.value for each in ast.walk(function)
                if isinstance(each, ast.Assign) and [ast.unparse(target) for target in each.targets] == [name]
            ]  # fmt: skip
            assert given, f"{where}: what is told is not seen here"
            return {told for each in given for told in _names(each, function, where)}
    raise AssertionError(f"{where}: what is told is not written as a text")


def _calls(tree: ast.AST, wanted: Callable[[str], bool]) -> Iterator[ast.Call]:
    for each in ast.walk(tree):
        if isinstance(each, ast.Call) and wanted(_name(each)):
            yield each


def _constants(tree: ast.AST) -> Iterator[str]:
    yield from (each.value for each in ast.walk(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str))


def _of(path: str, function: str) -> set[str]:
    """The texts that are written in a function."""
    (found,) = (
        each for each in ast.walk(ast.parse((CODE / path).read_text(encoding="utf-8")))
        if isinstance(each, ast.FunctionDef) and each.name == function
    )  # fmt: skip
    return set(_constants(ast.Module(found.body[1:], [])))


def _log_entries() -> set[str]:
    """What a line of a ticket's log can be."""
    found = set()
    for path in sorted((CODE / "tickets").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in _calls(tree, lambda name: name in ("with_entry", "Entry")):
            if isinstance(call.args[2], ast.Constant):
                found.add(str(call.args[2].value))
            else:
                known = ("what", "step.what")  # handed on by with_entry, and found below
                assert ast.unparse(call.args[2]) in known, f"{path.name}:{call.lineno}: what is written into the log?"
    return found | _of("tickets/service_level.py", "what")


ENDINGS: Mapping[str, Callable[[], set[str]]] = {
    "entry.what": _log_entries,
    "change": lambda: _of("telling.py", "alarm_change"),
    "work.state.value": lambda: {each.value for each in WorkState},
    "PROGRESS[test.stage]": lambda: set(PROGRESS.values()),
}
"""What ends the name of an event that is put together, as it is written, and what it can be."""
