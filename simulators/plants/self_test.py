"""The tests that a luminaire's own electronics run, after IEC 62386-202. Knows neither lamp nor battery.

A test that cannot begin stays pending. A result counts only while its done flag is set: cleared when a test begins, set
when one comes to its end with the mains there.
"""

from __future__ import annotations

from collections.abc import Callable

FUNCTION_TEST_S = 35.0
TIMEOUT_S = 900.0
"""How long a test may be pending before that is a fault: an execution time-out of 0 days means 15 minutes."""


class SelfTest:
    """At most one test at a time. Kinds are `function` and `duration`; times are simulated epoch seconds."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forgets everything, as electronics do that lose their supply voltage."""
        self.running: str | None = None
        self.began = self.seconds = 0.0
        self.pending: dict[str, tuple[float, float]] = {}  # kind to since when, and how long it will run
        self.overdue: set[str] = set()  # kinds that were pending for longer than the time-out
        self.done: dict[str, bool] = {}  # kind to passed, until the next one begins
        self.failing: set[str] = set()  # kinds that failed, until the same is passed
        self.last_duration_min: float | None = None

    @property
    def asked(self) -> bool:
        """Something runs, or is still to."""
        return self.running is not None or bool(self.pending)

    def ask(self, kind: str, seconds: float, now: float) -> None:
        """A test that is to begin as soon as it can."""
        self.pending.setdefault(kind, (now, seconds))

    def begin(self, kind: str, seconds: float, now: float) -> None:
        """A test begins."""
        self.running, self.began, self.seconds = kind, now, seconds
        self.pending.pop(kind, None)
        self.overdue.discard(kind)
        self.done.pop(kind, None)

    def look(self, now: float, ready: Callable[[str], bool]) -> None:
        """Begins what can begin, and notes what has been pending for too long."""
        for kind, (since, seconds) in list(self.pending.items()):
            if self.running is None and ready(kind):
                self.begin(kind, seconds, now)
            elif now - since >= TIMEOUT_S:
                self.overdue.add(kind)

    def over(self, now: float) -> bool:
        """What runs has run for its time."""
        return self.running is not None and now - self.began >= self.seconds

    def end(self, now: float, *, valid: bool) -> None:
        """What runs ends now: passed when it ran for its time, and with no result at all unless `valid`."""
        kind, lasted = self.running or "", now - self.began
        if valid:
            self.done[kind] = lasted >= self.seconds
            (self.failing.discard if self.done[kind] else self.failing.add)(kind)
        if kind == "duration":
            self.last_duration_min = lasted / 60
        self.running = None

    def stop(self) -> None:
        """Ends what runs, without a result, and gives up what is pending."""
        self.running = None
        self.pending.clear()
