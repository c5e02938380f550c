"""assets.csv and devices.csv: what site.yaml says of assets and devices, as rows of a spreadsheet.

Every row becomes what a stanza of site.yaml would be, and is checked as one; knows no kinds and no wires.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gateway.documents import Document, Strict, suggest
from gateway.errors import DocumentError, Problem
from gateway.site.assets import ALSO
from gateway.site.cells import Row, read_rows
from gateway.site.files import AssetStanza, DeviceStanza, Findings, SiteFile, Slug
from gateway.site.kinds import Vocabulary
from gateway.site.wires import Profiles

HEADERS = {
    "名称": "name",
    "类别": "kind",
    "触点": "touchpoint",
    "位置": "place.zh",
    "位置(中文)": "place.zh",
    "位置(英文)": "place.en",
    "点位": "points",
    "相邻": "next_to",
    "分组": "group",
    "设备型号": "profile",
    "连接": "connection",
    "站号": "unit",
    "轮询间隔": "every",
    "失效时间": "stale_after",
    "允许命令": "allow",
    "允许无超时命令": "allow_without_timeout",
    "命令": "commands",
}
"""What a column may be called beside the key that it stands for."""
FACTS, CHINESE_FACTS = "facts.", "资料."
MOST_COLUMNS = 200
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_WIDE = str.maketrans("；＝！", ";=!")


class AssetRows(Strict):
    """What assets.csv comes to."""

    assets: Mapping[Slug, AssetStanza]


class DeviceRows(Strict):
    """What devices.csv comes to."""

    devices: Mapping[Slug, DeviceStanza]


@dataclass(frozen=True, slots=True)
class Shape:
    """Which columns a sheet needs, and which others it may have."""

    part: str
    model: type[AssetRows | DeviceRows]
    needed: tuple[str, ...]
    other: tuple[str, ...]
    open: bool = False
    """Whether any other column may be a parameter; which ones are is seen once the profiles are known."""

    @property
    def known(self) -> tuple[str, ...]:
        """The columns that every such sheet may have."""
        return self.needed + self.other


BY_LANGUAGE = ("place.zh", "place.en")
PLACES = ("place", *BY_LANGUAGE)
ASSETS = Shape("assets", AssetRows, ("name", "kind", "touchpoint"), (*PLACES, "points", "commands", "next_to", "group"))
OF_DEVICES = ("unit", "every", "stale_after", "allow", "allow_without_timeout")
DEVICES = Shape("devices", DeviceRows, ("name", "profile", "connection"), OF_DEVICES, open=True)
SHEETS = {"assets.csv": ASSETS, "devices.csv": DEVICES}


def points_of(written: str) -> Any:
    """A cell of points as site.yaml has them: ``di-1``, or ``closed=di-1.input1; tamper=!di-1.input4``.

    An exclamation mark turns a contact round. Raises ValueError.
    """
    named: dict[str, Any] = {}
    whole: list[str] = []
    for part in names_of(written):
        point, equals, source = (each.strip() for each in part.partition("="))
        told = source.removeprefix("!").strip()
        if not equals:
            whole.append(part)
        elif point in ("", ALSO) or "." not in told:
            raise ValueError(f"{part!r}: write point=device.point, or point=!device.point to turn a contact round")
        elif point in named:
            raise ValueError(f"{point} is there twice")
        else:
            named[point] = {"from": told, "inverted": True} if source.startswith("!") else told
    if not named:
        return whole[0] if len(whole) == 1 else whole
    return {**named, ALSO: whole} if whole else named


def names_of(written: str) -> list[str]:
    """The parts of a cell between its semicolons."""
    return [part.strip() for part in written.translate(_WIDE).split(";") if part.strip()]


def whole_number(written: str) -> int | str:
    """The cell as YAML would read it: a whole number where it looks like one."""
    return int(written) if _WHOLE.fullmatch(written) else written


def commands_of(written: str) -> dict[str, str]:
    """A cell of commands as site.yaml has them: ``break_supply=relay-3.break_supply; …``. Raises ValueError."""
    parts = [part.partition("=") for part in names_of(written)]
    named = {command.strip(): source.strip() for command, _, source in parts}
    if len(named) < len(parts) or not all(equals for _, equals, _ in parts):
        raise ValueError(f"{written!r}: write each command once, as command=device.command")
    return named


READ: Mapping[str, Callable[[str], Any]] = {
    "points": points_of, "commands": commands_of, "next_to": names_of, "unit": whole_number,
    "allow": names_of, "allow_without_timeout": names_of,
}  # fmt: skip
"""How a cell is read; every other one is text, and what it means is checked where site.yaml's is."""


