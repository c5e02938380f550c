"""A proof test that the gateway starts, as a state machine: what is done next, from what is seen and the time.

    precheck ──all holds──▶ armed ──seen to run──▶ running ──enough, or a reason──▶ stopping ──obeyed──▶ settling
       └──objection──▶ done    └──refused, or not seen to run in time──────────────────▲        └──▶ done ◀──┘

The start is sent once, ever. The stop is sent again until it is seen to be obeyed. What came of the battery is for the
evidence to say (``gateway.proof_tests.evidence``); this decides only what makes evidence void. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, TypeAlias

from gateway.proof_tests.command import Sent
from gateway.proof_tests.entry import Entry, Kind, Outcome
from gateway.proof_tests.evidence import GAP, IDLE, Run

Way: TypeAlias = Literal["device", "relay", "hand"]
"""Who takes the supply away: the device does it itself when told, a relay in its feed, or a person."""

PRECHECK_WITHIN = 120.0
"""Seconds in which everything has to be read anew before the start."""
START_WITHIN: dict[Way, float] = {"device": 60.0, "relay": 60.0, "hand": 900.0}
"""Seconds after the start in which it has to be seen to run; a person is given a quarter of an hour."""
STOP_AGAIN = 10.0
"""Seconds after which a stop that is not seen to be obeyed is sent again, for ever."""
LAST_STOP_AGAIN = 1.0
"""The same while the gateway is being stopped, which leaves it a few seconds."""
UNCONFIRMED = 30.0
"""Seconds after which a stop that was taken and is not seen to be obeyed is an alarm; a refused one is at once."""
MARGIN = 15.0
"""Seconds proven beyond the limit at which the gateway ends a test."""
FUNCTION_LASTS = 30.0
"""Seconds proven at which it ends a function test; GB 17945-2010 has 30 to 180 s."""
OVERRUN: dict[Way, float] = {"device": 14_400.0, "relay": 300.0, "hand": 3600.0}
"""Seconds beyond the limit after which a test without end is stopped; a device may run to its own rated time."""


class Stage(StrEnum):
    """How far a test has come."""

    PRECHECK = "precheck"
    ARMED = "armed"
    """The start is committed and goes out."""
    RUNNING = "running"
    STOPPING = "stopping"
    SETTLING = "settling"
    """It has ended; the battery recovers, and the device may still tell its result."""
    DONE = "done"


class Send(StrEnum):
    """What the wire is asked to do."""

    START = "start"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of the asset now."""

    runs: str
    """The kind of test that is seen to run, ``discharge``, ``IDLE`` or ``UNKNOWN``."""
    told_at: float
    """When that was told."""
    run: Run | None = None
    """What is known of what runs, or of what has just run."""
    asserted: bool | None = None
    """Whether the relay is seen to keep the supply away; None when unknown."""
    asserted_at: float = 0.0
    """When that was told."""
    objections: Sequence[str] = ()
    """Why it must not begin, as words of ``FINDINGS``, the weightiest first."""
    alarm: str = ""
    """Why it must not go on, as such a word."""
    limit: float | None = None
    """Seconds than which it has to last longer."""
    again: float = STOP_AGAIN
    """Seconds after which a stop is sent again."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """One test. Plain values: it is stored at every step. Times are seconds since 1970."""

    number: int
    """Milliseconds since 1970 at which it was asked for: no other test of the asset has it."""
    asset: str
    kind: Kind
    way: Way
    by: str
    """``schedule``, or who asked for it."""
    reason: str
    due: float | None
    """For when it was planned; None: a person asked for it."""
    since: float
    """When the stage began."""
    stage: Stage = Stage.PRECHECK
    armed_at: float | None = None
    started_at: float | None = None
    """When it was first seen to run."""
    stopped_at: float | None = None
    """When it was first told to stop."""
    sent_at: float = 0.0
    """When the last stop went out."""
    stop_said: Sent | None = None
    """What the wire said of the last stop."""
    outcome: Outcome | None = None
    """What came of it whatever the evidence says, but for a battery that was seen to fail."""
    finding: str = ""
    entered: bool = False
    """Its line of the log book is written."""

    @property
    def lingers(self) -> bool:
        """Whether the wire itself says that the stop did not get through."""
        return self.stage is Stage.STOPPING and self.stop_said in (Sent.REFUSED, Sent.UNSURE)


Step: TypeAlias = tuple[Procedure, Send | None]


def step(test: Procedure, sight: Sight, now: float) -> Step:
    """The test after a look at what is seen, and what is to be sent."""
    match test.stage:
        case Stage.PRECHECK:
            return _precheck(test, sight, now)
        case Stage.ARMED:
            return _armed(test, sight, now)
        case Stage.RUNNING:
            return _running(test, sight, now)
        case Stage.STOPPING:
            return _stopping(test, sight, now)
        case Stage.SETTLING:
            return _settling(test, sight, now)
        case _:
            return test, None


def due(test: Procedure, sight: Sight) -> float | None:
    """When ``step`` has something to do because time has passed, at the latest."""
    match test.stage:
        case Stage.PRECHECK:
            return test.since + PRECHECK_WITHIN
        case Stage.ARMED:
            return test.since + START_WITHIN[test.way]
        case Stage.RUNNING:
            return min(_seen_at(sight) + GAP, test.since + _longest(test, sight))
        case Stage.STOPPING:
            return test.sent_at + sight.again
        case _:
            return None


def told(test: Procedure, send: Send, sent: Sent, now: float) -> Step:
    """The test after the wire said what became of a command."""
    if send is Send.STOP:
        return replace(test, stop_said=sent), None
    if test.stage is not Stage.ARMED or sent in (Sent.TAKEN, Sent.UNSURE):
        return test, None  # an unsure start is never sent again: what is read back tells whether it runs
    if sent is Sent.WITHDRAWN:
        return _done(test, Outcome.REFUSED, "conditions-changed", now), None
    return _stop(test, now, Outcome.REFUSED, "device-refused")


def stop(test: Procedure, finding: str, now: float) -> Step:
    """A person, or the gateway's own restart, ends it."""
    outcome = Outcome.INCONCLUSIVE if finding == "restarted" else Outcome.ABORTED
    if test.stage is Stage.PRECHECK:
        return _done(test, outcome, finding, now), None
    if test.stage in (Stage.ARMED, Stage.RUNNING):
        return _stop(test, now, outcome, finding)
    return test, None


