"""Outputs in site.yaml: what each kind needs, and secrets that stand in files only."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.outputs.output import Secret
from tests.sites import Site

ADDRESS = "https://qyapi.example/cgi-bin/webhook/send?key=hush"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    for name, content in (("wecom", ADDRESS), ("no-address", "hush")):
        path = site.folder / "secrets" / name
        path.write_text(f"{content}\n", encoding="utf-8")
        path.chmod(0o600)
    return site


def test_a_secret_is_read_from_its_file_and_shown_nowhere(site: Site) -> None:
    site.edit("site/site.yaml", "kind: log", "kind: wecom, url_file: secrets/wecom")
    output = site.load().estate.outputs["journal"]
    assert output.settings == {"url": ADDRESS}
    assert isinstance(output.settings["url"], Secret)
    assert "hush" not in repr(output)


def test_mail_has_its_password_and_certificate_from_files(site: Site) -> None:
    told = "host: mail.example, port: 587, from: g@site.example, to: d@site.example, user: g"
    site.edit("site/site.yaml", "kind: log", f"kind: mail, {told}, password_file: secrets/no-address")
    settings = site.load().estate.outputs["journal"].settings
    assert settings == {
        "host": "mail.example", "port": "587", "from": "g@site.example", "to": "d@site.example", "user": "g",
        "password": "hush",
    }  # fmt: skip
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("kind: wecom", "outputs.journal.url_file: must be a whole address"),
        ("kind: wecom, url_file: secrets/no-address", "outputs.journal.url_file: must be a whole address"),
        ("kind: wecom, url_file: nowhere", "outputs.journal.url_file: nowhere: No such file"),
        ("kind: wecom, url: 'https://h/p'", "outputs.journal.url: is a secret: put it into a file, and write url_file"),
        ("kind: dingtalk, url_file: secrets/wecom", "outputs.journal: secret_file is missing: dingtalk needs it"),
        ("kind: mail, from: g@h.example", "outputs.journal: host is missing: mail needs it"),
        ("kind: mail, host: h, from: g@h.example, password: hush", "journal.password: is a secret: put it into a file"),
        ("kind: ntfy, url: 'https://h', topic: hush", "journal.topic: is a secret: put it into a file"),
        ("kind: apprise, service: 'json://hush'", "journal.service: is a secret: put it into a file"),
        ("kind: alertmanager", "outputs.journal.url: must be a whole address"),
        ("kind: webhook, url: 'https://h/p', secret: hush", "journal.secret: is a secret: put it into a file"),
    ],
)
def test_what_is_wrong_is_told_without_the_secret(site: Site, new: str, message: str) -> None:
    site.edit("site/site.yaml", "kind: log", new)
    told = "\n".join(site.problems())
    assert message in told
    assert "hush" not in told


def test_a_secret_that_everybody_can_read_is_refused(site: Site) -> None:
    (site.folder / "secrets" / "wecom").chmod(0o644)
    site.edit("site/site.yaml", "kind: log", "kind: wecom, url_file: secrets/wecom")
    assert "secrets/wecom: can be read by everybody" in "\n".join(site.problems())
