"""What verdicts and alarms become over time, as whole numbers, for outputs that keep time series. Pure.

Nothing is written down where the site has no such output.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.alarms.alarm import Alarm, Phase
from gateway.alarms.panel import Panel
from gateway.changes import Changes, StatePoint
from gateway.clock import iso
from gateway.estate import Estate
from gateway.journal import Journal
from gateway.judge import Judge
from gateway.standards.verdict import Outcome
from gateway.words import Overflow

VERDICT, ALARM = "touchpoint_verdict", "touchpoint_alarm"
OUTCOMES: Mapping[Outcome, int] = {Outcome.MET: 0, Outcome.UNKNOWN: 1, Outcome.VIOLATED: 2}
"""The highest is the worst, so that the maximum over an asset is what can be said of it."""
PHASES: Mapping[Phase, int] = {Phase.NORMAL: 0, Phase.PENDING: 1, Phase.ACTIVE: 2, Phase.CLEARING: 3}


class Series:
    """One for a site."""

    def __init__(self, estate: Estate, panel: Panel, judge: Judge) -> None:
        self._wanted = bool(estate.spools)
        self._panel, self._judge = panel, judge

    def follow(self, changes: Changes, now: float) -> None:
        """Write down which verdicts and alarms are no longer what they were."""
        turned, self._judge.turned = self._judge.turned, {}
        if not self._wanted:
            return
        for (asset, clause), outcome in turned.items():
            tags = {"asset": asset, "clause": clause}
            changes.states.append(StatePoint(now, VERDICT, tags, {"outcome": OUTCOMES[outcome]}))
        changes.states.extend(self._state(alarm, now) for alarm in changes.alarms.values())

    def _state(self, alarm: Alarm, now: float) -> StatePoint:
        clause = self._panel.clause(alarm.key)
        tags = {"asset": alarm.asset, "clause": alarm.clause, "priority": clause.priority.value if clause else ""}
        told = {"phase": PHASES[alarm.phase], "acknowledged": int(alarm.acknowledged), "hidden": int(alarm.hidden)}
        return StatePoint(now, ALARM, tags, told)

    def overflow(self, word: Overflow, journal: Journal, now: float) -> None:
        """An output's spool is full, or has been: told once when it begins, and once with the count when it is over."""
        journal.changes.overflows.append(word)
        data = {"output": word.output, "count": word.count, "since": iso(word.since)}
        journal.tell("spool.dropped" if word.over else "spool.filled", f"output/{word.output}", data, now)
