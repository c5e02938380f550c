"""Which registers to ask for in one request, and what the answer means. Pure: knows no sockets and no time.

Everything is worked out once, when a device is planned; an answer is then decoded by ready-made functions.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gateway.model import BadReading, Reading
from gateway.profiles import ModbusPoint, ModbusProfile
from gateway.sources.values import finisher, raw_reader

FUNCTIONS: dict[str, int] = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
"""Modbus function code that reads each table."""
BIT_TABLES = ("coil", "discrete")
LAST_ADDRESS = 0xFFFF
LONGEST_FORMULA = 200

Words: TypeAlias = Sequence[int]
"""Registers as numbers from 0 to 65535, or the 0 and 1 of a bit table."""
Cut: TypeAlias = tuple[str, int]
"""``(table, address)`` into which no read may run on from below: there is a hole in front of it."""
_ARITHMETIC: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
}  # fmt: skip


def address_of(written: int | str, parameters: Mapping[str, int | str]) -> int:
    """The address that ``written`` (a number, or a formula of ``+ - * ( )`` and parameters) stands for.

    Raises ValueError when it is no such formula, names an unknown parameter or leaves 0 to 65535.
    """
    address = written if isinstance(written, int) else _evaluate(_parsed(written), parameters)
    if not 0 <= address <= LAST_ADDRESS:
        raise ValueError(f"address {written} is {address}, outside 0 to 65535")
    return address


def _parsed(formula: str) -> ast.expr:
    try:
        if len(formula) > LONGEST_FORMULA:
            raise ValueError(f"longer than {LONGEST_FORMULA} characters")
        return ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"address {formula!r} is no formula of + - * ( ) and parameters") from error


def _evaluate(node: ast.expr, parameters: Mapping[str, int | str]) -> int:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return number
        case ast.Name(id=name):
            given = parameters.get(name)
            if isinstance(given, int) and not isinstance(given, bool):
                return given
            raise ValueError(f"parameter {name!r} of an address must be a whole number, not {given!r}")
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluate(operand, parameters)
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _ARITHMETIC:
            return _ARITHMETIC[type(op)](_evaluate(left, parameters), _evaluate(right, parameters))
    raise ValueError(f"an address formula may only use + - * ( ) and parameters, not {ast.unparse(node)!r}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one point of a device lies once its parameters are filled in."""

    name: str
    point: ModbusPoint
    address: int

    @property
    def end(self) -> int:
        return self.address + self.point.width

    @property
    def table(self) -> str:
        return self.point.table


