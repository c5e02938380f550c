"""YAML 1.2 by libyaml: text as plain values, and the line on which each is written. Knows nothing of their meaning.

PyYAML's own rules are those of YAML 1.1, where ``22:30`` is 1350, ``no`` is false and ``010`` is 8; these are 1.2's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from gateway.slips import in_plain_words

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # built without libyaml: the same, fifteen times slower
    from yaml import SafeLoader  # type: ignore[assignment]  # another class that does the same

__all__ = ["Node", "SafeLoader", "YamlError", "compose", "line_of", "plain"]

TAG = "tag:yaml.org,2002:"
CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
FLOATS = {"inf": float("inf"), "nan": float("nan")}


def _whole(text: str) -> int:
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _number(text: str) -> float:
    special = FLOATS.get(text.lstrip("+-").removeprefix(".").lower())
    return float(text) if special is None else -special if text.startswith("-") else special


_SCALARS: tuple[tuple[str, str, str, Callable[[str], Any]], ...] = (
    # tag, what such a scalar looks like, its first characters, its value
    ("null", "~|null|Null|NULL|", "~nN", lambda text: CONSTANTS[text.lower()]),
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF", lambda text: CONSTANTS[text.lower()]),
    ("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789", _whole),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
        _number,
    ),
    ("str", "", "", str),
)
_VALUES: Mapping[str, tuple[re.Pattern[str], Callable[[str], Any]]] = {
    TAG + name: (re.compile(looks if name != "str" else ".*", re.DOTALL), value) for name, looks, _, value in _SCALARS
}


class YamlError(Exception):
    """``line`` (from 1; 0 when there is none) and why this is no YAML that is let in."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Loader(SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML declares it so


for _name, _looks, _first, _ in _SCALARS:
    if _first:
        _Loader.add_implicit_resolver(TAG + _name, re.compile(f"^(?:{_looks})$"), ["", *_first])


def compose(text: str) -> Node | None:
    """The one document in ``text`` as libyaml's tree (None when it is empty); raises YamlError."""
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        says = error.problem or error.context or "not YAML"
        if error.context and says.startswith("but "):
            says = f"{error.context}, {says}"
        noticed, begun = ((each or mark).line + 1 if mark else 0 for each in (mark, error.context_mark))
        raise YamlError(*in_plain_words(text, says.splitlines()[0], begun, noticed)) from error
    except ReaderError as error:  # characters that no text has
        line = text.encode().count(b"\n", 0, error.position) + 1
        raise YamlError(line, f"not YAML: {str(error).partition(chr(10))[0]}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError(0, f"not YAML: {str(error).partition(chr(10))[0]}") from error


def plain(node: Node | None) -> Any:
    """The tree as dicts, lists and scalars; raises YamlError on an alias, a doubled key or an unknown tag."""
    return None if node is None else _plain(node, set())


def _plain(node: Node, seen: set[int]) -> Any:
    if id(node) in seen:
        raise YamlError(_line(node), "anchors and aliases are not allowed here: write the value out")
    seen.add(id(node))
    if isinstance(node, MappingNode) and node.tag == TAG + "map":
        return _mapping(node, seen)
    if isinstance(node, SequenceNode) and node.tag == TAG + "seq":
        return [_plain(each, seen) for each in node.value]
    if isinstance(node, ScalarNode) and node.tag in _VALUES:
        return _scalar(node)
    raise YamlError(_line(node), f"not YAML 1.2 as it is used here: {node.tag.replace(TAG, '!!')}")


def _mapping(node: MappingNode, seen: set[int]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = _plain(key_node, seen)
        if not isinstance(key, Hashable):
            raise YamlError(_line(key_node), "a list or a mapping cannot be a key")
        if key in found:
            raise YamlError(_line(key_node), f'found duplicate key "{key}"')
        found[key] = _plain(value_node, seen)
    return found


def _scalar(node: ScalarNode) -> Any:
    looks, value = _VALUES[node.tag]
    if not looks.fullmatch(node.value):
        raise YamlError(_line(node), f"{node.value!r} is no {node.tag.removeprefix(TAG)}")
    try:
        return value(node.value)
    except ValueError as error:  # more digits than Python reads
        raise YamlError(_line(node), f"not YAML: {error}") from error


def line_of(node: Node | None, where: Sequence[object]) -> int:
    """The line (from 1) on which the deepest existing part of ``where`` is written."""
    line = 1
    for step in where:
        for key, key_line, below in _parts(node):
            if key == step:
                line, node = key_line, below
                break
    return line


def _parts(node: Node | None) -> Iterator[tuple[object, int, Node]]:
    """Each key or position in ``node``, its line, and what is there."""
    if isinstance(node, MappingNode):
        for key_node, below in node.value:
            if isinstance(key_node, ScalarNode):
                yield _scalar(key_node), _line(key_node), below
    elif isinstance(node, SequenceNode):
        for number, below in enumerate(node.value):
            yield number, _line(below), below


def _line(node: Node) -> int:
    line: int = node.start_mark.line + 1
    return line
