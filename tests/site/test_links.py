"""Under which address people reach the gateway, as site.yaml says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.estate import LinkSettings
from tests.sites import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def say(site: Site, links: str) -> None:
    site.edit("site/site.yaml", "outputs:", f"links: {links}\noutputs:")


def test_without_it_there_is_none(site: Site) -> None:
    assert site.load().estate.links is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{address: https://gate.example}", LinkSettings("https://gate.example", 86400.0)),
        ("{address: https://gate.example:8443/garden/, lasts: 2 h}",
         LinkSettings("https://gate.example:8443/garden", 7200.0)),
        ("{address: 'http://127.0.0.1:8080'}", LinkSettings("http://127.0.0.1:8080", 86400.0)),
        ("{address: 'http://[::1]:8080'}", LinkSettings("http://[::1]:8080", 86400.0)),
    ],
)  # fmt: skip
def test_is_read(site: Site, written: str, read: LinkSettings) -> None:
    say(site, written)
    assert site.load().estate.links == read


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "{address: 'http://gate.example'}",
            "links.address: 'http://gate.example' is no address: write https://host/p",
        ),
        ("{address: 'http://127.0.0.1.example'}", "links.address"),
        ("{address: 'https://li:secret@gate.example'}", "links.address"),
        ("{address: 'https://gate.example/?q=1'}", "links.address"),
        ("{address: 'https://gate.example/a b'}", "links.address"),
        ("{address: gate.example}", "links.address"),
        ("{address: https://gate.example, lasts: 10 d}", "links.lasts"),
        ("{address: https://gate.example, lasts: 1 min}", "links.lasts"),
        ("{adress: https://gate.example}", 'did you mean "address"?'),
        ("{}", "links.address"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(site: Site, written: str, message: str) -> None:
    say(site, written)
    told = site.problems()
    assert any(message in str(each) for each in told), told
    assert all("site.yaml:" in str(each) for each in told)