@dataclass(frozen=True, slots=True)
class Block:
    """One request: ``count`` registers (or bits) of ``table`` from ``start`` on, and the points in its answer."""

    table: str
    start: int
    count: int
    places: tuple[Place, ...]
    names: tuple[str, ...]
    """Wanted points, in the order in which ``decode`` returns them."""
    decode: Callable[[Words], Sequence[Reading]]
    """Readings of ``names`` from ``count`` words; never raises for any words from 0 to 65535."""

    @property
    def function(self) -> int:
        return FUNCTIONS[self.table]

    def words_of(self, place: Place, words: Words) -> Words:
        """The words of one point out of the block's answer."""
        return words[place.address - self.start : place.end - self.start]

    def refused(self, reason: BadReading) -> list[Reading]:
        """What stands in the place of the values when the request was not answered."""
        return [reason] * len(self.names)

    def narrower(self) -> frozenset[Cut]:
        """Where to cut once the device refused this block: at its gaps, else in the middle; nowhere with one point."""
        starts = sorted({place.address for place in self.places})
        ends = {start: max(p.end for p in self.places if p.address < start) for start in starts[1:]}
        gaps = [start for start, end in ends.items() if start > end]
        middle = [start for start, end in ends.items() if start >= end]
        chosen = gaps or middle[len(middle) // 2 :][:1]
        return frozenset((self.table, start) for start in chosen)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every request of one poll of a device. ``names`` keeps its order whatever is cut later."""

    blocks: tuple[Block, ...]
    names: tuple[str, ...]
    dependent: tuple[Dependent, ...] = ()

    def decode(self, answers: Sequence[Words | BadReading]) -> Sequence[Reading]:
        """Readings of ``names``, from one answer (or the reason why there is none) for each block."""
        if len(self.blocks) == 1 and not self.dependent and not isinstance(answers[0], BadReading):
            return self.blocks[0].decode(answers[0])
        values: list[Reading] = []
        for block, answer in zip(self.blocks, answers, strict=True):
            values += block.refused(answer) if isinstance(answer, BadReading) else block.decode(answer)
        for each in self.dependent:
            values[each.position] = each.scaled(answers)
        return values


@dataclass(frozen=True, slots=True)
class Raw:
    """The raw value of one point, found in the answers of a whole poll."""

    block: int
    take: Callable[[Words], Reading]

    def read(self, answers: Sequence[Words | BadReading]) -> Reading:
        """The raw value, or why there is none."""
        answer = answers[self.block]
        return answer if isinstance(answer, BadReading) else self.take(answer)


@dataclass(frozen=True, slots=True)
class Dependent:
    """A point whose scale other registers of the device tell."""

    position: int
    point: ModbusPoint
    own: Raw
    factors: tuple[tuple[Raw, Mapping[int, float]], ...]

    def scaled(self, answers: Sequence[Words | BadReading]) -> Reading:
        """Its value; ``unknown-scale`` when the device tells a scale that the profile does not list."""
        factor = 1.0
        for source, table in self.factors:
            told = source.read(answers)
            if isinstance(told, BadReading):
                return told
            if not isinstance(told, int) or told not in table:
                return BadReading("unknown-scale", str(told))
            factor *= table[told]
        value = self.own.read(answers)
        return value if isinstance(value, BadReading) else finisher(self.point, factor)(value)


def plan(
    profile: ModbusProfile,
    wanted: Iterable[str],
    parameters: Mapping[str, int | str],
    cuts: Collection[Cut] = (),
) -> Plan:
    """The fewest requests that read the ``wanted`` points; no value is split over two of them.

    Raises ValueError when an address cannot be worked out or a value is longer than the device's longest read.
    """
    wanted = frozenset(wanted)
    filled = {name: value for name, value in {**profile.parameters, **parameters}.items() if value is not None}
    factors = {factor.point for name in wanted for factor in profile.points[name].scale_by}
    places = [
        Place(name, profile.points[name], address_of(profile.points[name].address, filled))
        for name in sorted(wanted | factors)
    ]
    places.sort(key=lambda place: (FUNCTIONS[place.table], place.address, place.name))
    blocks = tuple(_block(group, wanted) for group in _merged(places, profile, frozenset(cuts)))
    names = tuple(name for block in blocks for name in block.names)
    return Plan(blocks, names, tuple(_dependents(blocks, names)))


def _merged(places: Sequence[Place], profile: ModbusProfile, cuts: frozenset[Cut]) -> list[list[Place]]:
    groups: list[list[Place]] = []
    end = 0
    for place in places:
        longest = profile.largest_read * (16 if place.table in BIT_TABLES else 1)
        if place.point.width > longest or place.end > LAST_ADDRESS + 1:
            raise ValueError(f"points.{place.name}: {place.point.width} registers from {place.address} cannot be read")
        first = groups[-1][0] if groups else None
        joins = (
            first is not None
            and first.table == place.table
            and place.address - end <= profile.largest_gap
            and max(end, place.end) - first.address <= longest
            and not (place.address >= end and (place.table, place.address) in cuts)
        )
        if joins:
            groups[-1].append(place)
            end = max(end, place.end)
        else:
            groups.append([place])
            end = place.end
    return groups


def _block(group: list[Place], wanted: frozenset[str]) -> Block:
    start, end = group[0].address, max(place.end for place in group)
    told = [place for place in group if place.name in wanted]
    names = tuple(place.name for place in told)
    return Block(group[0].table, start, end - start, tuple(group), names, _decoder(told, start, end - start))


def _decoder(places: Sequence[Place], start: int, count: int) -> Callable[[Words], Sequence[Reading]]:
    """One function for the whole block; plain registers are handed on as they came."""
    offsets = [place.address - start for place in places]
    if all(_is_plain(place.point) for place in places):
        if offsets == list(range(count)):
            return _as_it_came
        if len(offsets) > 1:
            return operator.itemgetter(*offsets)
    readers = [_reader(place.point, offset) for place, offset in zip(places, offsets, strict=True)]
    return lambda words: [read(words) for read in readers]


def _as_it_came(words: Words) -> Sequence[Reading]:
    return words


def _is_plain(point: ModbusPoint) -> bool:
    """Whether the register's number is the value."""
    shaped = point.byte_order == "little" or point.bit is not None or point.bits or point.enum is not None
    judged = point.missing or point.plausible or point.true_when is not None or point.scale_by
    moved = point.scale != 1.0 or point.offset or point.inverted
    return point.type == "uint16" and point.table not in BIT_TABLES and not (shaped or judged or moved)


def _reader(point: ModbusPoint, offset: int) -> Callable[[Words], Reading]:
    raw, finish = raw_reader(point, offset), finisher(point)

    def read(words: Words) -> Reading:
        value = raw(words)
        return value if isinstance(value, BadReading) else finish(value)

    return read


def _dependents(blocks: Sequence[Block], names: Sequence[str]) -> Iterable[Dependent]:
    at = {place.name: (number, place) for number, block in enumerate(blocks) for place in block.places}

    def raw_of(name: str) -> Raw:
        number, place = at[name]
        return Raw(number, raw_reader(place.point, place.address - blocks[number].start))

    for position, name in enumerate(names):
        point = at[name][1].point
        if point.scale_by:
            factors = tuple((raw_of(factor.point), factor.factors) for factor in point.scale_by)
            yield Dependent(position, point, raw_of(name), factors)


def as_hex(words: Words) -> str:
    """``"0x3F80 0x0000"``, as a maker's table prints it."""
    return " ".join(f"0x{word:04X}" for word in words)
