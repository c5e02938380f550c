"""Which proof tests a site has the gateway start by itself, checked against its devices, windows and assets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice, pairwise

from gateway.assets.openings import openings
from gateway.assets.windows import Almanac
from gateway.documents import Document, suggest
from gateway.estate import Asset
from gateway.kinds import Kind
from gateway.proof_tests.calendar import LOOKED_AT, entries
from gateway.proof_tests.room import Demand, Room, shut_too_long, too_close, too_much
from gateway.proof_tests.rules import DAY, KINDS, Pace, TestKind, TestRules, usual_terms
from gateway.site.assets import NO_SOURCE, Columns, source_of, type_of
from gateway.site.files import Findings, ProofTests, SiteFile
from gateway.site.windows import NEW_YEAR
from gateway.site.wires import Wired
from gateway.standards.proofs import ProofTest
from gateway.standards.requirements import proofs
from gateway.standards.standard import Clause

HERE = "proof_tests"
YEAR = 365 * DAY
ENTRIES = 50
"""So many entries of a calendar tell how often it comes."""


@dataclass(frozen=True, slots=True)
class TestsReader:
    """Reads what one site says of its tests; what is wrong or doubtful goes into ``findings``."""

    __test__ = False

    document: Document
    site: SiteFile
    almanac: Almanac
    findings: Findings

    def rules(self, wired: Mapping[str, Wired], columns: Columns) -> TestRules | None:
        """The rules, with the point that tells of a fire alarm among those that are read."""
        says = self.site.proof_tests
        if says is None:
            return None
        self._check_window(says.window)
        for pattern in says.only or ():
            if not any(fnmatchcase(name, pattern) for name in self.site.assets):
                self._wrong("only", f"no asset is like {pattern!r}{suggest(pattern, self.site.assets)}")
        number, alarm_is = self._fire_alarm(says, wired, columns)
        paces = {kind: Pace(pace.every, pace.calendar) for kind in KINDS if (pace := getattr(says, kind))}
        return TestRules(says.window, paces, says.at_once, number, alarm_is, says.only or ())

    def check(
        self, rules: TestRules, assets: Mapping[str, Asset], kinds: Mapping[str, Kind], clauses: Iterable[Clause]
    ) -> None:
        """Whether there is anything to test, and time for all of it."""
        covered = {name: each for name, each in assets.items() if each.commands and rules.covers(name)}
        able = {name: each for name, each in covered.items() if kinds[each.kind].discharge}
        tries = any(kinds[each.kind].daily for each in covered.values())
        if not rules.paces and not tries:
            self._doubtful("", "starts no test: write how often under function, duration or rated")
        if not able and not tries:
            self._doubtful("", "no asset here can be tested by command: allow the commands of their devices")
        told = rules.window in self.almanac.windows and self.almanac.tells(rules.window)
        if able and told:
            self._check_room(rules, able, list(clauses))

    def _wrong(self, key: str, message: str) -> None:
        self.findings.wrong(self.document, (HERE, key) if key else (HERE,), message)

    def _doubtful(self, key: str, message: str) -> None:
        self.findings.doubtful(self.document, (HERE, key) if key else (HERE,), message)

    def _check_window(self, name: str) -> None:
        if name not in self.almanac.windows:
            self._wrong("window", f"no window {name!r}{suggest(name, self.almanac.windows)}")
        elif not self.almanac.tells(name):
            self._wrong("window", f"{name!r} needs the sun's times: say where the site is, under location")

    def _fire_alarm(self, says: ProofTests, wired: Mapping[str, Wired], columns: Columns) -> tuple[int | None, bool]:
        """The id of the point, and the value of it that means an alarm."""
        read = source_of(says.fire_alarm)
        if says.fire_alarm is None:
            self._doubtful("", "names no fire_alarm: tests would also run during one")
        elif read is None:
            self._wrong("fire_alarm", NO_SOURCE)
        if read is None:
            return None, True
        device, point, inverted = read
        return self._point(device, point, wired, columns), not inverted

    def _point(self, device: str, point: str, wired: Mapping[str, Wired], columns: Columns) -> int | None:
        if device not in self.site.devices:
            self._wrong("fire_alarm", f"no device {device!r}{self.findings.near(device, self.site.devices)}")
        found = wired.get(device)
        if found is None:
            return None
        if point not in found.profile.points:
            self._wrong("fire_alarm", f"{device!r} has no point {point!r}{suggest(point, found.profile.points)}")
        elif (told := type_of(found.profile.points[point])) != "boolean":
            self._wrong("fire_alarm", f"must be a boolean, and {device}.{point} is a {told}")
        else:
            if point not in found.points:
                found.points[point] = columns.add(f"device:{device}/{point}")
            return found.points[point]
        return None

    def _check_room(self, rules: TestRules, assets: Mapping[str, Asset], clauses: Sequence[Clause]) -> None:
        found = openings(self.almanac, rules.window, NEW_YEAR, NEW_YEAR + YEAR)
        room = Room(list(found), YEAR, rules.at_once)
        demands = list(_demands(rules, assets.values(), clauses))
        for each in (each for each in demands if each.terms.length > room.longest):
            opens, takes = room.longest / 60, each.terms.length / 60
            message = f"is open for {opens:.0f} min at most, and a {each.terms.kind} test takes {takes:.0f} min"
            self._wrong("window", message)
            return
        for message in filter(None, (too_much(demands, room), *shut_too_long(demands, room))):
            self._doubtful("window", message)
        groups: dict[str, list[Asset]] = defaultdict(list)
        for asset in assets.values():
            groups[asset.group].append(asset)
        for name in sorted(groups.keys() - {""}):
            if message := too_close(name, list(_demands(rules, groups[name], clauses))):
                self._doubtful("", message)


def _demands(rules: TestRules, assets: Iterable[Asset], clauses: Sequence[Clause]) -> Iterator[Demand]:
    kinds = [asset.kind for asset in assets]
    for kind, pace in rules.paces.items():
        limits = [limit for clause in clauses if clause.applies_to in kinds for limit in _limits(clause, kind)]
        terms = usual_terms(kind, max(limits, default=None))
        yield Demand(terms, len(kinds), pace.every or _closest(pace.calendar), pace.every is None)


def _limits(clause: Clause, kind: TestKind) -> Iterator[float]:
    """The seconds than which such a test has to last longer by this clause."""
    for part in proofs(clause.require):
        if isinstance(part, ProofTest) and part.proof_test == kind and part.longer_than:
            yield part.longer_than


def _closest(calendar: str) -> float:
    """Seconds between two entries of the calendar that are closest to each other."""
    return min(
        (later - earlier).total_seconds() for earlier, later in pairwise(islice(entries(calendar, LOOKED_AT), ENTRIES))
    )
