"""What a site allows to be written: which commands of which device, and which asset's commands they stand for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from gateway.documents import Document, suggest
from gateway.estate import AssetCommand
from gateway.kinds import Kind
from gateway.profiles import ProfileCommand
from gateway.site.assets import Claim, whole_devices
from gateway.site.files import AssetStanza, DeviceStanza, Findings, SiteFile
from gateway.site.wires import Wired
from gateway.sources.gate import MINUTE, Publication, orders_of


def allow(document: Document, wired: Mapping[str, Wired], findings: Findings) -> None:
    """Give every device those of its profile's commands that the site allows; what it may not allow is noted."""
    for name, device in wired.items():
        here = ("devices", name)
        for command in device.stanza.allow:
            known = device.profile.commands
            if command not in known:
                message = f"{device.stanza.profile} has no command {command!r}{_near(command, known)}"
                findings.wrong(document, (*here, "allow"), message)
            elif wrong := _held(device.stanza, command, known[command]):
                findings.wrong(document, (*here, "allow"), wrong)
            else:
                device.commands[command] = known[command]
        for command in device.stanza.allow_without_timeout:
            where = (*here, "allow_without_timeout")
            if command not in device.stanza.allow:
                findings.wrong(document, where, f"{command!r} is not under allow{_near(command, device.stanza.allow)}")
            elif command in device.commands and not device.commands[command].held:
                findings.doubtful(document, where, f"{command} holds nothing: it needs no such consent")


def _near(word: str, known: Iterable[str]) -> str:
    return suggest(word, list(known))


def _with_sources(kind: Kind, point: str) -> str:
    """A point, and the points from which it would be computed."""
    derived = kind.derived.get(point)
    return f"{point} (or {' and '.join(derived.inputs.values())})" if derived else point


def _held(stanza: DeviceStanza, name: str, command: ProfileCommand) -> str:
    """Why a command may not be allowed like that, "" when it may."""
    if not command.held or name in stanza.allow_without_timeout:
        return ""
    return (
        f"{name} holds until somebody ends it, and the device does not end it by itself: should the gateway fail in"
        f" between, it would stay. If that is acceptable here, write allow_without_timeout: [{name}] as well"
    )


@dataclass(slots=True)
class Commander:
    """Finds what stands for the commands of the site's assets, one asset after the other."""

    document: Document
    site: SiteFile
    wired: Mapping[str, Wired]
    findings: Findings
    taken: dict[tuple[str, str], str] = field(default_factory=dict)
    """Device and command → the first asset that uses it."""
    moved: dict[tuple[object, ...], str] = field(default_factory=dict)
    """What goes over the wire → the first asset that has it sent, whatever its device is called."""

    def commands(self, name: str, kind: Kind, claims: Iterable[Claim]) -> dict[str, AssetCommand]:
        """The kind's commands that the asset ``name`` can be told; those that are named win over whole devices."""
        stanza, here = self.site.assets[name], ("assets", name, "commands")
        found: dict[str, tuple[str, str]] = {}
        for device in dict.fromkeys(whole_devices(stanza)):
            for command in self._allowed(device).keys() & kind.commands.keys():
                first, _ = found.setdefault(command, (device, command))
                if first != device and command not in stanza.commands:
                    message = f"{command} is done by {first!r} and by {device!r}: name the one"
                    self.findings.wrong(self.document, here, message)
        found.update(self._named(stanza, here, kind))
        self._check(name, kind, found, frozenset((claim.device, claim.source) for claim in claims))
        return {command: self._command(*found[command]) for command in kind.commands if command in found}

    def warn_blind(self, name: str, kind: Kind, ids: Collection[str], commands: Collection[str]) -> None:
        """Tell of an asset that may be commanded and never will be: nobody would see what became of its test."""
        unseen = kind.unseen(ids)
        if unseen and kind.discharge and any(each in commands for each in kind.discharge.commands()):
            lacking = " and ".join(map(partial(_with_sources, kind), unseen))
            self.findings.doubtful(
                self.document,
                ("assets", name),
                f"no test of it can be followed, and none begins: no point tells {lacking}",
            )

    def warn_unused(self) -> None:
        """Tell, once all assets are through, what is allowed and nobody's."""
        for name, device in self.wired.items():
            for command in (each for each in device.commands if (name, each) not in self.taken):
                message = f"{command} is allowed, and no asset has it"
                self.findings.doubtful(self.document, ("devices", name, "allow"), message)

    def _allowed(self, device: str) -> Mapping[str, ProfileCommand]:
        return self.wired[device].commands if device in self.wired else {}

    def _named(self, stanza: AssetStanza, here: tuple[str, ...], kind: Kind) -> Iterator[tuple[str, tuple[str, str]]]:
        for command, written in stanza.commands.items():
            where = (*here, command)
            device, _, source = written.partition(".")
            if command not in kind.commands:
                self._wrong(where, f"{stanza.kind} has no command {command!r}{_near(command, kind.commands)}")
            elif not source or device not in self.site.devices:
                near = self.findings.near(device, self.site.devices)
                self._wrong(where, f"no device {device!r}{near}" if source else "write device.command")
            elif device in self.wired and source not in self.wired[device].profile.commands:
                known = self.wired[device].profile.commands
                self._wrong(where, f"{device!r} has no command {source!r}{_near(source, known)}")
            elif device in self.wired and source not in self._allowed(device):
                self._wrong(where, f"{written} is not allowed: list it under allow of the device")
            elif device in self.wired:
                yield command, (device, source)

    def _check(
        self, name: str, kind: Kind, found: Mapping[str, tuple[str, str]], read: frozenset[tuple[str, str]]
    ) -> None:
        """A start needs its stop, its effect has to be seen, and no other battery may be discharged by it."""
        where = ("assets", name)
        ends = kind.discharge.commands() if kind.discharge else {}
        for command, (device, source) in found.items():
            stop, told = ends.get(command, ""), self._allowed(device)[source]
            if stop and stop not in found:
                self._wrong(where, f"{command} is allowed without {stop}: what is begun has to be ended; allow both")
            if told.held and not stop:
                self._wrong(where, f"{command} is {device}.{source}, which holds, and nothing of this kind ends it")
            if (device, told.reads_back) not in read:
                point = f"{device}.{told.reads_back}"
                self._wrong(where, f"nobody would see whether {command} was obeyed: give it {point} as a point")
            self.taken.setdefault((device, source), name)
            other = self.moved.setdefault(self._wire(device, source), name)
            if other != name and kind.discharge:
                self._wrong(where, f"{command} is {device}.{source}, which would discharge {other!r} too")

    def _wire(self, device: str, source: str) -> tuple[object, ...]:
        """What is written where; of what cannot be said, which is told elsewhere, the command's name."""
        wired = self.wired[device]
        connection = self.site.connections[wired.stanza.connection]
        place = (getattr(connection, "host", ""), getattr(connection, "port", 0))
        try:
            order = orders_of(wired.device())[source]
            return (place, order.topic, order.payload(MINUTE)) if isinstance(order, Publication) else (place, order)
        except ValueError:
            return device, source

    def _command(self, device: str, source: str) -> AssetCommand:
        command = self._allowed(device)[source]
        return AssetCommand(device, source, command.timed)

    def _wrong(self, where: tuple[str, ...], message: str) -> None:
        self.findings.wrong(self.document, where, message)