def resume(test: Procedure, now: float) -> Step:
    """After a restart: a relay lets go at once; what a device runs by itself goes on and is looked at."""
    if test.stage is Stage.PRECHECK:
        return _done(test, Outcome.INCONCLUSIVE, "restarted", now), None
    if test.way == "relay" and test.stage in (Stage.ARMED, Stage.RUNNING):
        return stop(test, "restarted", now)
    if test.stage is Stage.STOPPING:
        return replace(test, sent_at=now), Send.STOP
    return test, None


def is_unconfirmed(test: Procedure, now: float) -> bool:
    """Whether a stop is not seen to be obeyed for so long that somebody has to go and look."""
    late = test.stopped_at is not None and now - test.stopped_at >= UNCONFIRMED
    return test.way != "hand" and test.stage is Stage.STOPPING and (test.lingers or late)


def adopt(test: Procedure, entry: Entry) -> Entry:
    """The line of the log book that the evidence gave, as this test's: what made it void counts, a failure stands."""
    void = test.outcome is not None and entry.outcome is not Outcome.FAILED
    outcome, finding = (test.outcome, test.finding) if void and test.outcome else (entry.outcome, entry.finding)
    if outcome is Outcome.PASSED and test.kind == "function" and test.way != "device" and entry.lasted < FUNCTION_LASTS:
        outcome, finding = Outcome.ABORTED, "stopped"  # its supply came back by itself
    return replace(entry, outcome=outcome, finding=finding, started_by=test.by, why=test.reason, due=test.due)


def owns(test: Procedure, entry: Entry) -> bool:
    """Whether that line is this test's."""
    return test.armed_at is not None and entry.kind == test.kind and entry.started_at >= test.armed_at - GAP


def _precheck(test: Procedure, sight: Sight, now: float) -> Step:
    if sight.objections:
        return _done(test, Outcome.REFUSED, sight.objections[0], now), None
    if sight.told_at > test.since:
        return replace(test, stage=Stage.ARMED, since=now, armed_at=now), Send.START
    silent = now >= test.since + PRECHECK_WITHIN
    return (_done(test, Outcome.REFUSED, "silent", now) if silent else test), None


