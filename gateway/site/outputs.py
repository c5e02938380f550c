"""Outputs of a site: which settings each kind needs, and its secrets, which are read from files. Builds no adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from math import inf

from gateway.documents import Document, parse_duration
from gateway.estate import Keep, OutputSettings
from gateway.outputs import OUTPUTS
from gateway.outputs.link import is_web
from gateway.outputs.output import Secret
from gateway.outputs.wording import known_events
from gateway.site.addresses import check_host
from gateway.site.files import Findings, OutputStanza
from gateway.site.wires import read_secret

FILE = "_file"
FLOODS = "tickets.*"
FEWEST_KEPT, MOST_KEPT, SHORTEST_KEPT = 10_000, 20_000_000, 3600.0
USUAL = Keep(2_000_000, inf)
"""Readings that wait at most where the site does not say (proposed)."""


def read_output(document: Document, name: str, stanza: OutputStanza, findings: Findings) -> OutputSettings:
    """The output with its settings; ``secret_file: path`` becomes ``secret``, as it stands in that file."""
    where = ("outputs", name)
    settings: dict[str, str] = {}
    adapter = OUTPUTS[stanza.kind]
    for key, value in (stanza.model_extra or {}).items():
        if not isinstance(value, str | int):
            findings.wrong(document, (*where, key), "must be text")
        elif key + FILE in (*adapter.needs, *adapter.takes):
            findings.wrong(document, (*where, key), f"is a secret: put it into a file, and write {key}{FILE}")
        elif key.endswith(FILE):
            settings[key.removesuffix(FILE)] = Secret(read_secret(document, (*where, key), str(value), findings))
        else:
            settings[key] = str(value).lower() if isinstance(value, bool) else str(value)
    _check_server(document, where, settings, findings)
    for key in adapter.needs:
        given = settings.get(key.removesuffix(FILE), "")
        if not given and key in (stanza.model_extra or {}) and key.endswith(FILE):
            continue  # why its file cannot be used was noted when it was read
        if key in ("url", "url_file") and not is_web(given):
            findings.wrong(document, (*where, key), "must be a whole address: https://host/path")
        elif not given:
            findings.wrong(document, where, f"{key} is missing: {stanza.kind} needs it")
    if adapter.readings and stanza.events:
        findings.wrong(document, (*where, "events"), "takes readings, no events")
    _check_events(document, (*where, "events"), stanza.events, findings)
    keep = _keep(document, where, settings, findings) if adapter.readings else None
    return OutputSettings(name, stanza.kind, stanza.events, settings, keep=keep)


def _check_server(document: Document, where: tuple[str, ...], settings: Mapping[str, str], findings: Findings) -> None:
    """A server's port has a key of its own; names beyond ASCII are the adapter's to judge."""
    host = settings.get("host", "")
    try:
        if host and host.isascii():
            check_host(host)
    except ValueError as error:
        findings.wrong(document, (*where, "host"), str(error))


def _check_events(document: Document, where: Sequence[str], patterns: Sequence[str], findings: Findings) -> None:
    """What never happens is never told."""
    for pattern in patterns:
        if not any(fnmatchcase(each, pattern) for each in known_events()):
            findings.wrong(document, where, f"no event is like {pattern!r}{findings.near(pattern, known_events())}")
    if FLOODS in patterns and not any(fnmatchcase("ticket.opened", each) for each in patterns):
        message = f"{FLOODS!r} is what is told of floods: of each ticket, write ticket.* as well"
        findings.doubtful(document, where, message)


def _keep(document: Document, where: tuple[str, str], settings: Mapping[str, str], findings: Findings) -> Keep:
    """How much may wait for an output of readings."""
    try:
        return keep_of(settings.get("keep", ""))
    except ValueError as error:
        findings.wrong(document, (*where, "keep"), str(error))
        return USUAL


def keep_of(written: str) -> Keep:
    """``5000000`` (readings) or ``30 d``; raises ValueError."""
    if not written:
        return USUAL
    if written.isascii() and written.isdigit():
        if not FEWEST_KEPT <= int(written) <= MOST_KEPT:
            raise ValueError(f"{written} is not from {FEWEST_KEPT} to {MOST_KEPT} readings")
        return Keep(int(written), inf)
    seconds = parse_duration(written)
    if seconds < SHORTEST_KEPT:
        raise ValueError(f"{written} is shorter than 1 h")
    return Keep(MOST_KEPT, seconds)
