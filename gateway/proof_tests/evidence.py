"""What was seen of one discharge, gathered reading by reading, and what can be said of it. Unknown is never a pass.

Is handed what the readings say together; knows neither devices nor points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import floor

from gateway.model import Value
from gateway.proof_tests.entry import Kind, Outcome

GAP = 60.0
"""Seconds: two pieces of evidence further apart than this do not hang together."""
STILL = 300.0
"""Seconds: a battery that is discharged moves; measured values that do not move at all for longer are not believed
(proposed: on the flattest part of its curve a battery moves by 0.01 V in a few minutes)."""
CHANGEOVER = 5.0
"""Seconds within which the lamp has to light from its battery (GB 17945-2024); it may be dark until then."""
FLOOR = 0.85
"""Share of its rated voltage below which a battery under load counts as exhausted (GB 17945, as read in a summary)."""
IDLE, UNKNOWN = "", "unknown"
VOLTAGE = "battery_voltage"


@dataclass(frozen=True, slots=True)
class Look:
    """What the latest readings of an asset say together. Times are the source's, seconds since 1970."""

    runs: str
    """A kind of test or ``discharge`` that is going on, ``IDLE``, or ``UNKNOWN``."""
    at: float
    """When that was told."""
    lit: bool | None = None
    """Whether the lamp is lit; None when unknown, or when the asset cannot tell."""
    lit_at: float | None = None
    """When that was told; None: with the rest."""
    done: bool | None = None
    """Whether the device says that it ended its last such test with a valid result."""
    failed: bool | None = None
    """Whether the device says that its last such test failed."""
    result: float | None = None
    """Seconds that the device's last such test lasted, as it says."""
    values: Mapping[str, Value | None] = field(default_factory=dict)
    """What goes into the curve."""
    heard_at: float | None = None
    """When we heard whether the lamp is lit, by our own clock; None: when that was told."""

    @property
    def span(self) -> tuple[float, float]:
        """The oldest and the newest of the times."""
        lit_at = self.at if self.lit_at is None else self.lit_at
        return min(self.at, lit_at), max(self.at, lit_at)

    @property
    def lit_here(self) -> tuple[float, float]:
        """When the lamp was told to be lit, by the source's clock and by ours."""
        lit_at = self.at if self.lit_at is None else self.lit_at
        return lit_at, lit_at if self.heard_at is None else self.heard_at


@dataclass(frozen=True, slots=True)
class Terms:
    """By what tests of one kind are judged on one asset."""

    clause: str = ""
    """"" when no clause asks for such a test: it is then only recorded."""
    limit: float | None = None
    """Seconds than which it must last longer."""
    has_lamp: bool = True
    """Whether the asset tells if its lamp is lit."""
    has_flag: bool = False
    """Whether the device says itself that a test is done and its result valid."""
    has_failed: bool = False
    """Whether the device says itself that a test failed."""
    step: float | None = None
    """Seconds in which the device counts its own result; None when it tells none."""


@dataclass(frozen=True, slots=True)
class Run:
    """One discharge as far as it was seen. Plain values: it is stored with the state at every reading."""

    asset: str
    kind: Kind
    started_at: float
    seen_at: float
    """When it was last seen to go on."""
    moved_at: float
    """When a measured value last moved."""
    begun_before: bool = False
    since: float | None = None
    """When the lamp was first told to be lit in the present unbroken stretch of evidence."""
    last: float | None = None
    """The last evidence of that stretch."""
    evident: bool = False
    """Whether there was any evidence at all."""
    heard_since: float | None = None
    """``since`` by our own clock."""
    lasted: float = 0.0
    """Seconds of the longest unbroken stretch, by the source's clock and by ours: one that is set proves nothing."""
    at_most: float = 0.0
    """The same by that clock of the two by which it is longer."""
    alive: float = 0.0
    """``lasted`` when a measured value last moved."""
    calm: float = 0.0
    """Seconds of ``lasted`` for which they stood still at most, before they moved again with the lamp lit."""
    step: float = 0.0
    """Seconds of the longest step between two pieces of evidence."""
    gap: bool = False
    dim_at: float | None = None
    """When the lamp was told dark, while it is not known yet whether it still ran on its battery then."""
    dark_at: float | None = None
    """When the lamp was first seen dark on its battery."""
    dark_after: float = 0.0
    """Seconds by then, at most."""
    still: bool = False
    measured: Mapping[str, float] = field(default_factory=dict)
    lowest_voltage: float | None = None
    floor: float | None = None
    """As in ``Terms``."""
    low_after: float | None = None
    """Seconds, at most, when the voltage was first seen below the floor."""
    before: Mapping[str, Value | None] = field(default_factory=dict)
    unset: bool = False
    """The device's flag was seen not set since it began: if it is set later, then for this test."""
    fine: bool = False
    """The same of its word that the test failed, which may stand from the one before."""
    done: bool | None = None
    failed: bool | None = None
    result: float | None = None
    mains_failed: bool = False
    ended_at: float | None = None
    by: str = ""
    """A word for what it is read from, another one for every other wiring."""
    over: bool = False
    """The entry is written, and its end has not been seen: no second entry for it."""

    @property
    def believed(self) -> float:
        """``lasted`` up to where values that stand still for longer than they did before may have been told earlier."""
        return min(self.lasted, self.alive + self.calm)


