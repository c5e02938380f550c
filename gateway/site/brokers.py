"""Outputs that publish over one of the site's own MQTT connections: they get its address and secrets. Builds none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateway.documents import Document, suggest
from gateway.estate import OutputSettings
from gateway.outputs.output import Secret
from gateway.site.files import Findings
from gateway.wiring import Connection

CONNECTION = "connection"
OF_CONNECTION = ("host", "password", "port", "tls", "user")


def join_connections(
    document: Document, outputs: Mapping[str, OutputSettings], connections: Mapping[str, Connection], findings: Findings
) -> dict[str, OutputSettings]:
    """The outputs, each that names a connection with what that connection says."""
    return {name: _joined(document, output, connections, findings) for name, output in outputs.items()}


def _joined(
    document: Document, output: OutputSettings, connections: Mapping[str, Connection], findings: Findings
) -> OutputSettings:
    where, settings = ("outputs", output.name), output.settings
    if output.kind != "mqtt":
        return output
    if CONNECTION not in settings:
        if "host" not in settings:
            findings.wrong(document, where, "connection is missing: name one of kind mqtt, or write host")
        return output
    for key in (each for each in OF_CONNECTION if each in settings):
        findings.wrong(document, where, f"{key} is said by the connection: write one or the other")
    brokers = {name: each for name, each in connections.items() if each.kind == "mqtt"}
    found = brokers.get(settings[CONNECTION])
    if found is None:
        near = suggest(settings[CONNECTION], brokers)
        findings.wrong(document, (*where, CONNECTION), f"no mqtt connection {settings[CONNECTION]!r}{near}")
        return output
    return replace(output, settings={**settings, **_said(found)})


def _said(connection: Connection) -> dict[str, str]:
    said = {"host": connection.host, "port": str(connection.port), "tls": str(connection.tls).lower()}
    said |= {"ca_file": connection.ca_file, "user": connection.user, "password": Secret(connection.password)}
    return {name: text for name, text in said.items() if text}
