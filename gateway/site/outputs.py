"""Outputs of a site: which settings each kind needs, and its secrets, which are read from files. Builds no adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from gateway.documents import Document
from gateway.estate import OutputSettings
from gateway.outputs.output import Secret
from gateway.site.files import Findings, OutputStanza
from gateway.site.wires import read_secret

NEEDED: Mapping[str, Sequence[str]] = {
    "log": (),
    "webhook": ("url",),
    "wecom": ("url_file",),
    "dingtalk": ("url_file", "secret_file"),
    "feishu": ("url_file", "secret_file"),
}
"""Kind → the settings that it cannot be without."""
SECRETS = ("secret", "password", "token", "topic")
"""Settings that are never written into site.yaml: ``secret_file`` names the file with it."""
FILE = "_file"


def read_output(document: Document, name: str, stanza: OutputStanza, findings: Findings) -> OutputSettings:
    """The output with its settings; ``secret_file: path`` becomes ``secret``, as it stands in that file."""
    where = ("outputs", name)
    settings: dict[str, str] = {}
    for key, value in (stanza.model_extra or {}).items():
        if isinstance(value, bool) or not isinstance(value, str | int):
            findings.wrong(document, (*where, key), "must be text")
        elif key in SECRETS or key + FILE in NEEDED[stanza.kind]:
            findings.wrong(document, (*where, key), f"is a secret: put it into a file, and write {key}{FILE}")
        elif key.endswith(FILE):
            settings[key.removesuffix(FILE)] = Secret(read_secret(document, (*where, key), str(value), findings))
        else:
            settings[key] = str(value)
    for key in NEEDED[stanza.kind]:
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