def reread(run: Run, by: str) -> Run:
    """The same after a restart, read from ``by``: of what is read elsewhere now, nobody saw it begin."""
    return run if run.by == by else replace(run, by=by, begun_before=True, unset=False, fine=False)


def begun(run: Run, look: Look) -> Run:
    """A discharge of which ``look`` is the first."""
    return gone_on(replace(run, measured=_measured(look)), look)


def gone_on(run: Run, look: Look) -> Run:
    """The same discharge seen to go on."""
    run = _silence(_told(_measure(run, look), look), look.at)
    if run.dim_at is not None and look.at >= run.dim_at:
        run = replace(_dark(run, run.dim_at), dim_at=None)
    if look.lit is False and look.lit_at is not None and look.lit_at > look.at:
        return replace(run, dim_at=run.dim_at or look.lit_at)
    if look.lit is False:
        return _dark(run, look.span[0])
    if not look.lit:
        return run
    run = _lit(run, look.at, *look.lit_here)
    if run.measured and run.moved_at != look.at:
        return run
    return replace(run, alive=run.lasted, calm=max(run.calm, run.lasted - run.alive))


def ended(run: Run, look: Look) -> Run:
    """It was seen to go on no more."""
    run = _silence(run, look.at)
    return _told(replace(run, ended_at=look.at, mains_failed=look.runs == "discharge"), look)


def settled(run: Run, look: Look) -> Run:
    """What the device tells of its test once that is over."""
    return _told(run, look)


def _silence(run: Run, at: float) -> Run:
    """Whether the evidence hangs together up to ``at``, with which it ends or goes on."""
    since = run.dark_at if run.dark_at is not None else run.started_at
    last = since if run.last is None else run.last
    broken = run.dark_at is None and at - last > GAP
    return replace(run, gap=run.gap or broken, seen_at=max(run.seen_at, at))


def _lit(run: Run, at: float, lit_at: float, heard_at: float) -> Run:
    """The lamp was lit: proven is that on its battery where it was told between two words that it ran on that.

    Before the first of them, and after the last one, it may have been the mains that lit it.
    """
    proven, oldest = run.started_at <= lit_at <= at, max(min(at, lit_at), run.started_at)
    run = replace(run, evident=run.evident or proven)
    if run.last is None or oldest - run.last > GAP:
        run = replace(run, since=None, heard_since=None, last=oldest)
    if proven and (run.since is None or run.heard_since is None):
        run = replace(run, since=lit_at, heard_since=heard_at)
    step = max(run.step, _seconds(run.last, max(run.last or oldest, oldest)))
    run = replace(run, step=step, last=max(run.last or oldest, oldest))
    told, heard = (_seconds(run.since, lit_at), _seconds(run.heard_since, heard_at)) if proven else (0.0, 0.0)
    return replace(run, at_most=max(run.at_most, told, heard), lasted=max(run.lasted, min(told, heard)))


def _seconds(since: float | None, until: float) -> float:
    return 0.0 if since is None else round(until - since, 3)  # a float's own dust must not pass a test


def _dark(run: Run, at: float) -> Run:
    if at <= run.started_at + CHANGEOVER:
        return run
    first = run if run.dark_at is not None else replace(run, dark_at=at, dark_after=run.at_most)
    return replace(first, since=None, heard_since=None, last=None)


def _told(run: Run, look: Look) -> Run:
    unset = run.unset or look.done is False
    fine = run.fine or look.failed is False
    return replace(run, unset=unset, fine=fine, done=look.done, failed=look.failed, result=look.result)


