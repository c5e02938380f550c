"""Strict YAML in, checked model out; every error names file, line and the nearest valid word.

Knows YAML and pydantic, and nothing of sites, profiles or standards.
"""

from __future__ import annotations

import difflib
import errno
import math
import os
import re
import stat
import typing
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo, WithJsonSchema
from pydantic_core import ErrorDetails

from gateway.errors import DocumentError, Problem
from gateway.yaml12 import Node, YamlError, compose, line_of, plain

Model = typing.TypeVar("Model", bound=BaseModel)

LARGEST = 1024 * 1024
DEEPEST = 64
SHORT_LIST = 12
SHAPES = dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "must be keys with values: key: value")
SHAPES |= dict.fromkeys(("list_type", "tuple_type"), "must be a list: [one, another]")
SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER = r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_QUANTITY = re.compile(rf"^\s*([-+]?{_NUMBER})\s*(\S.*?)?\s*$")


class Strict(BaseModel):
    """A part of a document: unknown keys are errors, and once read it does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def parse_duration(text: object) -> float:
    """``"15min"`` → 900.0 seconds; a number without a unit is refused, because nobody knows what it means."""
    match = _QUANTITY.match(text) if isinstance(text, str) else None
    seconds = float(match[1]) * SECONDS.get(match[2], math.nan) if match else math.nan
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{text!r} is no duration: write a number and one of {', '.join(SECONDS)}, like 15min")
    return seconds


def _duration(value: object, info: ValidationInfo) -> float:
    """Code hands in seconds as a float; a file has to write the unit."""
    return value if isinstance(value, float) and not info.context else parse_duration(value)


def form(pattern: re.Pattern[str]) -> dict[str, Any]:
    """The JSON Schema of a text that is wholly of that pattern."""
    return {"type": "string", "pattern": f"^({pattern.pattern})$"}


DURATION = {"type": "string", "pattern": rf"^\s*\+?{_NUMBER}\s*({'|'.join(SECONDS)})\s*$"}
Duration = Annotated[float, BeforeValidator(_duration), WithJsonSchema(DURATION)]
"""Seconds, written ``30s``, ``15min``, ``2h``, ``31d``."""


class Quantity(typing.NamedTuple):
    """A number with the unit it was written with (``""`` for none)."""

    value: float
    unit: str

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}".rstrip()


def parse_quantity(written: object) -> Quantity:
    """``"1.0 MPa"`` → (1.0, "MPa"); plain numbers have no unit."""
    if isinstance(written, Quantity):
        return written
    match = _QUANTITY.match(str(written)) if isinstance(written, str | int | float) else None
    value = float(match[1]) if match else math.nan
    if not match or not math.isfinite(value):
        raise ValueError(f"{written!r} is no quantity: write a number and its unit, like 1.0 MPa")
    return Quantity(value, match[2] or "")


AMOUNT = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": rf"^\s*[-+]?{_NUMBER}\s*(\S.*)?$"}]}
Amount = Annotated[Quantity, BeforeValidator(parse_quantity), WithJsonSchema(AMOUNT)]


def suggest(word: object, known: Iterable[str]) -> str:
    """``', did you mean "scale"?'`` when a known word is near, else the list of what is known when it is short."""
    words = [str(each) for each in known]
    near = difflib.get_close_matches(str(word), words, n=1, cutoff=0.6)
    if near:
        return f', did you mean "{near[0]}"?'
    return f" (known: {', '.join(sorted(words))})" if 0 < len(words) <= SHORT_LIST else ""


def size_of(path: Path) -> int:
    """The bytes of a regular file; raises OSError for anything else: reading a pipe or a device may never end."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "is no regular file", str(path))
    return status.st_size


