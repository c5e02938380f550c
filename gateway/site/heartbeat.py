"""The sign of life in site.yaml: where it goes, and that it can go there. Sends none."""

from __future__ import annotations

from gateway.documents import Document, suggest
from gateway.estate import Heartbeat
from gateway.outputs.http import Receiver
from gateway.outputs.output import Secret
from gateway.site.files import Findings, HeartbeatStanza, SiteFile
from gateway.site.wires import read_secret

WHERE = "heartbeat"


def read_heartbeat(document: Document, site: SiteFile, findings: Findings) -> Heartbeat | None:
    """As the running gateway needs it; None when the site has none."""
    stanza = site.heartbeat
    if stanza is None:
        return None
    if not (stanza.url or stanza.url_file or stanza.mqtt):
        findings.wrong(document, (WHERE,), "goes nowhere: write url, url_file or mqtt")
    if stanza.url and stanza.url_file:
        findings.wrong(document, (WHERE, "url"), "is said twice: write url or url_file")
    _check_output(document, site, stanza.mqtt, findings)
    return Heartbeat(_url(document, stanza, findings), stanza.mqtt, stanza.every, stanza.timeout)


def _check_output(document: Document, site: SiteFile, name: str, findings: Findings) -> None:
    outputs = [each for each, stanza in site.outputs.items() if stanza.kind == "mqtt"]
    if name and name not in outputs:
        findings.wrong(document, (WHERE, "mqtt"), f"no output {name!r} of kind mqtt{suggest(name, outputs)}")


def _url(document: Document, stanza: HeartbeatStanza, findings: Findings) -> str:
    key = "url_file" if stanza.url_file else "url"
    url = Secret(read_secret(document, (WHERE, key), stanza.url_file, findings)) if stanza.url_file else stanza.url
    try:
        if url:
            Receiver({"url": url})
    except ValueError as error:
        findings.wrong(document, (WHERE, key), str(error).removeprefix("url: "))
    return url
