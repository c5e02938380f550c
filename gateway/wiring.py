"""How a site is wired: connections and the devices on them, as the sources need to know them. Knows no assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.profiles import Profile, ProfileCommand


@dataclass(frozen=True, slots=True)
class Device:
    """One thing that answers on a connection, as a source needs to know it.

    ``point_ids`` maps the profile's points (those that are wanted) to integer ids; ``answers_id`` is the id of the
    boolean point that says whether the device answers at all.
    """

    name: str
    profile: Profile
    point_ids: Mapping[str, int]
    answers_id: int
    every: float
    stale_after: float
    unit: int = 1
    parameters: Mapping[str, int | str] = field(default_factory=dict)
    commands: Mapping[str, ProfileCommand] = field(default_factory=dict)
    """Those of the profile's commands that the site allows: nothing else is ever written to the device."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One wire. ``answers_id`` is the id of the boolean point that says whether the wire carries anything."""

    name: str
    kind: str
    answers_id: int
    host: str = ""
    port: int | str = 0
    line: str = ""
    timeout: float = 1.0
    quiet: float = 0.05
    tls: bool = False
    ca_file: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class Resume:
    """Where the last run left off: the messages it committed, and when it was last known to listen."""

    receipt_keys: Sequence[str] = ()
    listened_until: float | None = None
