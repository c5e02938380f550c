"""The feed of a luminaire: the mains, and the contact of a test relay that can take them away. Knows no luminaire."""

from __future__ import annotations


class Feed:
    """A contact that is closed at rest. A contact that is stuck stays where it is, whatever its coil wants."""

    def __init__(self) -> None:
        self.mains = True
        self.coil = False
        self.broken = False
        self.stuck_closed = self.welded_open = False

    @property
    def live(self) -> bool:
        """There is a supply behind the contact."""
        return self.mains and not self.broken

    def follow(self) -> None:
        """The contact moves to where its coil wants it, if it can."""
        if not (self.stuck_closed if self.coil else self.welded_open):
            self.broken = self.coil
