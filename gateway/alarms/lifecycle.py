"""The only code that moves an alarm: one table of (phase, outcome), handed the time.

    normal ──violated──▶ pending ──on-delay──▶ active ──met──▶ clearing ──off-delay──▶ normal
                            │ met                 ▲               │ violated or unknown
                            ▼                     └───────────────┘
                          normal

Unknown neither raises nor clears: a pending alarm waits, a clearing one falls back to active.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.alarms.alarm import CHATTER_HOLD, CHATTER_RAISES, Alarm, Delays, Phase
from gateway.standards.verdict import Outcome


def step(alarm: Alarm, outcome: Outcome, delays: Delays, now: float) -> Alarm:
    """The alarm after ``outcome`` at ``now``; call it again when ``due`` has come."""
    moved = _moved(replace(alarm, outcome=outcome), delays, now)
    return _decided(_moved(_unhide(moved, delays, now), delays, now))


def _moved(alarm: Alarm, delays: Delays, now: float) -> Alarm:
    while (moved := _move(alarm, delays, now)).phase is not alarm.phase:
        alarm = moved
    return alarm


def _move(alarm: Alarm, delays: Delays, now: float) -> Alarm:
    match alarm.phase, alarm.outcome:
        case Phase.NORMAL, Outcome.VIOLATED:
            return replace(alarm, phase=Phase.PENDING, since=now)
        case Phase.PENDING, Outcome.MET:
            return replace(alarm, phase=Phase.NORMAL, since=now)
        case Phase.PENDING, Outcome.VIOLATED if now >= alarm.since + delays.on:
            return _raise(alarm, now)
        case Phase.ACTIVE, Outcome.MET:
            return replace(alarm, phase=Phase.CLEARING, since=now)
        case Phase.CLEARING, Outcome.VIOLATED:
            return replace(_count(alarm, now), phase=Phase.ACTIVE, since=now)
        case Phase.CLEARING, Outcome.UNKNOWN:
            return replace(alarm, phase=Phase.ACTIVE, since=now)
        case Phase.CLEARING, Outcome.MET if _may_clear(alarm, delays, now):
            return replace(alarm, phase=Phase.NORMAL, since=now, cleared_at=now)
    return alarm


def _raise(alarm: Alarm, now: float) -> Alarm:
    fresh = replace(alarm, acknowledged_by="", acknowledged_at=None, cleared_at=None)
    return replace(_count(fresh, now), phase=Phase.ACTIVE, since=now, raised_at=now)


def _count(alarm: Alarm, now: float) -> Alarm:
    recent = (*alarm.recent, now)[-CHATTER_RAISES:]
    return replace(alarm, occurrences=alarm.occurrences + 1, recent=recent)


def _may_clear(alarm: Alarm, delays: Delays, now: float) -> bool:
    return now >= alarm.since + _off_delay(alarm, delays) and (alarm.acknowledged or not delays.latched)


def _off_delay(alarm: Alarm, delays: Delays) -> float:
    return max(delays.off, CHATTER_HOLD) if alarm.chattering else delays.off


def _unhide(alarm: Alarm, delays: Delays, now: float) -> Alarm:
    """Shelving and out of service end by themselves."""
    if alarm.shelved_until is not None and now >= alarm.shelved_until:
        alarm = unshelve(alarm, delays)
    if alarm.out_of_service_until is not None and now >= alarm.out_of_service_until:
        alarm = return_to_service(alarm, delays, now)
    return alarm


def _until_decided(before: Alarm, after: Alarm, delays: Delays) -> Alarm:
    """What is hidden no longer, and is about to clear by itself or unknown, is hidden until that is decided.

    Whoever has mended it and returns it to service is not told of what is over; nor of what nobody can see now, which
    is told as such.
    """
    told_all_the_same = (delays.latched and not after.acknowledged) or (delays.patient and _is_unseen(after))
    shown = before.hidden and not after.hidden
    return _decided(replace(after, undecided=True)) if shown and not told_all_the_same else after


def _decided(alarm: Alarm) -> Alarm:
    """Whether it still is has been seen, unless it is about to clear or unknown."""
    waits = alarm.phase is Phase.CLEARING or _is_unseen(alarm)
    return alarm if waits or not alarm.undecided else replace(alarm, undecided=False)


def _is_unseen(alarm: Alarm) -> bool:
    return alarm.phase is Phase.ACTIVE and alarm.outcome is Outcome.UNKNOWN


def due(alarm: Alarm, delays: Delays) -> float | None:
    """When ``step`` must be called again although no reading came (seconds since 1970), or None."""
    times = [alarm.shelved_until, alarm.out_of_service_until]
    if alarm.phase is Phase.PENDING and alarm.outcome is Outcome.VIOLATED:
        times.append(alarm.since + delays.on)
    if alarm.phase is Phase.CLEARING and (alarm.acknowledged or not delays.latched):
        times.append(alarm.since + _off_delay(alarm, delays))
    return min((each for each in times if each is not None), default=None)


def acknowledge(alarm: Alarm, who: str, now: float) -> Alarm:
    """A person has seen it; the first one counts."""
    return alarm if alarm.acknowledged else replace(alarm, acknowledged_by=who, acknowledged_at=now)


def forget_acknowledged(alarm: Alarm) -> Alarm:
    """Whoever has seen it has not seen to it: the acknowledgement counts no longer."""
    return replace(alarm, acknowledged_by="", acknowledged_at=None)


def shelve(alarm: Alarm, who: str, reason: str, until: float) -> Alarm:
    """Hide it until a time, by a person and with a reason."""
    return replace(alarm, shelved_by=who, shelved_reason=reason, shelved_until=until)


def unshelve(alarm: Alarm, delays: Delays) -> Alarm:
    """Show it again."""
    return _until_decided(alarm, replace(alarm, shelved_by="", shelved_reason="", shelved_until=None), delays)


def take_out_of_service(alarm: Alarm, who: str, reason: str, until: float) -> Alarm:
    """Hide it while its asset is worked on."""
    return replace(alarm, out_of_service_by=who, out_of_service_reason=reason, out_of_service_until=until)


def return_to_service(alarm: Alarm, delays: Delays, now: float) -> Alarm:
    """Back in service with nothing believed: what was clearing must be proven anew."""
    since = now if alarm.phase is Phase.CLEARING else alarm.since
    back = replace(
        alarm, since=since, out_of_service_by="", out_of_service_reason="", out_of_service_until=None
    )  # fmt: skip
    return _until_decided(alarm, back, delays)


def untold(alarm: Alarm) -> Alarm:
    """After a start: what stood, hidden, so that nobody was told of it, is told when it is seen again.

    What was clearing is over as far as anybody knows; what was raised is so again as soon as it is found violated, and
    counts once.
    """
    if alarm.phase is Phase.CLEARING:
        return replace(alarm, phase=Phase.NORMAL)
    return replace(alarm, phase=Phase.PENDING, occurrences=alarm.occurrences - 1, recent=alarm.recent[:-1])


def suppress(alarm: Alarm, by: str) -> Alarm:
    """Explain it away by another trouble (``by``), or stop doing so (``""``)."""
    return alarm if alarm.suppressed_by == by else replace(alarm, suppressed_by=by)
