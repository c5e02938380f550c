"""Outputs that take nothing, and the store: each is told of once, and once that it is over. Knows no adapter."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from gateway.clock import iso
from gateway.estate import Estate
from gateway.journal import Journal
from gateway.model import Priority, Trouble
from gateway.saved import Saved
from gateway.words import OutputTold, StoreTold

MINUTE = 60.0


class Troubles:
    """Those of one site, over restarts."""

    def __init__(self, estate: Estate, saved: Saved, journal: Journal) -> None:
        self._estate, self._journal = estate, journal
        self._of = {each.output: each for each in saved.troubles}
        for gone in self._of.keys() - estate.outputs.keys():
            del self._of[gone]
            journal.changes.troubles[gone] = None

    @property
    def standing(self) -> Collection[str]:
        """The outputs of which it was told that they take nothing."""
        return self._of.keys()

    def said(self, word: OutputTold, now: float) -> None:
        """A delivery has said how its output is; what was told before is not told again."""
        before = self._of.get(word.output)
        if word.failing and before is None:
            self._put(word.output, Trouble(word.output, word.since, word.error))
            self._journal.tell_of_output("output.failing", word.output, self._failing(word), now)
        elif before and not word.failing:
            self._put(word.output, None)
            self._journal.tell_of_output("output.working", word.output, self._working(word, before, now), now)

    def said_of_store(self, word: StoreTold, now: float) -> None:
        """The store takes nothing, or does again. Forgotten over a restart, which needs a store that works."""
        data: dict[str, Any] = {"site": self._estate.site, "priority": Priority.P1.value, **self._when(word.since)}
        if word.failing:
            self._journal.tell_everybody("store.failing", "store", data | {"error": word.error}, now)
        else:
            minutes = max(round((word.until - word.since) / MINUTE), 1)
            told = data | {"minutes": minutes, "dropped": word.dropped}
            self._journal.tell_everybody("store.working", "store", told, now)

    def _put(self, output: str, trouble: Trouble | None) -> None:
        self._journal.changes.troubles[output] = trouble
        if trouble:
            self._of[output] = trouble
        else:
            del self._of[output]

    def _failing(self, word: OutputTold) -> dict[str, Any]:
        return self._about(word.output, word.since) | {"error": word.error, "waiting": word.waiting}

    def _working(self, word: OutputTold, before: Trouble, now: float) -> dict[str, Any]:
        minutes = max(round((now - before.since) / MINUTE), 1)
        return self._about(word.output, before.since) | {"minutes": minutes, "waiting": word.waiting}

    def _about(self, output: str, since: float) -> dict[str, Any]:
        """Whoever does not hear of the rest must hear of this: it is as urgent as what may wait behind it."""
        data = {"site": self._estate.site, "output": output, "kind": self._estate.outputs[output].kind}
        return data | {"priority": Priority.P2.value, **self._when(since)}

    def _when(self, since: float) -> dict[str, str]:
        here = datetime.fromtimestamp(since, self._estate.timezone).strftime("%Y-%m-%d %H:%M")
        return {"since": iso(since), "moment": here}
