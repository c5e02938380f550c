"""Outputs in site.yaml: what each kind needs, and secrets that stand in files only."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from gateway.estate import Keep
from gateway.outputs.output import Secret
from gateway.site.outputs import USUAL, keep_of
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
        (
            "kind: mail, host: 'h:25', from: g@h.example",
            "outputs.journal.host: 'h:25' is more than a host: write host: h",
        ),
        ("kind: mail, from: g@h.example", "outputs.journal: host is missing: mail needs it"),
        ("kind: mail, host: h, from: g@h.example, password: hush", "journal.password: is a secret: put it into a file"),
        ("kind: ntfy, url: 'https://h', topic: hush", "journal.topic: is a secret: put it into a file"),
        ("kind: apprise, service: 'json://hush'", "journal.service: is a secret: put it into a file"),
        ("kind: alertmanager", "outputs.journal.url: must be a whole address"),
        ("kind: webhook, url: 'https://h/p', secret: hush", "journal.secret: is a secret: put it into a file"),
        ("kind: glpi, url: 'https://h/apirest.php'", "outputs.journal: user_token_file is missing: glpi needs it"),
        ("kind: glpi, url: 'https://h/apirest.php', app_token: hush", "journal.app_token: is a secret: put it into a"),
    ],
)
def test_what_is_wrong_is_told_without_the_secret(site: Site, new: str, message: str) -> None:
    site.edit("site/site.yaml", "kind: log", new)
    told = "\n".join(site.problems())
    assert message in told
    assert "hush" not in told


def test_an_output_whose_events_never_happen_would_tell_nobody_of_a_ticket(site: Site) -> None:
    site.edit("site/site.yaml", "events: [ticket.*]", "events: [ticket.opend, tickets.opened, alarm.*]")
    opened, plural = site.problems()
    assert "outputs.journal.events: no event is like 'ticket.opend', did you mean \"ticket.opened\"?" in opened
    assert "outputs.journal.events: no event is like 'tickets.opened', did you mean \"ticket.opened\"?" in plural


def test_an_output_that_is_told_of_floods_alone_is_doubted(site: Site) -> None:
    site.edit("site/site.yaml", "events: [ticket.*]", "events: [tickets.*]")
    (warning,) = [str(each) for each in site.load().warnings]
    assert "'tickets.*' is what is told of floods: of each ticket, write ticket.* as well" in warning


def test_a_secret_that_everybody_can_read_is_refused(site: Site) -> None:
    (site.folder / "secrets" / "wecom").chmod(0o644)
    site.edit("site/site.yaml", "kind: log", "kind: wecom, url_file: secrets/wecom")
    (told,) = site.problems()  # that it holds no address is no second thing to mend
    assert "secrets/wecom: can be read by everybody: chmod 0600 it" in told


def test_a_credential_of_the_service_is_missing_until_the_service_runs(site: Site) -> None:
    file = "/run/credentials/touchpoint-gateway.service/chat"
    site.edit("site/site.yaml", "kind: log", f"kind: wecom, url_file: {file}")
    (told,) = site.problems()
    assert f"{file}: No such file or directory: systemd has it there while the service runs, for the service" in told


INFLUX = "kind: influx, url: 'http://10.0.4.9:8086', org: home, bucket: readings"


def reading_output(site: Site, stanza: str) -> None:
    """The site's one output becomes one of readings."""
    site.edit("site/site.yaml", "{kind: log, events: [ticket.*]}", f"{{{stanza}}}")


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        ("", USUAL),
        (", keep: 50000", Keep(50_000, inf)),
        (", keep: 30 d", Keep(20_000_000, 30 * 86_400.0)),
    ],
)
def test_an_output_of_readings_says_how_much_may_wait(site: Site, keep: str, kept: Keep) -> None:
    reading_output(site, INFLUX + keep + ", token_file: secrets/wecom, precision: s")
    estate = site.load().estate
    assert estate.spools == {"journal": kept}
    assert (estate.outputs["journal"].events, estate.outputs["journal"].settings["precision"]) == ((), "s")
    assert isinstance(estate.outputs["journal"].settings["token"], Secret)


@pytest.mark.parametrize(
    ("stanza", "message"),
    [
        (INFLUX + ", events: [ticket.*]", "outputs.journal.events: takes readings, no events"),
        (INFLUX + ", keep: 500", "outputs.journal.keep: 500 is not from 10000 to 20000000 readings"),
        (INFLUX + ", keep: 10min", "outputs.journal.keep: 10min is shorter than 1 h"),
        (INFLUX + ", keep: for ever", "outputs.journal.keep: 'for ever' is no duration"),
        (INFLUX + ", token: hush", "outputs.journal.token: is a secret: put it into a file, and write token_file"),
        ("kind: influx, url: 'http://h'", "outputs.journal: org is missing: influx needs it"),
        ("kind: influx, url: readings", "outputs.journal.url: must be a whole address"),
    ],
)
def test_what_is_wrong_with_an_output_of_readings(site: Site, stanza: str, message: str) -> None:
    reading_output(site, stanza)
    assert message in "\n".join(site.problems())


def test_an_output_without_events_that_no_route_goes_by_gets_nothing_unless_it_takes_readings(site: Site) -> None:
    reading_output(site, "kind: log")
    (warned,) = [each for each in site.load().warnings if "outputs.journal" in str(each)]
    assert "gets nothing: it has no events, and no route goes by it" in str(warned)


def test_the_edges_of_what_may_wait() -> None:
    assert keep_of("10000").readings == 10_000
    assert keep_of("1h").seconds == 3600.0
    with pytest.raises(ValueError, match="59min is shorter"):
        keep_of("59min")


def test_an_output_of_readings_tells_nobody_anything(site: Site) -> None:
    """A route or a person by it would be a message that nobody gets."""
    reading_output(site, INFLUX)
    assert not any("gets nothing" in problem.message for problem in site.load().warnings)
    path = site.folder / "site.yaml"
    routes = "routes: [{name: all, tell: [li], by: [journal]}]"
    path.write_text(
        f"{path.read_text()}\npeople: {{li: {{name: Li, language: zh, reach: {{journal: ''}}}}}}\n{routes}\n"
    )
    told = "\n".join(site.problems())
    assert "people.li.reach.journal: 'journal' takes readings, and no notices" in told
    assert "routes.0.by: 'journal' takes readings, and no notices" in told
