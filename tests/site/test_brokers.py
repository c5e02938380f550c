"""Outputs that publish over one of the site's MQTT connections."""

from pathlib import Path

import pytest

from gateway.outputs import output_of
from gateway.outputs.mqtt import Mqtt
from gateway.outputs.output import Secret
from tests.sites import Site

OUTPUT = "journal: {kind: log, events: [ticket.*]}"
WRONG = [
    (
        "connection: brokr",
        "site.yaml:32: outputs.north.connection: no mqtt connection 'brokr', did you mean \"broker\"?",
    ),
    ("connection: plant-room", "outputs.north.connection: no mqtt connection 'plant-room'"),
    ("qos: 1", "outputs.north: connection is missing: name one of kind mqtt, or write host"),
    ("connection: broker, port: 8883", "outputs.north: port is said by the connection: write one or the other"),
    ("host: h, password: hush", "outputs.north.password: is a secret: put it into a file, and write password_file"),
]


def with_output(tmp_path: Path, settings: str) -> Site:
    site = Site(tmp_path)
    site.edit("site/site.yaml", OUTPUT, f"north: {{kind: mqtt, events: ['*'], {settings}}}")
    return site


def test_the_connection_says_where_and_how(tmp_path: Path) -> None:
    estate = with_output(tmp_path, "connection: broker, discovery: homeassistant, acknowledge: true").load().estate
    settings = estate.outputs["north"].settings
    assert settings == {
        "connection": "broker", "discovery": "homeassistant", "acknowledge": "true",
        "host": "10.0.4.5", "port": "1883", "tls": "true", "user": "gateway", "password": "hush",
    }  # fmt: skip
    assert isinstance(settings["password"], Secret)
    output = output_of(estate, "north")
    assert isinstance(output, Mqtt)
    assert (output.prefix, output.discovery, output.acknowledge) == ("touchpoint/riverside", "homeassistant", True)
    assert output.connection.tls
    assert output.connection.password == "hush"


def test_a_broker_of_its_own_needs_no_connection(tmp_path: Path) -> None:
    estate = with_output(tmp_path, "host: 10.0.9.9, port: 8883, tls: true, prefix: city/garden").load().estate
    output = output_of(estate, "north")
    assert isinstance(output, Mqtt)
    assert (output.connection.host, output.connection.port, output.prefix) == ("10.0.9.9", 8883, "city/garden")


def test_a_connection_for_an_output_alone_is_not_idle(tmp_path: Path) -> None:
    site = with_output(tmp_path, "connection: cloud")
    site.edit("site/site.yaml", "devices:\n", "  cloud: {kind: mqtt, host: 10.0.9.9}\ndevices:\n")
    assert site.warnings() == []


@pytest.mark.parametrize(("settings", "message"), WRONG, ids=[each for each, _ in WRONG])
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, settings: str, message: str) -> None:
    assert message in "\n".join(with_output(tmp_path, settings).problems())
