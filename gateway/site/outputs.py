"""Outputs of a site: which settings each kind needs, and its secrets, which are read from files. Builds no adapter."""

from __future__ import annotations

from urllib.parse import urlsplit

from gateway.documents import Document
from gateway.estate import OutputSettings
from gateway.outputs import OUTPUTS
from gateway.outputs.output import Secret
from gateway.site.files import Findings, OutputStanza
from gateway.site.wires import read_secret

FILE = "_file"


def read_output(document: Document, name: str, stanza: OutputStanza, findings: Findings) -> OutputSettings:
    """The output with its settings; ``secret_file: path`` becomes ``secret``, as it stands in that file."""
    where = ("outputs", name)
    settings: dict[str, str] = {}
    adapter = OUTPUTS[stanza.kind]
    for key, value in (stanza.model_extra or {}).items():
        if isinstance(value, bool) or not isinstance(value, str | int):
            findings.wrong(document, (*where, key), "must be text")
        elif key + FILE in (*adapter.needs, *adapter.takes):
            findings.wrong(document, (*where, key), f"is a secret: put it into a file, and write {key}{FILE}")
        elif key.endswith(FILE):
            settings[key.removesuffix(FILE)] = Secret(read_secret(document, (*where, key), str(value), findings))
        else:
            settings[key] = str(value)
    for key in adapter.needs:
        given = settings.get(key.removesuffix(FILE), "")
        if key in ("url", "url_file") and not _is_web_address(given):
            findings.wrong(document, (*where, key), "must be a whole address: https://host/path")
        elif not given:
            findings.wrong(document, where, f"{key} is missing: {stanza.kind} needs it")
    return OutputSettings(name, stanza.kind, stanza.events, settings)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