def _measured(look: Look) -> dict[str, float]:
    numbers = {name: value for name, value in look.values.items() if isinstance(value, int | float)}
    return {name: value for name, value in numbers.items() if not isinstance(value, bool)}


def _measure(run: Run, look: Look) -> Run:
    measured = {**run.measured, **_measured(look)}
    moved_at = look.at if measured != run.measured else run.moved_at
    still = run.still or (bool(measured) and look.at - moved_at > STILL)
    voltage = _measured(look).get(VOLTAGE)
    known = [each for each in (run.lowest_voltage, voltage) if each is not None]
    is_low = voltage is not None and run.floor is not None and voltage < run.floor
    return replace(
        run, measured=measured, moved_at=moved_at, still=still, lowest_voltage=min(known, default=None),
        low_after=run.at_most if is_low and run.low_after is None else run.low_after,
    )  # fmt: skip


def judge(run: Run, terms: Terms) -> tuple[Outcome, str]:
    """What came of it, and the finding. Only unbroken evidence passes, with the device's word where it has one."""
    if run.kind == "discharge":
        return Outcome.RECORDED, "lamp-out" if run.dark_at is not None else _doubt(run)
    outcome, finding = _failure(run, terms) or _open(run, terms) or _result(run, terms)
    return (outcome if terms.clause else Outcome.RECORDED), finding


def too_short(run: Run, terms: Terms) -> bool:
    """Whether it is not proven that it lasted longer than the limit; exactly as long is not enough."""
    return terms.limit is not None and run.lasted <= terms.limit


def _failure(run: Run, terms: Terms) -> tuple[Outcome, str] | None:
    """What is proven to have failed, whatever else is unknown."""
    if run.dark_at is not None and not run.begun_before and not run.still:
        soon = terms.limit is not None and run.dark_at - run.started_at <= terms.limit
        if soon or (not run.gap and (terms.limit is None or run.dark_after <= terms.limit)):
            return Outcome.FAILED, "lamp-out"
    if run.low_after is not None and not run.begun_before and (terms.limit is None or run.low_after <= terms.limit):
        return Outcome.FAILED, "low-voltage"
    if run.mains_failed:
        return Outcome.ABORTED, "mains-failed"
    told_of_this = run.fine or (run.unset and run.done)
    return (Outcome.FAILED, "device-failed") if run.failed and told_of_this else None


def _doubt(run: Run) -> str:
    """Why the evidence is not whole, "" when it is."""
    doubts = {"begun-before": run.begun_before, "frozen": run.still, "no-evidence": not run.evident, "gap": run.gap}
    return next((finding for finding, doubtful in doubts.items() if doubtful), "")


def _open(run: Run, terms: Terms) -> tuple[Outcome, str] | None:
    """Why nothing is proven, None when the evidence is whole and the test came to its end."""
    proves_nothing = not terms.has_lamp and not (terms.has_flag and run.unset)
    if doubt := _doubt(run) or ("no-evidence" if proves_nothing else ""):
        return Outcome.INCONCLUSIVE, doubt
    if too_short(run, terms) and terms.limit is not None and run.at_most > terms.limit:
        return Outcome.INCONCLUSIVE, "device-error"
    if terms.limit is not None and run.believed <= terms.limit < run.lasted and not _has_result(run, terms):
        return Outcome.INCONCLUSIVE, "frozen"
    if too_short(run, terms) and (run.done is False or not terms.has_flag):
        return Outcome.ABORTED, "stopped"
    told = (run.done or not terms.has_flag) and (run.failed is False or not terms.has_failed)
    return None if told else (Outcome.INCONCLUSIVE, "no-result")


def _has_result(run: Run, terms: Terms) -> bool:
    """Whether the device tells itself how long this very test lasted."""
    return terms.step is not None and run.result is not None and run.unset and run.done is True


def _result(run: Run, terms: Terms) -> tuple[Outcome, str]:
    """A test that came to its end, judged by how long it is proven to have lasted."""
    if too_short(run, terms):
        return Outcome.FAILED, "too-short"
    if terms.step is not None and terms.limit is not None:
        if run.result is None:
            return Outcome.INCONCLUSIVE, "no-result"
        if floor(run.result / terms.step) * terms.step <= terms.limit:
            return Outcome.INCONCLUSIVE, "device-error"
    return Outcome.PASSED, ""