class Document:
    """One YAML file with the line of each of its keys."""

    def __init__(self, path: Path, shown_as: str | None = None) -> None:
        self.path = path
        self.name = shown_as or str(path)
        self._written: Node | None = None
        self.plain: Any = self._load()
        """What it says, as dicts, lists and scalars."""

    def _load(self) -> Any:
        try:
            if size_of(self.path) > LARGEST:
                raise self.error((), f"larger than {LARGEST // 1024} KiB")
            text = self.path.read_text(encoding="utf-8")
            if _is_deep(text):
                raise self.error((), "nested too deeply")
            self._written = compose(text)
            return plain(self._written)
        except OSError as error:
            raise self.error((), error.strerror or str(error)) from error
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            message = f"not UTF-8 at byte {error.start}: save the file as UTF-8"
            raise DocumentError([Problem(self.name, line, "", message)]) from error
        except YamlError as error:
            raise DocumentError([Problem(self.name, error.line, "", str(error))]) from error

    def line(self, where: Sequence[object]) -> int:
        """The line (from 1) on which the deepest existing part of ``where`` is written."""
        return line_of(self._written, where)

    def problem(self, where: Sequence[object], message: str) -> Problem:
        """``message`` about ``where``, with its line."""
        return Problem(self.name, self.line(where) if where else 0, ".".join(map(str, where)), message)

    def error(self, where: Sequence[object], message: str) -> DocumentError:
        """The same as an exception."""
        line = self.line(where) if where else 0
        return DocumentError([Problem(self.name, line, ".".join(map(str, where)), message)])

    def parse(self, model: type[Model], part: Sequence[object] = ()) -> Model:
        """The document (or the ``part`` of it) as a ``model``; raises DocumentError with every problem."""
        node = self.plain
        for step in part:
            node = node[step]
        return self.check(model, {} if node is None else node, part)

    def check(self, model: type[Model], node: object, part: Sequence[object] = ()) -> Model:
        """``node``, which stands for what is written at ``part``, as a ``model``; raises DocumentError."""
        try:
            return model.model_validate(node, context={"written": True})
        except ValidationError as error:
            problems = [self._problem(each, model, part) for each in error.errors(include_url=False)]
            raise DocumentError(problems) from error

    def _problem(self, error: ErrorDetails, model: type[BaseModel], part: Sequence[object]) -> Problem:
        location = [step for step in error["loc"] if step != "[key]"]
        context = error.get("ctx", {})
        message = error["msg"].removeprefix("Value error, ")
        if error["type"] == "extra_forbidden":
            message = f"unknown key{suggest(location[-1], keys_at(model, location[:-1]))}"
        elif error["type"] in ("missing", "union_tag_not_found"):
            message = "is missing"
        elif error["type"] in ("literal_error", "enum", "union_tag_invalid"):
            expected = re.findall("'([^']*)'", str(context.get("expected_tags") or context.get("expected")))
            word = context.get("tag", error["input"])
            message = f"{word!r} is not known here{suggest(word, expected)}"
        elif error["type"] in SHAPES:
            message = SHAPES[error["type"]]
        if error["type"].startswith("union_tag"):
            location.append(str(context["discriminator"]).strip("'"))
        return self.problem((*part, *self._steps(location, part)), message)

    def _steps(self, location: Sequence[object], part: Sequence[object]) -> list[object]:
        """``location`` without the steps that pydantic adds for unions and that nobody wrote."""
        node: Any = self.plain
        for step in part:
            node = node[step]
        steps: list[object] = []
        for number, step in enumerate(location):
            here = isinstance(node, Mapping) and step in node
            here = here or (isinstance(node, Sequence) and isinstance(step, int) and step < len(node))
            if here or number == len(location) - 1:
                steps.append(step)
                node = node[step] if here else None
        return steps


def _is_deep(text: str) -> bool:
    """Whether ``text`` may be nested beyond reason, for which the parser's time grows with the square of the depth."""
    depth = 0
    for bracket in re.findall(r"[][{}]", text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        if depth > DEEPEST:
            return True
    return re.search(rf"^[ ?:-]{{{4 * DEEPEST}}}", text, re.MULTILINE) is not None


def keys_at(model: type[BaseModel], where: Sequence[object]) -> set[str]:
    """The keys that ``model`` knows at ``where``."""
    here: list[Any] = [model]
    for step in where:
        here = [below for each in here for below in _below(each, step)] or here
    return {
        field.alias or name for each in here for found in _models(each) for name, field in found.model_fields.items()
    }


def _below(annotation: Any, step: object) -> list[Any]:
    found = []
    for each in _models(annotation):
        for name, field in each.model_fields.items():
            if step in (name, field.alias):
                found.append(field.annotation)
    for each in _flat(annotation):
        if typing.get_origin(each) in (dict, list, tuple) and typing.get_args(each):
            found.append(typing.get_args(each)[-1 if typing.get_origin(each) is dict else 0])
    return found


def _flat(annotation: Any) -> list[Any]:
    """``X | None``, ``Annotated[X, …]`` and the like, taken apart."""
    if typing.get_origin(annotation) in (dict, list, tuple, None):
        return [annotation]
    return [inner for each in typing.get_args(annotation) for inner in _flat(each)]


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [each for each in _flat(annotation) if isinstance(each, type) and issubclass(each, BaseModel)]