class Sheet(Document):
    """One CSV file as the part of site.yaml that it stands for. What is wrong with its rows is in ``problems``."""

    def __init__(self, path: Path, shape: Shape, facts: Collection[str] = ()) -> None:
        self.shape = shape
        self.columns: dict[str, str] = {}
        """Key → the column's name as it is written."""
        self.rows: dict[object, int] = {}
        self.problems: list[Problem] = []
        self._facts = {f"{FACTS}{fact}" for fact in facts}
        self._header = 1
        super().__init__(path)

    def _load(self) -> Any:
        rows = read_rows(self.path, self.name)
        stanzas: dict[str, Any] = {}
        if rows:
            self._header = rows[0].number
            keys = self._keys(rows[0])
            if self.problems:
                raise DocumentError(self.problems)
            for row in rows[1:]:
                self._add(row, keys, stanzas)
        return {self.shape.part: stanzas}

    def line(self, where: Sequence[object]) -> int:
        """The row of the name in ``where``, as the spreadsheet program counts."""
        return self.rows.get(where[1], 0) if len(where) > 1 else 0

    def problem(self, where: Sequence[object], message: str) -> Problem:
        """``message`` about ``where``, with its row and its column as the file calls it."""
        return Problem(self.name, self.line(where), self._column([str(step) for step in where[1:]]), message)

    def _column(self, steps: Sequence[str]) -> str:
        name, keys = steps[:1], steps[1:]
        for length in range(len(keys), 0, -1):
            header = self.columns.get(".".join(keys[:length]))
            if header:
                return ".".join([header, *keys[length:]])
        return ".".join(keys) or " ".join([self.columns["name"], *name])

    def _wrong(self, row: int, column: str, message: str) -> None:
        self.problems.append(Problem(self.name, row, column, message))

    def _keys(self, row: Row) -> list[str]:
        """The key of each column, "" for one without a name."""
        if len(row.cells) > MOST_COLUMNS:
            self._wrong(row.number, "", f"more than {MOST_COLUMNS} columns")
            return []
        keys = [_key(header) for header in row.cells]
        for key, header in zip(keys, row.cells, strict=True):
            if key in self.columns:
                self._wrong(row.number, header, f"is the column {self.columns[key]!r} again")
            elif key:
                self.columns[key] = header
                if not self._is_known(key):
                    self._unknown(key)
        for key in self._missing():
            strays = [header for column, header in self.columns.items() if column not in self.shape.known]
            self._wrong(row.number, key, f"there is no such column{_near(key, strays)}")
        if "place" in self.columns and self.columns.keys() & set(BY_LANGUAGE):
            self._wrong(row.number, self.columns["place"], "is for every language: leave out the others, or this one")
        return keys

    def _missing(self) -> list[str]:
        needed = list(self.shape.needed)
        if "place" in self.shape.known and not self.columns.keys() & set(PLACES):
            needed.append("place")
        return [key for key in needed if key not in self.columns]

    def _is_known(self, key: str) -> bool:
        return key in self.shape.known or key in self._facts or (self.shape.open and key not in ASSETS.known)

    def _unknown(self, key: str, parameters: Collection[str] = ()) -> None:
        header, known = self.columns[key], self.shape.known
        chinese = [name for name, meant in HEADERS.items() if meant in known]
        near = _near(header, [*known, *chinese, *sorted(self._facts), *parameters])
        self._wrong(self._header, header, f"unknown column{near or suggest(header, known)}")

    def _add(self, row: Row, keys: Sequence[str], stanzas: dict[str, Any]) -> None:
        """Make the row a stanza, unless it has no name or one that is there already."""
        cells = dict(zip(keys, row.cells, strict=False))
        name = cells.pop("name", "")
        for number, cell in enumerate(row.cells):
            if cell and (number >= len(keys) or not keys[number]):
                self._wrong(row.number, f"column {number + 1}", f"{cell!r} stands under no column name")
        if not name or name in self.rows:
            message = f"{name!r} is already in row {self.rows[name]}" if name else "is missing"
            self._wrong(row.number, self.columns["name"], message)
            return
        self.rows[name] = row.number
        stanza = stanzas[name] = {}
        for key, cell in cells.items():
            try:
                if key and cell:
                    value = READ.get(key, str)(cell)
                    _put(stanza, (key,) if self.shape.open else key.split(".", 1), value)
            except ValueError as error:
                self.problems.append(self.problem((self.shape.part, name, key), str(error)))

    def fit(self, profiles: Profiles) -> None:
        """Give every parameter the type that its profile wants; a column that is no profile's parameter is wrong."""
        stanzas = self.plain[self.shape.part].values()
        named = {stanza.get("profile") for stanza in stanzas}
        found = {name: profiles.get(name) for name in named & profiles.paths.keys()}
        parameters = {key for profile in found.values() if profile for key in profile.parameters}
        for key in [key for key in self.columns if key not in self.shape.known]:
            if key not in parameters and named == found.keys() and all(found.values()):
                self._unknown(key, parameters)
            for stanza in (stanza for stanza in stanzas if key in stanza):
                profile = found.get(stanza.get("profile"))
                stanza[key] = _parameter(profile.parameters.get(key) if profile else None, stanza[key])


