"""Takes what people answer: a look or a record becomes a record, a test by hand a line of the log book. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from gateway.actions import AddRecord, AnswerTask
from gateway.assets.latest import Latest
from gateway.documents import suggest
from gateway.errors import Refused
from gateway.estate import Estate
from gateway.kinds import look_points, proof_points
from gateway.model import NO_RECORD, BadReading
from gateway.proof_tests.entry import Entry, Outcome
from gateway.records import Records
from gateway.rounds.items import Item, make_items
from gateway.rounds.tasks import Task, tasks
from gateway.standards.check import Check

BY_HAND = 60.0
"""Seconds: how well a person with a watch knows how long something lasted; only whole ones are proven. Proposed."""
Tests = Mapping[tuple[str, str], Mapping[str, tuple[float, float]]]


class Rounds:
    """What people are asked and what they answer. ``number`` gives the next line of the log book its number."""

    def __init__(
        self, estate: Estate, checks: Iterable[Check], latest: Latest, records: Records, number: Callable[[], int]
    ) -> None:
        self.items = make_items(estate, checks)
        self._estate = estate
        self._latest = latest
        self._records = records
        self._number = number
        self._entries: list[Entry] = []

    def remember(self, tests: Tests) -> None:
        """What the log book says of the last tests. What was passed by a limit since raised was not passed."""
        for item in self._by_hand():
            told = tests.get((item.asset.name, item.what), {})
            for point, outcome in zip(proof_points(item.what), (Outcome.PASSED, Outcome.FAILED), strict=True):
                at, lasted = told.get(outcome, (None, 0.0))
                enough = outcome is Outcome.FAILED or item.limit is None or lasted > item.limit
                self._latest.set(item.asset.ids[point], at if at is not None and enough else NO_RECORD, 0.0)

    def tasks(self, now: float) -> list[Task]:
        """What people have to do, by place."""
        return tasks(self.items.values(), self._latest.values, now)

    def task(self, asset: str, what: str, now: float) -> Task | None:
        """That of one asset; None where nothing has to be done. Raises Refused."""
        return next(iter(tasks([self.item(asset, what)], self._latest.values, now)), None)

    def item(self, asset: str, what: str) -> Item:
        """What is asked under that name; raises Refused."""
        found = self.items.get((asset, what))
        if found:
            return found
        asked = [each.what for each in self.items.values() if each.asset.name == asset]
        if asset not in self._estate.assets:
            raise Refused(f"there is no asset {asset!r}")
        raise Refused(f"nobody is asked for {what!r} of {asset!r}{suggest(what, asked)}")

    def answer(self, told: AnswerTask, now: float, ahead: float) -> str:
        """Take an answer in; the very same told again changes nothing. Raises Refused; returns what it was about.

        Its time is as the clock on the wall tells it, which is ``ahead`` of ``now``.
        """
        item = self.item(told.asset, told.what)
        _check(item, told, now + ahead)
        remark = _remark(item, told)
        if item.way == "test":
            self._test(item, replace(told, at=told.at - ahead), remark)  # the log book keeps steady time
        else:
            point = told.what if item.way == "record" else look_points(told.what)[0 if told.passed else 1]
            self._records.add(AddRecord(told.asset, point, told.at, told.who, remark), now, now + ahead)
        return f"{told.asset}/{told.what}"

    def take_entries(self) -> list[Entry]:
        """The lines of the log book since the last call."""
        entries, self._entries = self._entries, []
        return entries

    def answered(self) -> frozenset[tuple[str, str]]:
        """Assets, and which tests and looks of them were answered."""
        names = {
            (item.asset.name, each.proof): each.dates
            for item in self.items.values() for each in item.proofs()
        }  # fmt: skip
        known = self._latest.values
        return frozenset(
            (asset, proof) for (asset, proof), dates in names.items()
            if any(not isinstance(known[self._estate.assets[asset].ids[date]], BadReading) for date in dates)
        )  # fmt: skip

    def _by_hand(self) -> list[Item]:
        return [item for item in self.items.values() if item.way == "test"]

    def _test(self, item: Item, told: AnswerTask, remark: str) -> None:
        lasted = (told.lasted or 0.0) // BY_HAND * BY_HAND
        too_short = told.passed and item.limit is not None and lasted <= item.limit
        passed = told.passed and not too_short
        finding = "" if passed else "too-short" if too_short else "checklist" if told.failed else "by-hand"
        point = proof_points(item.what)[0 if passed else 1]
        if self._latest.values[item.asset.ids[point]] == told.at:
            return
        self._entries.append(Entry(
            self._number(), told.asset, item.test, Outcome.PASSED if passed else Outcome.FAILED, told.who,
            told.at - (told.lasted or 0.0), told.at, lasted, BY_HAND if told.lasted is not None else 0.0, item.limit,
            finding=finding, clause=item.judged_by, remark=remark,
        ))  # fmt: skip


def _check(item: Item, told: AnswerTask, now: float) -> None:
    """Raises Refused for an answer that cannot be."""
    if told.at > now:
        raise Refused("at lies in the future: an answer tells what has happened")
    wrong = [number for number in told.failed if not 1 <= number <= len(item.checklist)]
    if wrong:
        raise Refused(f"the checklist has the items 1 to {len(item.checklist)}, and no {wrong[0]}")
    if told.passed and told.failed:
        raise Refused(f"item {told.failed[0]} failed: then the whole did not pass")
    if not told.passed and item.way == "record":
        raise Refused(f"{item.what} is a record of what was done: tell it once it is, with what was found as a note")
    if told.lasted is not None and item.limit is None:
        raise Refused(f"how long it lasted is not asked of {item.what}")
    if told.passed and item.limit is not None and told.lasted is None:
        raise Refused(f"tell how long it lasted: it has to be longer than {item.limit / 60:g} min, in whole minutes")


def _remark(item: Item, told: AnswerTask) -> str:
    """What the person wrote, after the items of the checklist that failed."""
    failed = (item.checklist[number - 1] for number in sorted(set(told.failed)))
    parts = [f"✗ {each['zh']} / {each['en']}" for each in failed]
    return "; ".join([*parts, told.note] if told.note else parts)
