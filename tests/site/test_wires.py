"""Connections and devices against each other and their profiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sites import Site

SECOND_LINE = "connections:\n  spare: {kind: modbus-rtu, port: /dev/ttyUSB0, line: %s}\n"
OVER_TCP = (
    "connections:\n  one: {kind: modbus-rtu-over-tcp, host: h, port: 4001}\n"
    "  two: {kind: modbus-rtu-over-tcp, host: h, port: 4001}\n"
)
MORE = "devices:\n  more: {%s}\n"

WRONG = [
    (
        "profile: inputs",
        "profile: input",
        "site.yaml:10: devices.di-1.profile: no device profile 'input', did you mean \"inputs\"?",
    ),
    (
        "connection: plant-room",
        "connection: plantroom",
        "devices.di-1.connection: no connection 'plantroom', did you mean \"plant-room\"?",
    ),
    (
        "connection: plant-room",
        "connection: broker",
        "devices.di-1.connection: inputs speaks modbus, and 'broker' is mqtt",
    ),
    (
        "profile: contact, connection: broker",
        "profile: contact, connection: plant-room",
        "contact speaks mqtt, and 'plant-room' is modbus-tcp",
    ),
    ("topic: doors/9", "topic: doors/9, unit: 4", "devices.contact-9.unit: an MQTT device has none"),
    ("topic: doors/9", "topic: doors/9, every: 4s", "devices.contact-9.every: an MQTT device has none"),
    ("topic: doors/9", "topic: [a]", "devices.contact-9.topic: must be a whole number or text"),
    (", topic: doors/9", "", "site.yaml:12: devices.contact-9: topic is missing: contact needs it"),
    ("channel: 2", "chanel: 2", 'devices.eml-3f.chanel: unknown key, did you mean "channel"?'),
    ("channel: 2", "channel: 2, bank: one", "devices.eml-3f.bank: must be a whole number"),
    (
        "channel: 2",
        "channel: two",
        "devices.eml-3f: parameter 'channel' of an address must be a whole number, not 'two'",
    ),
    ("channel: 2", "channel: 700", "devices.eml-3f: address 100*channel + bank is 70001, outside 0 to 65535"),
    ("unit: 11, ", "unit: 0, ", "devices.eml-3f.unit: 0 is every device of a serial line at once"),
    ("unit: 11, ", "", "devices.eml-3f: unit is missing: on a serial line every device has its own"),
    ("every: 1s", "every: 10s, stale_after: 10s", "devices.di-1.stale_after: is not longer than every (10 s)"),
    (
        "devices:\n",
        MORE % "profile: inputs, connection: plant-room, unit: 3",
        "devices.di-1: has the same address as 'more': unit 3 of 'plant-room'",
    ),
    (
        "devices:\n",
        MORE % "profile: light-supply, connection: plant-room, unit: 3, channel: 1",
        "devices.di-1: has the same address as 'more'",
    ),
    (
        "devices:\n",
        MORE % "profile: contact, connection: broker, topic: doors/9",
        "devices.contact-9: has the same address as 'more': the topics on 'broker'",
    ),
    (
        "connections:\n",
        SECOND_LINE % "9600-8E1",
        "connections.corridor-bus.line: has the line setting 9600-8N1, and 'spare' on the same port has 9600-8E1",
    ),
    ("connections:\n", SECOND_LINE % "9600-8N1", "connections.corridor-bus.port: is the port of 'spare'"),
    ("connections:\n", OVER_TCP, "connections.two.port: is the port of 'one'"),
    ("user: gateway", "ca_file: ca.pem", "connections.broker.ca_file: there is no file"),
]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize(("old", "new", "message"), WRONG, ids=[message[:60] for _, _, message in WRONG])
def test_what_does_not_fit_is_told(site: Site, old: str, new: str, message: str) -> None:
    site.edit("site/site.yaml", old, new)
    assert message in "\n".join(site.problems())


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        (
            "line: 9600-8N1",
            "line: 19200-8E1",
            "devices.eml-3f: light-supply leaves the factory with 9600-8N1, and the line is 19200-8E1",
        ),
        (
            "connections:\n",
            "connections:\n  spare: {kind: modbus-tcp, host: 10.0.4.21}\n",
            "connections.spare: no device is on this connection",
        ),
        (
            "connections:\n",
            "connections:\n  spare: {kind: modbus-tcp, host: 10.0.4.20}\n",
            "connections.plant-room: goes to the same place as 'spare'",
        ),
        (
            "devices:\n",
            MORE % "profile: inputs, connection: plant-room, unit: 4",
            "devices.more: no asset has a point of this device",
        ),
    ],
)
def test_what_is_doubtful_is_warned_of(site: Site, old: str, new: str, warning: str) -> None:
    site.edit("site/site.yaml", old, new)
    assert warning in "\n".join(site.warnings())


def test_parts_of_one_unit_differ_in_their_parameters(site: Site) -> None:
    site.edit(
        "site/site.yaml", "devices:\n", MORE % "profile: light-supply, connection: corridor-bus, unit: 11, channel: 3"
    )
    assert site.load().estate.devices["more"].unit == 11


def test_the_unit_may_be_left_out_where_there_is_one_device(site: Site) -> None:
    site.edit("site/site.yaml", "unit: 3, ", "")
    assert site.load().estate.devices["di-1"].unit == 1


def test_when_a_value_is_stale(site: Site) -> None:
    site.edit("profiles/inputs.yaml", "protocol: modbus", "protocol: modbus\nstale_after: 20s")
    assert site.load().estate.devices["di-1"].stale_after == 20.0
    site.edit("site/site.yaml", "every: 1s", "every: 1s, stale_after: 5s")
    assert site.load().estate.devices["di-1"].stale_after == 5.0


def test_every_own_profile_is_checked_and_read_once(site: Site) -> None:
    folder = site.folder / "device_profiles"
    folder.mkdir()
    (folder / "meter.yaml").write_text("protocol: modbus\n", encoding="utf-8")
    (folder / "inputs.yaml").write_text("protocol: modbuss\n", encoding="utf-8")
    assert site.problems() == [
        "device_profiles/inputs.yaml:1: protocol: must be modbus or mqtt",
        *(
            f"device_profiles/meter.yaml:1: {key}: is missing"
            for key in ("maker", "points", "source", "title", "verified")
        ),
    ]


def test_own_profiles_that_cannot_be_looked_into_are_not_left_out(site: Site) -> None:
    """What the site has of its own would not take the place of what is shipped, and nobody would be told."""
    (site.folder / "device_profiles").write_text("not a folder", encoding="utf-8")
    assert site.problems() == ["device_profiles: Not a directory"]


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        (b"hush", 0o644, "can be read by everybody: chmod 0600 it"),
        (b" \n", 0o600, "is empty"),
        (b"\xff\xfe", 0o600, "is not readable as text"),
        (b"x" * 4097, 0o600, "is larger than 4096 bytes"),
    ],
)
def test_a_password_file_that_cannot_be_used(site: Site, content: bytes, mode: int, message: str) -> None:
    secret = site.folder / "secrets" / "mqtt"
    secret.write_bytes(content)
    secret.chmod(mode)
    assert site.problems() == [f"site.yaml:8: connections.broker.password_file: secrets/mqtt: {message}"]


@pytest.mark.parametrize(
    ("path", "message"),
    [("nowhere", "No such file or directory"), ("secrets", "is no file"), ('"a\\0b"', "is not readable as text")],
)
def test_a_password_file_that_is_none(site: Site, path: str, message: str) -> None:
    site.edit("site/site.yaml", "secrets/mqtt", path)
    assert site.problems()[0].endswith(message)


def test_files_of_a_broker_are_found_from_the_sites_folder(site: Site) -> None:
    (site.folder / "ca.pem").write_text("x", encoding="utf-8")
    site.edit("site/site.yaml", ", password_file: secrets/mqtt", ", ca_file: ca.pem, client_id: mine")
    broker = site.load().estate.connections["broker"]
    assert (broker.ca_file, broker.password, broker.client_id) == (str(site.folder / "ca.pem"), "", "mine")