def _parameter(default: int | str | None, written: str) -> int | str:
    return written if isinstance(default, str) else whole_number(written)


def _near(word: str, known: Collection[str]) -> str:
    hint = suggest(word, known)
    return hint if "did you mean" in hint else ""


def _key(header: str) -> str:
    """The key that a column's name stands for: ``位置（英文）`` is ``place.en``."""
    name = unicodedata.normalize("NFKC", header).strip()
    if name.startswith(CHINESE_FACTS):
        return FACTS + name.removeprefix(CHINESE_FACTS)
    return HEADERS.get(name, name)


def _put(stanza: dict[str, Any], steps: Sequence[str], value: Any) -> None:
    """Set a value, as the key ``en`` of ``place`` where that is what the steps are."""
    for step in steps[:-1]:
        stanza = stanza.setdefault(step, {})
    stanza[steps[-1]] = value


class SiteDocument(Document):
    """site.yaml with the sheets beside it: what a sheet says is told with the sheet's row."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._elsewhere: dict[tuple[object, ...], Sheet] = {}

    def problem(self, where: Sequence[object], message: str) -> Problem:
        """``message`` about ``where``, with its file, line or row, and key or column."""
        sheet = self._elsewhere.get(tuple(where[:2])) if self._elsewhere else None
        return sheet.problem(where, message) if sheet else super().problem(where, message)

    def joined(self, site: SiteFile, sheets: Mapping[Sheet, AssetRows | DeviceRows], findings: Findings) -> SiteFile:
        """``site`` with what the sheets say too; a name that both have is noted."""
        found: dict[str, Any] = {}
        for sheet, parsed in sheets.items():
            part = sheet.shape.part
            written, more = getattr(site, part), getattr(parsed, part)
            for name in more.keys() & written.keys():
                message = f"is already in {self.path.name}:{self.line((part, name))}"
                findings.wrong(sheet, (part, name), message)
            found[part] = {**written, **more}
            self._elsewhere.update({(part, name): sheet for name in more.keys() - written.keys()})
        return site.model_copy(update=found)


def read_sheets(
    folder: Path, profiles: Profiles, vocabulary: Vocabulary, findings: Findings
) -> dict[Sheet, AssetRows | DeviceRows] | None:
    """The sheets in ``folder`` and what they come to; None when one is wrong, which is then noted."""
    facts = {fact for kind in vocabulary.kinds.values() for fact in kind.facts}
    found: dict[Sheet, AssetRows | DeviceRows] = {}
    before = len(findings.problems)
    for name, shape in SHEETS.items():
        path = folder / name
        sheet = findings.attempt(partial(Sheet, path, shape, () if shape.open else facts)) if path.exists() else None
        if sheet:
            sheet.fit(profiles)
            findings.problems.extend(sheet.problems)
            parsed = findings.attempt(partial(sheet.parse, shape.model))
            found |= {sheet: parsed} if parsed else {}
    return found if len(findings.problems) == before else None
