"""How failed attempts are slowed down, address by address.

A good token is never slowed down: stopping must be quick.
"""

from __future__ import annotations

from dataclasses import dataclass

FREE = 5
"""So many failures are nothing: somebody has mistyped."""
FIRST, LONGEST = 1.0, 60.0
"""Seconds: the first pause, doubled with every further failure up to the longest."""
FORGET = 900.0
"""Seconds without a failure after which an address begins anew."""
ADDRESSES = 1000


@dataclass(slots=True)
class _Failures:
    count: int = 0
    until: float = 0.0
    last: float = 0.0
    unwritten: int = 0


class BackOff:
    """Failures by address. ``now`` is in seconds on any clock that only goes forward."""

    def __init__(self) -> None:
        self._of: dict[str, _Failures] = {}

    def pause(self, address: str, now: float) -> float:
        """Seconds for which failures from there are not even written down, only counted."""
        found = self._of.get(address)
        return max(found.until - now, 0.0) if found else 0.0

    def failed(self, address: str, now: float) -> int:
        """One more failure; returns how many came before it that were only counted."""
        found = self._of.pop(address, None)
        if found is None or now - found.last > FORGET:
            found = _Failures(unwritten=found.unwritten if found else 0)
        self._of[address] = found
        if len(self._of) > ADDRESSES:
            del self._of[next(iter(self._of))]  # the one that has been quiet for longest
        found.count, found.last = found.count + 1, now
        beyond = found.count - FREE
        found.until = now + min(FIRST * 2.0 ** min(beyond - 1, 10), LONGEST) if beyond > 0 else 0.0
        before, found.unwritten = found.unwritten, 0
        return before

    def count(self, address: str) -> None:
        """A failure during the pause."""
        self._of[address].unwritten += 1