def _armed(test: Procedure, sight: Sight, now: float) -> Step:
    if sight.runs == test.kind:
        return replace(test, stage=Stage.RUNNING, since=now, started_at=sight.told_at), None
    if sight.alarm:
        return _stop(test, now, Outcome.ABORTED, sight.alarm)
    if sight.runs == "discharge":
        return _stop(test, now, Outcome.ABORTED, "mains-failed")
    late = now >= test.since + START_WITHIN[test.way]
    return _stop(test, now, Outcome.INCONCLUSIVE, "not-started") if late else (test, None)


def _running(test: Procedure, sight: Sight, now: float) -> Step:
    if sight.alarm:
        return _stop(test, now, Outcome.ABORTED, sight.alarm)
    if sight.runs == "discharge":
        return _stop(test, now, Outcome.ABORTED, "mains-failed")
    if sight.runs == IDLE:
        return _ended_itself(test, now)
    if now - _seen_at(sight) > GAP or (sight.run is not None and sight.run.gap):
        return _stop(test, now, Outcome.INCONCLUSIVE, "gap")  # it can prove nothing any more
    if now - test.since >= _longest(test, sight):
        return _stop(test, now, Outcome.INCONCLUSIVE, "overrun")
    return _stop(test, now) if _is_enough(test, sight) else (test, None)


def _seen_at(sight: Sight) -> float:
    """When it was last seen to go on."""
    return sight.told_at if sight.run is None else min(sight.told_at, sight.run.seen_at)


def _ended_itself(test: Procedure, now: float) -> Step:
    """Its device ended it, or somebody gave the supply back; a relay is told to let go all the same."""
    if test.way == "relay":
        return _stop(test, now)
    return replace(test, stage=Stage.SETTLING, since=now), None


def _is_enough(test: Procedure, sight: Sight) -> bool:
    """Whether going on would prove nothing more; a device ends its own test itself and tells a result then."""
    run = sight.run
    if run is None:
        return False
    if run.dark_at is not None or run.low_after is not None:
        return True
    if test.way == "device":
        return False
    if test.kind == "function":
        return run.lasted >= FUNCTION_LASTS
    return run.believed >= (sight.limit or 0.0) + MARGIN


def _longest(test: Procedure, sight: Sight) -> float:
    return (sight.limit or FUNCTION_LASTS) + OVERRUN[test.way]


def _stopping(test: Procedure, sight: Sight, now: float) -> Step:
    if _may_be_frozen(test, sight, now):
        test = replace(test, outcome=Outcome.INCONCLUSIVE, finding="frozen")
    if test.stopped_at is not None and _is_obeyed(test, sight, test.stopped_at):
        seen = test.started_at is not None or (sight.run is not None and sight.run.kind == test.kind)
        settling = seen and not test.entered  # what was seen to run is entered by the evidence
        stage = Stage.SETTLING if settling else Stage.DONE
        return replace(test, stage=stage, since=now), None
    if now >= test.sent_at + sight.again:
        return replace(test, sent_at=now), Send.STOP
    return test, None


def _may_be_frozen(test: Procedure, sight: Sight, now: float) -> bool:
    """Whether a relay does not let go, and nothing is measured that would show whether what is told is still so."""
    late = test.way == "relay" and test.stopped_at is not None and now - test.stopped_at > GAP
    return late and test.outcome is None and not (sight.run is not None and sight.run.measured)


def _settling(test: Procedure, sight: Sight, now: float) -> Step:
    """The evidence enters what was seen; where it has nothing of this test, nothing more is to come."""
    run = sight.run
    if run is not None and run.kind == test.kind and not run.over:
        return test, None
    return _done(test, test.outcome or Outcome.INCONCLUSIVE, test.finding or "no-evidence", now), None


def _is_obeyed(test: Procedure, sight: Sight, stopped_at: float) -> bool:
    """By what was told since it was told to stop."""
    if test.way == "relay" and sight.asserted is not None:
        return not sight.asserted and sight.asserted_at > stopped_at
    if sight.told_at <= stopped_at:
        return False
    return sight.runs == IDLE or (test.way == "device" and sight.runs == "discharge")


def _stop(test: Procedure, now: float, outcome: Outcome | None = None, finding: str = "") -> Step:
    stopping = replace(test, stage=Stage.STOPPING, since=now, stopped_at=now, sent_at=now, stop_said=None)
    return replace(stopping, outcome=outcome, finding=finding), Send.STOP


def _done(test: Procedure, outcome: Outcome, finding: str, now: float) -> Procedure:
    return replace(test, stage=Stage.DONE, since=now, outcome=outcome, finding=finding)
