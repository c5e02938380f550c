"""What each kind of asset can tell: its points with unit and meaning, its facts, and how points are derived.

A new kind is data only: an entry under ``kinds`` in a page of the standard, or in the site's own kinds.yaml.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from gateway.documents import Duration, Strict

PointType = Literal["boolean", "number", "text", "date"]
"""A date is told as a number: seconds since 1970."""
SITE = "site."
"""What the name of a point begins with that the site itself has, and that each of its assets can use."""


LINGERING = "test_lingering"
"""The point, told by the gateway itself, that a proof test which was ended does not end."""
TIMES: Mapping[str, float] = {"s": 1.0, "min": 60.0, "h": 3600.0}
"""Units in which a device may tell how long its test lasted, in seconds."""


class KindPoint(Strict):
    """One thing that such an asset can tell."""

    type: PointType
    unit: str = ""
    means: Mapping[str, str]
    history_deadband: float = 0.0
    """A change smaller than this (in ``unit``) is not written to the history."""


class Derivation(Strict):
    """A point computed from others by a named function of ``gateway.assets.derived``."""

    function: str
    inputs: Mapping[str, str]
    """The function's input name → the kind's point (or fact) that feeds it."""
    parameters: Mapping[str, float | str] = {}
    type: PointType
    unit: str = ""
    means: Mapping[str, str]


class Fact(Strict):
    """Something that a person records of an asset, and no sensor tells (a certificate's date)."""

    type: Literal["date", "number", "text"]
    unit: str = ""
    means: Mapping[str, str]


def _bilingual(items: tuple[Mapping[str, str], ...]) -> tuple[Mapping[str, str], ...]:
    if any(item.keys() != {"zh", "en"} for item in items):
        raise ValueError("write every item in both languages: {zh: …, en: …}")
    return items


Checklist = Annotated[tuple[Mapping[str, str], ...], AfterValidator(_bilingual)]
"""What a person is to try or to look at, item by item, in Chinese and English."""


class KindRecord(Strict):
    """Something that happens to such an asset again and again and that a person records: its last time is a date."""

    type: Literal["date"] = "date"
    unit: Literal[""] = ""
    means: Mapping[str, str]


class KindCommand(Strict):
    """One thing that such an asset can be told to do."""

    means: Mapping[str, str]


class OwnTest(Strict):
    """How a test is seen that the device runs by itself: the value of its mode meanwhile, and what it tells of it."""

    mode: str
    done: str = ""
    """The boolean point that is true when the last such test came to its end with a valid result."""
    failed: str = ""
    """The boolean point that is true when the last such test failed."""
    result: str = ""
    """The point that tells how many minutes the last such test lasted."""
    step: Duration = 0.0
    """In what steps the device counts that."""
    start: str = ""
    """The command that begins it."""
    stop: str = ""
    """The command that ends it."""

    @model_validator(mode="after")
    def _steps(self) -> OwnTest:
        if bool(self.result) != (self.step > 0.0):
            raise ValueError("a result is told in steps: give both or neither")
        return self


class Relay(Strict):
    """A relay in the feed of such an asset, by the names of its commands and points."""

    open: str
    """The command that takes the supply away."""
    close: str
    """The command that gives it back."""
    is_open: str = ""
    """The boolean point that is true while the relay keeps the supply away."""
    feed: str = ""
    """The boolean point that is true while there are mains before the relay."""


class Discharge(Strict):
    """How it is seen that such an asset runs on its battery, by the names of its points."""

    on_battery: str
    """The boolean point that is true while there is no mains."""
    lit: str = ""
    """The boolean point that is true while its lamp is lit."""
    mode: str = ""
    """The text point that tells which of its own tests the device runs."""
    tests: Mapping[Literal["function", "duration", "rated"], OwnTest] = {}
    relay: Relay | None = None
    rated_voltage: str = ""
    """The fact that tells the battery's rated voltage."""
    full: str = ""
    """The boolean point that is true while the battery is full."""
    level: str = ""
    """The point that tells how far it is charged, in percent."""
    curve: tuple[str, ...] = ()
    """What is remembered of a discharge as it goes on."""

    def points(self) -> dict[str, str]:
        """Every point that it names, with the type that it must have, "" for any."""
        named = dict.fromkeys(self.curve, "")
        for test in self.tests.values():
            named |= {test.done: "boolean", test.failed: "boolean", test.result: "number"}
        named |= {self.on_battery: "boolean", self.lit: "boolean", self.mode: "text"}
        named |= {self.full: "boolean", self.level: "number"}
        named |= {self.relay.is_open: "boolean", self.relay.feed: "boolean"} if self.relay else {}
        return {name: type_name for name, type_name in named.items() if name}

    def commands(self) -> dict[str, str]:
        """Every command that begins something, and the one that ends it, "" for none."""
        pairs = {test.start: test.stop for test in self.tests.values() if test.start}
        return pairs | ({self.relay.open: self.relay.close} if self.relay else {})


TESTS: Mapping[str, Mapping[str, str]] = {
    "function": {"zh": "功能测试", "en": "function test"},
    "duration": {"zh": "放电时间测试", "en": "duration test"},
    "rated": {"zh": "额定时间放电测试", "en": "rated-duration test"},
    "walk": {"zh": "周界徒步测试", "en": "walk test"},
    "alarm-call": {"zh": "报警通话测试", "en": "alarm-call test"},
    "alarm-battery": {"zh": "报警通话备用电源试验", "en": "alarm-call test on battery"},
    "reversal": {"zh": "防夹返回测试", "en": "reversal test"},
    "exercise": {"zh": "启闭试验", "en": "exercise"},
}
"""Every kind of proof test, by the word that it is written with."""
TestName = Literal[
    "function", "duration", "rated", "walk", "alarm-call", "alarm-battery", "reversal", "exercise"
]  # fmt: skip


def proof_points(test: str) -> tuple[str, str]:
    """The points of an asset that tell when such a test was last passed, and when it was last failed."""
    return f"proof_test.{test}.passed", f"proof_test.{test}.failed"


def look_points(look: str) -> tuple[str, str]:
    """The points of an asset that tell when a person last found it right in that respect, and when wrong."""
    return f"person_looks.{look}.passed", f"person_looks.{look}.failed"


class ManualTest(Strict):
    """A proof test that a person carries out, and whose outcome that person tells."""

    checklist: Annotated[Checklist, Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Look:
    """What a person is to look at on such an asset; ``touchpoints``: only there, empty for everywhere."""

    checklist: tuple[Mapping[str, str], ...] = ()
    touchpoints: frozenset[str] = frozenset()

    def concerns(self, touchpoint: str) -> bool:
        """Whether an asset at that touchpoint is looked at."""
        return not self.touchpoints or touchpoint in self.touchpoints

    def also(self, other: Look) -> Look:
        """Both as one: what two clauses ask for under the same name."""
        everywhere = not (self.touchpoints and other.touchpoints)
        items = (*self.checklist, *(item for item in other.checklist if item not in self.checklist))
        return Look(items, frozenset() if everywhere else self.touchpoints | other.touchpoints)

    def dates(self, name: str) -> dict[str, KindRecord]:
        """The two things that people tell of it, by point."""
        what = self.checklist[0] if self.checklist else {"zh": name, "en": name}
        passed, failed = look_points(name)
        return {
            passed: KindRecord(means={"zh": f"最近查看合格:{what['zh']}", "en": f"last found right: {what['en']}"}),
            failed: KindRecord(means={"zh": f"最近查看不合格:{what['zh']}", "en": f"last found wrong: {what['en']}"}),
        }


class Daily(Strict):
    """How such an asset proves each day that it works: it is told to try itself, and acts."""

    command: str
    """The kind's command that has it try itself."""
    acted: str
    """The point that tells when it first acted today."""


class Kind(Strict):
    """A sort of asset."""

    title: Mapping[str, str]
    points: Mapping[str, KindPoint] = {}
    derived: Mapping[str, Derivation] = {}
    facts: Mapping[str, Fact] = {}
    records: Mapping[str, KindRecord] = {}
    commands: Mapping[str, KindCommand] = {}
    """What such an asset can be told to do, where the site allows it."""
    daily: Daily | None = None
    """How it tries itself each day; None when it cannot."""
    discharge: Discharge | None = None
    """How a discharge of its battery is seen; None when it has none."""
    manual_tests: Mapping[TestName, ManualTest] = {}
    """The proof tests that people carry out on such an asset."""
    _looks: Mapping[str, Look] = PrivateAttr(default_factory=dict)

    @property
    def looks(self) -> Mapping[str, Look]:
        """What people look at, as the clauses ask for it."""
        return self._looks

    def with_looks(self, looks: Mapping[str, Look]) -> Kind:
        """The kind with what clauses ask people to look at."""
        changed = self.model_copy()
        changed._looks = {**self._looks, **looks}  # noqa: SLF001  # its own
        return changed

    def looked_at(self, touchpoint: str) -> tuple[str, ...]:
        """The points that people tell of such an asset at that touchpoint after looking at it."""
        return tuple(
            point for name, look in self._looks.items() if look.concerns(touchpoint) for point in look_points(name)
        )

    def provable(self, have: Collection[str]) -> tuple[str, ...]:
        """The kinds of proof test that can be followed on an asset with the points ``have``."""
        seen = self.discharge
        able = seen is not None and not self.unseen(have)
        return tuple(dict.fromkeys((*(seen.tests if seen and able else ()), *self.manual_tests)))

    def unseen(self, have: Collection[str]) -> tuple[str, ...]:
        """The points for lack of which no discharge can be followed on an asset with the points ``have``."""
        seen = self.discharge
        if seen is None or seen.mode in have:
            return ()
        return tuple(point for point in (seen.on_battery, seen.lit) if point not in have)

    def proofs(self) -> dict[str, KindRecord]:
        """When tests were last passed and failed, as dates that the log book tells."""
        told = {point: date for name, look in self._looks.items() for point, date in look.dates(name).items()}
        for test in dict.fromkeys((*(self.discharge.tests if self.discharge else ()), *self.manual_tests)):
            passed, failed = proof_points(test)
            zh, en = TESTS[test]["zh"], TESTS[test]["en"]
            told[passed] = KindRecord(means={"zh": f"最近通过{zh}", "en": f"last passed {en}"})
            told[failed] = KindRecord(means={"zh": f"最近未通过{zh}", "en": f"last failed {en}"})
        return told

    def unit_of(self, point: str) -> str:
        """The unit of a point, a derived point, a fact or a record; raises KeyError when there is no such thing."""
        return self._any(point).unit

    def type_of(self, point: str) -> str:
        """``boolean``, ``number``, ``text`` or ``date``; raises KeyError when there is no such thing."""
        return self._any(point).type

    def means(self, point: str) -> Mapping[str, str]:
        """What the point is called, in both languages."""
        return self._any(point).means

    def meanings(self) -> dict[str, Mapping[str, str]]:
        """What each of them is called, by name."""
        return {name: self.means(name) for name in self.names()}

    def dates(self) -> frozenset[str]:
        """Those of them that are dates."""
        return frozenset(name for name in self.names() if self.type_of(name) == "date")

    def names(self) -> set[str]:
        """Everything that a clause on this kind can speak of."""
        return {*self.points, *self.derived, *self.facts, *self.records, *self.proofs()}

    def told(self) -> set[str]:
        """Those of them that a device can tell."""
        return {*self.points, *self.derived, *self.records}

    def _any(self, point: str) -> KindPoint | Derivation | Fact | KindRecord:
        found = self.points.get(point) or self.derived.get(point) or self.facts.get(point) or self.records.get(point)
        found = found or self.proofs().get(point)
        if found is None:
            raise KeyError(point)
        return found


class Touchpoint(Strict):
    """A place or thing of the touchpoint standard, with its number in each edition (they differ)."""

    title: Mapping[str, str]
    numbers: Mapping[str, str] = {}


class TouchpointsFile(Strict):
    """touchpoints.yaml as a whole."""

    touchpoints: Mapping[str, Touchpoint]
