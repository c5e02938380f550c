"""A site once loaded and found right: what the running gateway knows of connections, devices, assets and clauses.

Every value has an integer id, its place in the columns of ``gateway.assets.latest``. Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from gateway.kinds import Kind, Touchpoint
from gateway.model import Text, Value
from gateway.proof_tests.rules import TestRules
from gateway.routing.routes import Routing
from gateway.standards.standard import Clause, Standard
from gateway.standards.windows import Location, Window
from gateway.tickets.service_level import Service
from gateway.wiring import Connection, Device


@dataclass(frozen=True, slots=True)
class DerivedPoint:
    """A point of an asset that a named function computes; ``inputs`` maps the function's input names to ids."""

    id: int
    function: str
    inputs: Mapping[str, int]
    parameters: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AssetCommand:
    """What stands for a command of an asset's kind: ``command`` of ``device``, which the site allows."""

    device: str
    command: str
    timed: bool
    """It carries after how many seconds the device has to end it, and is not sent without."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A physical thing under the standard. Devices and connections are assets too (``device/…``, ``connection/…``).

    ``ids``: every point, derived point and fact that this asset has → its id. ``devices``: those that feed it.
    """

    name: str
    kind: str
    touchpoint: str
    place: Text
    ids: Mapping[str, int]
    derived: Sequence[DerivedPoint] = ()
    devices: Sequence[str] = ()
    next_to: Sequence[str] = ()
    protocol: str = ""
    """``modbus``, ``mqtt`` or both joined by ``+``."""
    records: Mapping[str, int] = field(default_factory=dict)
    """Those of the points that people tell, by what they record."""
    commands: Mapping[str, AssetCommand] = field(default_factory=dict)
    """What the gateway may have it do, by what the kind calls it: only what the site allows."""
    group: str = ""
    """What it stands in together with others, like an escape route: their batteries are never tested together."""

    def leaves(self, numbers: Iterable[int]) -> Iterator[int]:
        """The values from which all of ``numbers`` are made in the end."""
        made = {each.id: each for each in self.derived}
        for number in numbers:
            if number in made:
                yield from self.leaves(made[number].inputs.values())
            else:
                yield number


@dataclass(frozen=True, slots=True)
class Keep:
    """How much may wait for an output of readings: so many at most, and none older than so many seconds."""

    readings: int
    seconds: float


@dataclass(frozen=True, slots=True)
class OutputSettings:
    """One output: ``kind`` names the adapter, ``events`` what goes there (``ticket.*``, ``alarm.raised``)."""

    name: str
    kind: str
    events: Sequence[str]
    settings: Mapping[str, str]
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Person → where it reaches them."""
    keep: Keep | None = None
    """Of an output of readings, not of events."""

    @property
    def is_for_people_only(self) -> bool:
        """Whether it reaches nobody but single persons: it has their addresses, and none of its own."""
        return bool(self.addresses) and not {"to", "topic"} & self.settings.keys()


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Under which address people reach the gateway, and for how many seconds a link in a message is good."""

    address: str
    lasts: float


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Where the gateway's sign of life goes: to a web address, over an output of kind mqtt, or both ("" for neither).

    ``every`` and ``timeout`` in seconds.
    """

    url: str = field(default="", repr=False)
    mqtt: str = ""
    every: float = 60.0
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """A clause that the site does not apply, why, and the last day of that."""

    clause: Clause
    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class Changed:
    """What a clause said before the site changed it, why it did (``""`` when it does not say), and until when."""

    shipped: Clause
    reason: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Estate:
    """One site, ready to run. ``points[id]`` is a point's name: ``device:eml-3f/battery_voltage``, ``asset/point``."""

    site: str
    title: Text
    timezone: ZoneInfo
    languages: Sequence[str]
    connections: Mapping[str, Connection]
    devices: Mapping[str, Device]
    device_connection: Mapping[str, str]
    assets: Mapping[str, Asset]
    kinds: Mapping[str, Kind]
    standard: Standard
    outputs: Mapping[str, OutputSettings]
    points: Sequence[str]
    units: Sequence[str]
    """Unit of each point id."""
    deadbands: Sequence[float]
    """History deadband of each point id."""
    fixed: Mapping[int, Value]
    """Facts: ids whose value is written in the site's files; dates as the last second of their day."""
    history_days: int = 90
    off: Mapping[str, SwitchedOff] = field(default_factory=dict)
    """Clauses that are not in force, by id."""
    changed: Mapping[str, Changed] = field(default_factory=dict)
    """Clauses in force that are not as they were shipped, by id."""
    own: frozenset[str] = frozenset()
    """The clauses that the site added."""
    touchpoints: Mapping[str, Touchpoint] = field(default_factory=dict)
    """Every touchpoint of the book, by slug, in its order."""
    windows: Mapping[str, Window] = field(default_factory=dict)
    """Every window that can be told at this site, by name."""
    location: Location | None = None
    site_points: Mapping[str, int] = field(default_factory=dict)
    """The ids of the points that the site itself has: ``site.day``, and ``site.`` with the name of each window."""
    proof_tests: TestRules | None = None
    """Which tests the gateway starts by itself; None for none."""
    links: LinkSettings | None = None
    """None: no message carries a link."""
    service: Service = field(default_factory=Service)
    """On which calendars the clocks of tickets run, and when they are told."""
    routing: Routing = field(default_factory=Routing)
    """Who is told what, and by which outputs."""
    heartbeat: Heartbeat | None = None
    """None when nobody outside listens for it."""

    @property
    def spools(self) -> Mapping[str, Keep]:
        """The outputs of readings, and how much may wait for each."""
        return {name: each.keep for name, each in self.outputs.items() if each.keep}

    @property
    def adjusted_until(self) -> date | None:
        """The first day, in the site's zone, that is the last of something switched off or changed; None for none."""
        ends = [*(each.until for each in self.off.values()), *(each.until for each in self.changed.values())]
        return min((end for end in ends if end), default=None)
