"""Whatever happens, in whatever order: no lamp is left without its supply, begun twice, or passed without its light."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.actions import Action
from gateway.model import BadReading
from tests.proof_story import Lamp, Property

FULL = bool(os.environ.get("TOUCHPOINT_FULL"))
RULES = "proof_tests: {window: low-risk, at_once: 2, fire_alarm: panel.fire, function: {every: 3 d}}"
NAMES = st.sampled_from(["first", "second", "third"])
COMMANDS = ("break_supply", "restore_supply", "start_function_test", "start_duration_test", "stop_test")
OPEN_AT_MOST = 20.0
"""Seconds: ten, and one step of the story."""


class Truth(Property):
    """Keeps what truly happened to each lamp, beside what the gateway was told."""

    def __init__(self, folder: Path, lamps: list[Lamp], rules: str, **stanzas: str) -> None:
        self.stretches: dict[tuple[str, float], float] = {}
        """Lamp and since when it was lit from its battery → until when, without a break."""
        self.loose_since: dict[str, float] = {}
        """Lamps whose relay is open though no test needs it, and all is well with them: since when."""
        self.trouble_at: dict[str, float] = {}
        super().__init__(folder, lamps, rules, **stanzas)

    def tick(self, *actions: Action, commit: bool = True) -> list[str]:
        self._remember()
        refusals = super().tick(*actions, commit=commit)
        self._remember()
        return refusals

    def _remember(self) -> None:
        for name, lamp in self.lamps.items():
            if lamp.on_battery:
                self.stretches[name, lamp.began] = min(self.now, lamp.began + lamp.lasts)
            if lamp.silent or lamp.frozen or lamp.refuses or lamp.deaf or lamp.lost:
                self.trouble_at[name] = self.now
            test = self.pipeline.proofs.proving.procedures.get(name)
            needed = test is not None and test.stage in ("armed", "running")
            recent = self.now - self.trouble_at.get(name, 0.0) <= 60.0  # it is told again every minute
            if needed or recent or not lamp.open:
                self.loose_since.pop(name, None)
            else:
                self.loose_since.setdefault(name, self.now)

    def lit_within(self, name: str, since: float, until: float) -> float:
        """Seconds of the longest stretch between two times for which it was lit from its battery."""
        mine = [(began, end) for (lamp, began), end in self.stretches.items() if lamp == name]
        return max((min(end, until) - max(began, since) for began, end in mine), default=0.0)


class Proving(RuleBasedStateMachine):
    """Two relays beside each other, one of them with a weak battery, and a luminaire that tests itself."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        lamps = [Lamp("first", "relay"), Lamp("second", "relay", lasts=880.0), Lamp("third", "device")]
        self.prop = Truth(Path(self.folder.name), lamps, RULES, first=", next_to: [second]")
        self.prop.go_on(70.0, every=10.0)

    def teardown(self) -> None:
        """All is well again: nothing is left over."""
        self._mend_all()
        self.prop.fire = False
        try:
            until = self.prop.now + 6000.0
            while self._is_busy():
                self.prop.go_on(60.0, every=10.0)
                assert self.prop.now < until, self.prop.pipeline.proofs.proving.procedures
            self.every_line_is_true()
        finally:
            self.prop.close()
            self.folder.cleanup()

    def _is_busy(self) -> bool:
        lit = any(lamp.on_battery for lamp in self.prop.lamps.values())
        return lit or self.prop.pipeline.proofs.proving.procedures != {}

    def _mend_all(self) -> None:
        for lamp in self.prop.lamps.values():
            self._calm(lamp)
            if not lamp.feed:
                lamp.mains(True, self.prop.now)

    @staticmethod
    def _calm(lamp: Lamp) -> None:
        lamp.silent = lamp.frozen = False
        lamp.refuses = lamp.deaf = lamp.lost = ()

    @rule(seconds=st.sampled_from([5.0, 10.0, 35.0, 65.0, 130.0, 400.0, 880.0]))
    def time_passes(self, seconds: float) -> None:
        self.prop.go_on(seconds, every=min(seconds, 10.0))

    @rule()
    def a_quiet_day_passes(self) -> None:
        """All is mended, their batteries are full again, and a test may fall due."""
        self._mend_all()
        self.prop.live(1.0, idle=3600.0)

    @rule(name=NAMES, kind=st.sampled_from(["function", "duration", "duration"]))
    def somebody_asks(self, name: str, kind: str) -> None:
        self.prop.ask(name, kind)

    @precondition(lambda self: self.prop.pipeline.proofs.proving.procedures)
    @rule(name=NAMES)
    def somebody_stops(self, name: str) -> None:
        self.prop.stop(name)

    @rule(name=NAMES)
    def mains_fail_or_return(self, name: str) -> None:
        lamp = self.prop.lamps[name]
        lamp.mains(not lamp.feed, self.prop.now)

    @rule(name=NAMES, trouble=st.sampled_from(["silent", "frozen"]))
    def it_is_not_heard(self, name: str, trouble: str) -> None:
        setattr(self.prop.lamps[name], trouble, True)

    @rule(name=NAMES, trouble=st.sampled_from(["refuses", "deaf", "lost"]), command=st.sampled_from(COMMANDS))
    def a_command_fails(self, name: str, trouble: str, command: str) -> None:
        setattr(self.prop.lamps[name], trouble, (command,))

    @rule(name=NAMES)
    def it_is_mended(self, name: str) -> None:
        self._calm(self.prop.lamps[name])

    @rule(told=st.sampled_from([True, False, False, BadReading("no-answer")]))
    def the_fire_panel_tells(self, told: Any) -> None:
        self.prop.fire = told

    @rule(where=st.sampled_from(["", "before", "after"]), seconds=st.sampled_from([0.5, 2.0, 70.0, 1000.0]))
    def the_gateway_dies(self, where: str, seconds: float) -> None:
        self.prop.dies = where
        self.prop.go_on(5.0) if where else self.prop.kill(seconds)
        self.prop.loose_since.clear()

    @rule(name=NAMES, where=st.sampled_from(["before", "after"]))
    def it_dies_when_somebody_asks(self, name: str, where: str) -> None:
        self.prop.dies = where
        self.prop.ask(name, "duration")

    @invariant()
    def no_relay_is_left_open(self) -> None:
        for name, since in self.prop.loose_since.items():
            assert self.prop.now - since <= OPEN_AT_MOST, name

    @invariant()
    def nothing_is_begun_twice(self) -> None:
        starts = Counter((each.asset, each.procedure) for each in self.prop.starts())
        assert max(starts.values(), default=1) == 1

    @invariant()
    def every_line_is_true(self) -> None:
        book = self.prop.book()
        for entry in (each for each in book if each.outcome == "passed"):
            lit = self.prop.lit_within(entry.asset, entry.started_at, entry.ended_at)
            assert lit > (900.0 if entry.kind in ("duration", "rated") else 0.0), entry
        slots = Counter((each.asset, each.kind, each.due) for each in book if each.due is not None)
        assert max(slots.values(), default=1) == 1


Proving.TestCase.settings = settings(
    max_examples=300 if FULL else 8, stateful_step_count=60 if FULL else 15, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
TestProving = Proving.TestCase
