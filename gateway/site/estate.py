"""Makes the Estate of a site whose files are read: connections, devices and assets get their ids and their places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from gateway.assets.windows import Almanac
from gateway.documents import Document, suggest
from gateway.estate import Asset, AssetCommand, Estate, LinkSettings, OutputSettings
from gateway.kinds import LINGERING, SITE, Kind
from gateway.model import Text
from gateway.profiles import ModbusProfile
from gateway.site.assets import Binder, Bound, Columns, check_assets, neighbours
from gateway.site.brokers import join_connections
from gateway.site.commands import Commander, allow
from gateway.site.files import EVERY_LANGUAGE, Findings, MqttBroker, SiteFile
from gateway.site.heartbeat import read_heartbeat
from gateway.site.kinds import ANSWERS, WIRES, Vocabulary
from gateway.site.outputs import read_output
from gateway.site.proof_tests import TestsReader
from gateway.site.routing import RoutingReader
from gateway.site.service import read_service
from gateway.site.standard import ANY_ASSET, Clauses
from gateway.site.windows import tellable, used
from gateway.site.wires import (
    Endpoints,
    Profiles,
    Wired,
    build_connection,
    check_connections,
    read_password,
    wire_devices,
)
from gateway.sources.gate import orders_of
from gateway.sources.registers import plan
from gateway.sources.source import Connection, Device
from gateway.sources.topics import routes_of
from gateway.standards.standard import Clause


@dataclass(slots=True)
class Builder:
    """Builds from one site.yaml; whatever is wrong goes into ``findings``, and then the result is of no use."""

    document: Document
    site: SiteFile
    zone: ZoneInfo
    vocabulary: Vocabulary
    findings: Findings
    columns: Columns = field(default_factory=Columns)

    @property
    def almanac(self) -> Almanac:
        """When the site's windows are open."""
        return Almanac(self.vocabulary.windows.windows, self.zone, self.site.location)

    def build(self, profiles: Profiles, clauses: Clauses, endpoints: Endpoints) -> Estate:
        """The estate, with every check of site.yaml against ``profiles`` and the kinds."""
        connections = self._connections(endpoints)
        wired = wire_devices(self.document, self.site, profiles, self.findings)
        allow(self.document, wired, self.findings)
        answers = {name: self.columns.add(f"device/{name}/{ANSWERS}") for name in wired}
        points = {name: self.columns.add(name) for name in tellable(self.almanac)}
        bound = self._bind(wired, self._site_points(points, clauses))
        tests = TestsReader(self.document, self.site, self.almanac, self.findings)
        rules = tests.rules(wired, self.columns)
        devices = {name: each.device(answers[name]) for name, each in wired.items()}
        self._check_reach(devices)
        beside = neighbours(self.site)
        commands = self._commands(bound, wired)
        assets = {name: self._asset(name, each, wired, beside[name], commands[name]) for name, each in bound.items()}
        assets.update([*self._device_assets(devices), *self._connection_assets(connections)])
        if rules:
            tests.check(rules, assets, self.vocabulary.kinds, [each.clause for each in clauses.written.values()])
        fixed = {id_: value for each in bound.values() for id_, value in each.fixed.items()}
        routing = RoutingReader(self.document, self.site, self.almanac, self.findings)
        return Estate(
            site=self.site.site,
            title=self._text(("name",), self.site.name),
            timezone=self.zone,
            languages=self.site.languages,
            connections=connections,
            devices=devices,
            device_connection={name: each.stanza.connection for name, each in wired.items()},
            assets=assets,
            kinds=self.vocabulary.kinds,
            standard=clauses.standard(),
            outputs=join_connections(self.document, self._outputs(routing), connections, self.findings),
            points=self.columns.names,
            units=self.columns.units,
            deadbands=self.columns.deadbands,
            fixed=fixed,
            history_days=int(self.site.history.keep // 86400),
            off=clauses.off,
            changed=clauses.changed,
            own=clauses.own(),
            touchpoints=self.vocabulary.touchpoints,
            windows={name: each for name, each in self.almanac.windows.items() if SITE + name in points},
            location=self.site.location,
            links=self._links(),
            site_points=points,
            proof_tests=rules,
            service=read_service(self.document, self.site, self.zone, clauses, self.findings),
            routing=routing.routing(self.vocabulary, assets, clauses.standard()),
            heartbeat=read_heartbeat(self.document, self.site, self.findings),
        )

    def _links(self) -> LinkSettings | None:
        links = self.site.links
        return LinkSettings(links.address.rstrip("/"), links.lasts) if links else None

    def _outputs(self, routing: RoutingReader) -> dict[str, OutputSettings]:
        read = {name: read_output(self.document, name, each, self.findings) for name, each in self.site.outputs.items()}
        return {name: replace(each, addresses=routing.addresses(name)) for name, each in read.items()}

    def _connections(self, endpoints: Endpoints) -> dict[str, Connection]:
        check_connections(self.document, self.site, self.findings)
        made = {}
        for name, stanza in self.site.connections.items():
            answers = self.columns.add(f"connection/{name}/{ANSWERS}")
            made[name] = build_connection(name, stanza, answers, self.site.site, endpoints)
            if isinstance(stanza, MqttBroker):
                password = read_password(self.document, name, stanza, self.findings)
                made[name] = replace(made[name], password=password, ca_file=self._ca_file(name, stanza))
        return made

    def _ca_file(self, name: str, stanza: MqttBroker) -> str:
        path = self.document.path.parent / stanza.ca_file
        if not stanza.ca_file:
            return ""
        if not path.is_file():
            self.findings.wrong(self.document, ("connections", name, "ca_file"), f"there is no file {path}")
        return str(path)

    def _site_points(self, told: Mapping[str, int], clauses: Clauses) -> dict[str, dict[str, int]]:
        """By kind of asset here, those of the site's points that it uses; one that cannot be told here is wrong."""
        by_kind: dict[str, list[Clause]] = defaultdict(list)
        for each in clauses.written.values():
            by_kind[each.clause.applies_to].append(each.clause)
        here = {stanza.kind for stanza in self.site.assets.values()} & self.vocabulary.kinds.keys()
        using = {name: used(self.vocabulary.kinds[name], by_kind[name]) for name in sorted(here)}
        for kind, names in using.items():
            for name in sorted(names & {SITE + each for each in self.almanac.windows} - told.keys()):
                message = f"is missing: {kind} uses the window {name.removeprefix(SITE)!r}, which needs the sun's times"
                self.findings.wrong(self.document, ("location",), message)
        return {kind: {name: told[name] for name in names & told.keys()} for kind, names in using.items()}

    def _bind(self, wired: Mapping[str, Wired], site_points: Mapping[str, Mapping[str, int]]) -> dict[str, Bound]:
        binder = Binder(self.document, self.site, wired, self.zone, self.columns, self.findings, site_points)
        bound = {name: binder.bind(name, kind) for name, kind in self._kinds()}
        check_assets(self.document, self.site, bound, self.findings)
        return bound

    def _kinds(self) -> Iterator[tuple[str, Kind]]:
        """The assets whose kind is known, with their kind; touchpoints are checked on the way."""
        choice = {name: kind for name, kind in self.vocabulary.kinds.items() if name not in (*WIRES, ANY_ASSET)}
        for name, stanza in self.site.assets.items():
            if stanza.touchpoint not in self.vocabulary.touchpoints:
                hint = suggest(stanza.touchpoint, self.vocabulary.touchpoints)
                where = ("assets", name, "touchpoint")
                self.findings.wrong(self.document, where, f"no touchpoint {stanza.touchpoint!r}{hint}")
            if stanza.kind in choice:
                yield name, choice[stanza.kind]
            else:
                hint = suggest(stanza.kind, choice)
                self.findings.wrong(self.document, ("assets", name, "kind"), f"no kind {stanza.kind!r}{hint}")

    def _check_reach(self, devices: Mapping[str, Device]) -> None:
        """Every point of a device must have an address or a topic with the parameters that the site states."""
        told: dict[object, str] = {}
        for name, device in devices.items():
            like = (id(device.profile), device.unit == 0, tuple(device.commands), *device.parameters.items())
            if device.parameters.keys() != device.profile.parameters.keys():
                continue
            if like not in told:
                told[like] = _out_of_reach(device)
            if told[like]:
                self.findings.wrong(self.document, ("devices", name), told[like])

    def _commands(
        self, bound: Mapping[str, Bound], wired: Mapping[str, Wired]
    ) -> Mapping[str, Mapping[str, AssetCommand]]:
        commander = Commander(self.document, self.site, wired, self.findings)
        made = {}
        for name, each in bound.items():
            kind = self.vocabulary.kinds[self.site.assets[name].kind]
            made[name] = commander.commands(name, kind, each.claims)
            commander.warn_blind(name, kind, each.ids, made[name])
            relay = kind.discharge.relay if kind.discharge else None  # seen open, it is told of without any command too
            if LINGERING in kind.points and (made[name] or (relay and relay.is_open in each.ids)):
                each.ids[LINGERING] = self.columns.add(f"{name}/{LINGERING}")
        commander.warn_unused()
        return made

    def _asset(
        self,
        name: str,
        bound: Bound,
        wired: Mapping[str, Wired],
        next_to: tuple[str, ...],
        commands: Mapping[str, AssetCommand],
    ) -> Asset:
        stanza = self.site.assets[name]
        return Asset(
            name=name,
            kind=stanza.kind,
            touchpoint=stanza.touchpoint,
            place=self._text(("assets", name, "place"), stanza.place),
            ids=bound.ids,
            derived=tuple(bound.derived),
            devices=bound.devices,
            next_to=next_to,
            group=stanza.group,
            records=bound.records,
            commands=commands,
            protocol="+".join(sorted({wired[device].profile.protocol for device in bound.devices})),
        )

    def _device_assets(self, devices: Mapping[str, Device]) -> Iterator[tuple[str, Asset]]:
        for name, device in devices.items():
            ids, protocol = {ANSWERS: device.answers_id}, device.profile.protocol
            full_name = f"device/{name}"
            yield full_name, Asset(full_name, "device", "", self._same(name), ids, (), (name,), (), protocol)

    def _connection_assets(self, connections: Mapping[str, Connection]) -> Iterator[tuple[str, Asset]]:
        for name, connection in connections.items():
            ids, protocol = {ANSWERS: connection.answers_id}, connection.kind.split("-", 1)[0]
            full_name = f"connection/{name}"
            yield full_name, Asset(full_name, "connection", "", self._same(name), ids, (), (), (), protocol)

    def _same(self, text: str) -> Text:
        return dict.fromkeys(self.site.languages, text)

    def _text(self, where: tuple[str, ...], words: Mapping[str, str]) -> Text:
        """The words in each language of the site; one that is left out gets those of another."""
        if EVERY_LANGUAGE in words:
            return self._same(words[EVERY_LANGUAGE])
        missing = [language for language in self.site.languages if language not in words]
        if missing:
            self.findings.doubtful(self.document, where, f"says nothing in {', '.join(missing)}")
        return {language: words.get(language, next(iter(words.values()))) for language in self.site.languages}


def _out_of_reach(device: Device) -> str:
    """What is wrong with the address or topic of one of the device's points, "" when nothing is."""
    all_points = replace(device, point_ids=dict.fromkeys(device.profile.points, 0))
    try:
        if isinstance(device.profile, ModbusProfile):
            plan(device.profile, all_points.point_ids, device.parameters)
        else:
            routes_of(all_points)
        orders_of(device)
    except ValueError as error:
        return str(error)
    return ""
