"""What a site says of the gateway's sign of life."""

from pathlib import Path

import pytest

from gateway.estate import Heartbeat
from tests.sites import Site

LAST = "history: {keep: 30d}"
OUTPUT = "journal: {kind: log, events: [ticket.*]}"
WRONG = [
    ("{}", "site.yaml:34: heartbeat: goes nowhere: write url, url_file or mqtt"),
    ("{url: 'ftp://h/p'}", "heartbeat.url: is no http or https address"),
    ("{url: 'https://h/p', url_file: secrets/url}", "heartbeat.url: is said twice: write url or url_file"),
    ("{url_file: secrets/none}", "heartbeat.url_file: secrets/none: No such file or directory"),
    ("{url_file: secrets/mqtt}", "heartbeat.url_file: is no http or https address"),
    ("{mqtt: nort}", "heartbeat.mqtt: no output 'nort' of kind mqtt, did you mean \"north\"?"),
    ("{mqtt: north, every: 0s}", "heartbeat.every: must be longer than nothing"),
    ("{mqtt: north, every: 2h}", "heartbeat.every: Input should be less than or equal to 3600"),
    ("{mqtt: north, evry: 1s}", 'heartbeat.evry: unknown key, did you mean "every"?'),
]  # fmt: skip


def with_heartbeat(tmp_path: Path, said: str) -> Site:
    site = Site(tmp_path)
    site.edit("site/site.yaml", OUTPUT, "north: {kind: mqtt, events: ['*'], connection: broker}")
    site.edit("site/site.yaml", LAST, f"{LAST}\nheartbeat: {said}")
    (site.folder / "secrets" / "url").write_text("https://hc.example/ping/secret\n")
    (site.folder / "secrets" / "url").chmod(0o600)
    return site


def test_a_site_without_one_has_none(tmp_path: Path) -> None:
    assert Site(tmp_path).load().estate.heartbeat is None


def test_each_minute_unless_it_says_otherwise(tmp_path: Path) -> None:
    estate = with_heartbeat(tmp_path, "{url_file: secrets/url, mqtt: north}").load().estate
    assert estate.heartbeat == Heartbeat("https://hc.example/ping/secret", "north", 60.0, 10.0)
    assert "secret" not in repr(estate.heartbeat), "whoever knows the address can pretend to be alive"


def test_it_can_be_paced(tmp_path: Path) -> None:
    estate = with_heartbeat(tmp_path, "{url: 'http://h.example/x', every: 200ms, timeout: 1s}").load().estate
    assert estate.heartbeat == Heartbeat("http://h.example/x", "", 0.2, 1.0)


@pytest.mark.parametrize(("said", "message"), WRONG, ids=[each for each, _ in WRONG])
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, said: str, message: str) -> None:
    assert message in "\n".join(with_heartbeat(tmp_path, said).problems())
