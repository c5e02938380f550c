"""What answers one clause on one asset: device points, records, or nothing, and what is missing then.

Traces points back to the devices that tell them; knows no readings and no time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.assets.derived import FUNCTIONS
from gateway.estate import Asset, DerivedPoint, Estate
from gateway.kinds import Kind
from gateway.model import Text
from gateway.standards.check import answerable
from gateway.standards.requirements import Proof, is_look, proofs
from gateway.standards.standard import Clause
from gateway.standards.verdict import Outcome

TO_PROVE = {"zh": "尚不能证明,须:", "en": "not yet provable, needs: "}
TO_BE_SEEN = {"zh": "尚未见到测试,须:", "en": "no test seen yet, needs: "}
TO_BE_LOOKED_AT = {
    "zh": "尚无人员查看记录(已列入巡查),须:",
    "en": "nobody has looked yet (it is in the rounds), needs: ",
}


class Answer(StrEnum):
    """What answers a clause on an asset. Only those of ``IN_FULL`` answer all of it."""

    SENSOR = "sensor"
    TEST = "test"
    """A proof test that was carried out on the asset, and passed or failed."""
    PERSON = "person"
    """A person who looked, and told what was found."""
    RECORD = "record"
    """Facts that a person wrote down, and no sensor tells."""
    IN_PART = "in-part"
    """Some of the fault signals that the clause looks at are there, others are not."""
    NOTHING = "nothing"
    NOT_YET_PROVABLE = "not-yet-provable"
    """Only a proof test or a person's look could tell, and none was seen yet."""
    NOT_APPLICABLE = "not-applicable"
    """A record of the asset says that the clause does not concern it."""


IN_FULL = (Answer.SENSOR, Answer.TEST, Answer.PERSON, Answer.RECORD)


@dataclass(frozen=True, slots=True)
class Source:
    """A device's point that tells something, and over which protocol."""

    device: str
    point: str
    protocol: str

    def __str__(self) -> str:
        return f"{self.device}.{self.point}"


@dataclass(frozen=True, slots=True)
class Missing:
    """A point (or, as ``record``, a fact) that the asset lacks; ``serves`` is the derived point that needs it."""

    point: str
    record: bool = False
    serves: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One clause on one asset. ``why``: in words why nothing can answer although no point is missing."""

    asset: Asset
    answer: Answer
    sources: tuple[Source, ...] = ()
    records: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    why: Text | None = None


class Tracer:
    """Looks up what answers what, for the assets of one site. ``tested``: assets, and what was proven on them."""

    def __init__(self, estate: Estate, tested: Collection[tuple[str, str]] = ()) -> None:
        self._estate = estate
        self._tested = tested
        self._told = {
            number: Source(device.name, point, device.profile.protocol)
            for device in estate.devices.values()
            for point, number in device.point_ids.items()
        }

    def item(self, asset: Asset, clause: Clause) -> Item:
        """How ``asset`` can answer ``clause``."""
        if self._exempt(asset, clause):
            records = clause.only_while.points if clause.only_while else ()
            return Item(asset, Answer.NOT_APPLICABLE, records=records)
        parts = [part for part in (clause.only_while, clause.require) if part]
        looked_at = dict.fromkeys(each for part in parts for each in (part.on(asset.ids) or part).points)
        leaves = dict.fromkeys(asset.leaves(asset.ids[each] for each in looked_at if each in asset.ids))
        sources = tuple(self._told[each] for each in leaves if each in self._told)
        records = tuple(name for name, number in asset.ids.items() if number in leaves and self._is_told(asset, number))
        absent = [each for part in parts for each in part.lacks(asset.ids)]
        missing = tuple(dict.fromkeys(_missing(self._estate.kinds[asset.kind], asset, absent)))
        why = self._refusal(asset, looked_at)
        answer = Answer.SENSOR if sources else Answer.RECORD
        needed = _needed(asset, clause)
        if why or not answerable(clause, asset.ids):
            answer = Answer.NOT_YET_PROVABLE if needed else Answer.NOTHING
            why = _to_be_proven(needed, TO_PROVE) if needed else why
        elif needed:
            answer, why = self._proven(asset, clause, needed)
        elif absent:
            answer = Answer.IN_PART
        return Item(asset, answer, sources, records, missing, why)

    def _proven(self, asset: Asset, clause: Clause, needed: Sequence[Proof]) -> tuple[Answer, Text | None]:
        """By what of the proofs it is proven; where those that were told are not enough, what is waited for."""
        unseen = [each for each in needed if (asset.name, each.proof) not in self._tested]
        if _without(unseen, asset, clause):
            looks = all(is_look(each) for each in needed if each not in unseen)
            return Answer.PERSON if looks else Answer.TEST, None
        return Answer.NOT_YET_PROVABLE, _to_be_proven(
            unseen, TO_BE_LOOKED_AT if all(map(is_look, unseen)) else TO_BE_SEEN
        )

    def _is_record(self, number: int) -> bool:
        return number in self._estate.fixed

    def _is_told(self, asset: Asset, number: int) -> bool:
        return self._is_record(number) or number in asset.records.values()

    def _exempt(self, asset: Asset, clause: Clause) -> bool:
        """Whether records alone settle the clause's guard, and say no. One that hangs on the day settles nothing."""
        guard = clause.only_while.on(asset.ids) if clause.only_while else None
        if guard is None or guard.timed:
            return False
        numbers = [asset.ids[point] for point in guard.points]
        if not all(self._is_record(number) for number in numbers):
            return False
        values = [self._estate.fixed[number] for number in numbers]
        return guard.judge(values, Outcome.UNKNOWN, 0.0) is Outcome.VIOLATED

    def _refusal(self, asset: Asset, looked_at: Iterable[str]) -> Text | None:
        """Why a derived point can never have a value with the facts that this asset has."""
        made = {each.id: each for each in asset.derived}
        derived = (made[number] for name in looked_at if (number := asset.ids.get(name)) in made)
        return next((why for each in derived if (why := self._refused(each))), None)

    def _refused(self, derived: DerivedPoint) -> Text | None:
        refuses = FUNCTIONS[derived.function].refuses
        facts = {name: self._estate.fixed[each] for name, each in derived.inputs.items() if self._is_record(each)}
        return refuses(facts) if refuses else None


def _needed(asset: Asset, clause: Clause) -> Sequence[Proof]:
    """The proofs without which the asset cannot answer the clause; none where something else can."""
    told = proofs(clause.require.on(asset.ids) or clause.require)
    return () if _without(told, asset, clause) else told


def _without(unseen: Iterable[Proof], asset: Asset, clause: Clause) -> bool:
    """Whether the asset answers the clause also without those proofs."""
    dates = {date for proof in unseen for date in proof.dates}
    return clause.require.on([each for each in asset.ids if each not in dates]) is not None


def _to_be_proven(needed: Iterable[Proof], heads: Text) -> Text:
    words = [each.explain() for each in needed]
    return {language: f"{head}{'; '.join(each[language] for each in words)}" for language, head in heads.items()}


def _missing(kind: Kind, asset: Asset, absent: Iterable[str], serves: str = "") -> Iterator[Missing]:
    """What the asset would need for the points that it lacks, down to what a device or a person tells."""
    for point in absent:
        derivation = kind.derived.get(point)
        if derivation is None:
            yield Missing(point, point in kind.facts, serves)
        else:
            yield from _missing(kind, asset, _lacking(derivation.inputs, asset), serves or point)


def _lacking(inputs: Mapping[str, str], asset: Asset) -> list[str]:
    return [source for source in inputs.values() if source not in asset.ids]
