"""The last of each record of each asset: an inspection, a service, whatever people tell and no sensor does.

Pure; the whole list is the store's to keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from gateway.actions import AddRecord
from gateway.documents import suggest
from gateway.errors import Refused
from gateway.estate import Asset
from gateway.model import Record

Key: TypeAlias = tuple[str, str]
"""Asset and record."""


class Records:
    """``latest``: the last of each. What was told and not yet followed up is handed out by ``take_added``."""

    def __init__(self, assets: Mapping[str, Asset], saved: Iterable[Record] = ()) -> None:
        self.latest: dict[Key, Record] = {}
        self._assets = assets
        self._added: list[Record] = []
        for record in saved:
            self._keep(record)

    def add(self, action: AddRecord, now: float, wall: float) -> Record:
        """What was told, taken in; the very same told again changes nothing. Raises Refused.

        ``wall``: what the clock on the wall tells, by which people say when it happened.
        """
        wrong = self.wrong(action.asset, action.record)
        if wrong:
            raise Refused(wrong)
        if action.at > wall:
            raise Refused("at lies in the future: a record tells what has happened")
        record = Record(action.asset, action.record, action.at, action.who, action.note, now)
        last = self.latest.get(record.key)
        if last is None or not last.tells_the_same(record):
            self._keep(record)
            self._added.append(record)
        return record

    def wrong(self, asset: str, record: str) -> str:
        """Why nobody can tell this record of this asset, "" when they can."""
        found = self._assets.get(asset)
        if found is None:
            return f"there is no asset {asset!r}"
        if record in found.records:
            return ""
        if record in found.ids:
            return f"{record!r} of {asset!r} is not for people to tell"
        return f"{asset!r} has no record {record!r}{suggest(record, found.records)}"

    def is_latest(self, record: Record) -> bool:
        """Whether none of its sort tells of a later time."""
        return self.latest.get(record.key) is record

    def take_added(self) -> list[Record]:
        """What was told since the last call."""
        added, self._added = self._added, []
        return added

    def _keep(self, record: Record) -> None:
        last = self.latest.get(record.key)
        if last is None or record.at >= last.at:
            self.latest[record.key] = record
