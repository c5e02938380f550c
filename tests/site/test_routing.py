"""People, teams and routes of a site: read, checked word by word, and warned of where nobody would hear."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import DocumentError
from gateway.site import load_site
from tests.commands.test_routes import ROUTES
from tests.rounds.house import SITE


def load(folder: Path, *changes: tuple[str, str]) -> list[str]:
    """The warnings of the site with these changes, without the file's name."""
    text = SITE + ROUTES
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    (folder / "site.yaml").write_text(text, encoding="utf-8")
    return [str(each).partition("site.yaml:")[2] for each in load_site(folder).warnings]


def line_of(words: str) -> int:
    """The line on which something is written."""
    return (SITE + ROUTES).partition(words)[0].count("\n") + 1


def test_it_is_read_and_the_addresses_are_their_outputs(tmp_path: Path) -> None:
    load(tmp_path)
    estate = load_site(tmp_path).estate
    assert estate.outputs["mail"].addresses == {"anna": "a@example.org"}
    assert estate.outputs["journal"].addresses == {}
    assert [route.name for route in estate.routing.routes] == ["urgent", "doors", "escalated"]
    assert estate.routing.teams["engineers"].roster[1].during == "night"


def near(what: str, word: str, meant: str) -> str:
    """What is told of a word that nobody knows."""
    return f'{what} {word!r}, did you mean "{meant}"?'


@pytest.mark.parametrize(
    ("before", "after", "where", "message"),
    [
        ("tell: engineers", "tell: enginers", "tell: engineers", near("no person or team", "enginers", "engineers")),
        ("by: [mail, journal]", "by: [mial]", "by: [mail, j", near("no output", "mial", "mail")),
        ("trade: access", "trade: acces", "trade: access", near("no trade", "acces", "access")),
        ("kind: access-door, p", "kind: acces-door, p", "name: doors", near("no kind", "acces-door", "access-door")),
        ("{kind: access-door, p", "{touchpoint: lif, p", "name: doors", near("no touchpoint", "lif", "lift")),
        ("[P1, P2]}", "[P1, P7]}", "name: urgent", "'P7' is not known here"),
        ("ticket.escalated}", "ticket.du}", "name: escalated", near("no event is like", "ticket.du", "ticket.due")),
        ("{during: night, floor", "{during: nihgt, floor", "quiet:", near("no window", "nihgt", "night")),
        ("during: office-hours", "during: daylight", "roster:", "'daylight' needs the sun's times"),
        ("on: li,", "on: lee,", "roster:", "no member 'lee'"),
        ("members: [li, anna]", "members: [li, anna, ana]", "members:", near("no person", "ana", "anna")),
        ("language: zh", "language: xx", "李", "no messages in 'xx'"),
        ("mail: a@", "mial: a@", "anna: {", near("no output", "mial", "mail")),
        ("wait: 30s", "wait: 2h", "name: doors", "must be 1h or less"),
        ("wait: 30s", "repeat: 30s", "name: doors", "must be 1min or more"),
        ("wait: 30s", "wiat: 30s", "name: doors", 'unknown key, did you mean "wait"?'),
        ("name: escalated", "name: doors", "name: escalated", "there is a route 'doors' already"),
        ("  engineers:", "  anna:", "engineers:", "is a person already"),
        ("anna, by: mail, wait", "li, by: mail, wait", "name: doors", "'li' is reached by none of them"),
    ],
)  # fmt: skip
def test_every_wrong_word_is_told_with_its_line(
    tmp_path: Path, before: str, after: str, where: str, message: str
) -> None:
    with pytest.raises(DocumentError) as raised:
        load(tmp_path, (before, after))
    told = [str(each) for each in raised.value.problems]
    assert any(f"site.yaml:{line_of(where)}: " in each and message in each for each in told), told


def test_a_gap_in_a_roster_is_warned_of_and_none_where_shifts_meet(tmp_path: Path) -> None:
    (warning,) = [each for each in load(tmp_path) if "nobody is on" in each]
    assert warning.endswith(": all members are told then")
    assert warning.startswith(f"{line_of('roster:')}: teams.engineers.roster: nobody is on at ")
    assert not [
        each for each in load(tmp_path, ("during: office-hours", "during: day-noise")) if "nobody is on" in each
    ]
    holidays = ("{on: li, during: office-hours}", "{on: li, holidays: off}")
    gap = "nobody is on at Fri 2027-10-01 06:00"
    assert any(gap in each for each in load(tmp_path, holidays, ("quiet:", "holidays: [2027-10-01]\nquiet:")))


def test_a_p1_that_reaches_nobody_is_warned_of_though_there_are_routes(tmp_path: Path) -> None:
    assert not [each for each in load(tmp_path) if "is P1" in each]
    warnings = [each for each in load(tmp_path, ("[P1, P2]", "P2")) if "is P1" in each]
    assert warnings
    assert all("nobody is told" in each for each in warnings)
    by_day = [each for each in load(tmp_path, ("[P1, P2]", "[P1], during: office-hours")) if "is P1" in each]
    assert any(" at " in each for each in by_day), "the first hour at which nobody hears it"


def test_an_output_that_gets_nothing_and_a_place_that_is_not_there_are_doubtful(tmp_path: Path) -> None:
    warnings = load(tmp_path, ("mail: {kind: log}", "mail: {kind: log}\n  idle: {kind: log}"), ("LOBBY", "loby"))
    assert any("outputs.idle: gets nothing" in each for each in warnings)
    assert any("no asset stands at a place with 'loby'" in each for each in warnings)
