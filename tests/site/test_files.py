"""What site.yaml refuses by itself, with the line and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.documents import Document
from gateway.errors import DocumentError, Problem
from gateway.site.files import Findings
from tests.sites import Site

WRONG = [
    ("site: riverside", "site: River side", "site.yaml:1: site: 'River side' is no name"),
    ("site: riverside", "site: " + "a" * 65, "is no name"),
    (
        "timezone: Asia/Shanghai",
        "timezone: Asia/Shanghia",
        "no time zone 'Asia/Shanghia', did you mean \"Asia/Shanghai\"?",
    ),
    ("timezone: Asia/Shanghai", "timezone: ../etc/passwd", "site.yaml:3: timezone: no time zone"),
    ("timezone: Asia/Shanghai", "timezone: Asia", "site.yaml:3: timezone: no time zone"),
    ("timezone: Asia/Shanghai", "zone: x", "site.yaml:1: timezone: is missing"),
    ("languages: [zh, en]", "languages: [zh, zh]", "site.yaml:4: languages: each language once"),
    ("languages: [zh, en]", "languages: [zh, fr]", "site.yaml:4: languages.1: 'fr' is not known here (known: en, zh)"),
    (
        "kind: modbus-tcp",
        "kind: modbus-tpc",
        "connections.plant-room.kind: 'modbus-tpc' is not known here, did you mean \"modbus-tcp\"?",
    ),
    ("kind: modbus-tcp, ", "", "site.yaml:6: connections.plant-room.kind: is missing"),
    ("host: 10.0.4.20", "hots: 10.0.4.20", 'connections.plant-room.hots: unknown key, did you mean "host"?'),
    ("timeout: 500ms", "timeout: 0s", "connections.plant-room.timeout: must be longer than nothing"),
    ("timeout: 500ms", "timeout: 0.5", "connections.plant-room.timeout: 0.5 is no duration"),
    ("timeout: 500ms", "port: 99999", "connections.plant-room.port: Input should be less than or equal to 65535"),
    ("line: 9600-8N1", "line: 9600-9N1", "connections.corridor-bus.line: '9600-9N1' is no line setting"),
    (", line: 9600-8N1", "", "site.yaml:7: connections.corridor-bus.line: is missing"),
    ("tls: true", "tls: yes", "connections.broker.tls: Input should be a valid boolean"),
    ("  di-1:", "  DI 1:", "site.yaml:10: devices.DI 1: 'DI 1' is no name"),
    ("unit: 3", "unit: true", "devices.di-1.unit: Input should be a valid integer"),
    ("unit: 3", "unit: 256", "devices.di-1.unit: Input should be less than or equal to 255"),
    ("every: 1s", "every: 0s", "devices.di-1.every: must be longer than nothing"),
    ("every: 1s", "every: 10", "devices.di-1.every: 10 is no duration"),
    ("kind: log", "kind: fax", "outputs.journal.kind: 'fax' is not known here (known: alertmanager, apprise, "),
    ("events: [ticket.*]", "events: []", "outputs.journal.events: Tuple should have at least 1 item"),
    ("events: [ticket.*]", "events: [all of it]", "outputs.journal.events.0: 'all of it' is no pattern of events"),
    ("kind: log", "kind: log, level: [1]", "outputs.journal.level: must be text"),
    ("kind: log", "kind: webhook", "outputs.journal.url: must be a whole address"),
    ("kind: log", "kind: webhook, url: 'ftp://h/p'", "outputs.journal.url: must be a whole address"),
    ("kind: log", "kind: webhook, url: 'http://[h/p'", "outputs.journal.url: must be a whole address"),
    ("keep: 30d", "keep: 1h", "history.keep: Input should be greater than or equal to 86400"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG, ids=[new[:40] for _, new, _ in WRONG])
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    site = Site(tmp_path)
    site.edit("site/site.yaml", old, new)
    assert message in "\n".join(site.problems())


def test_settings_of_an_output_go_to_its_adapter(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.edit("site/site.yaml", "kind: log", "kind: webhook, url: 'https://h.example/p', retries: 3")
    assert site.load().estate.outputs["journal"].settings == {"url": "https://h.example/p", "retries": "3"}


def test_findings_collect_until_they_are_settled(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\n", encoding="utf-8")
    document, findings = Document(path, "a.yaml"), Findings()
    assert findings.settle(7) == 7
    findings.doubtful(document, ("a",), "is odd")
    findings.wrong(document, ("a",), "is wrong")
    assert findings.attempt(lambda: Document(tmp_path / "b.yaml", "b.yaml")) is None
    assert findings.warnings == [Problem("a.yaml", 1, "a", "is odd")]
    with pytest.raises(DocumentError) as caught:
        findings.settle(7)
    assert [str(each) for each in caught.value.problems] == [
        "a.yaml:1: a: is wrong",
        "b.yaml: No such file or directory",
    ]
    with pytest.raises(DocumentError):
        Findings().settle(None)
