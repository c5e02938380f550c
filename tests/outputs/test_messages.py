"""Every event that the gateway can tell has words in every language, and every word has something to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

import pytest

from gateway.errors import DocumentError
from gateway.model import noun_and_verb
from gateway.outputs import wording
from gateway.outputs.wording import FOLDER, fields_of, known_languages, messages, sentence, template_of
from gateway.samples import samples
from gateway.site import load_estate
from gateway.site.files import OutputStanza
from tests.outputs.told import events_told

NOTICES = {"notice.made"}
"""Told to one person as a letter or a short text of the events that it holds; it has no sentence of its own."""
BOTH = ("zh", "en")
TOLD = events_told() - NOTICES
EVENTS = samples()


def own(language: str) -> wording.Messages:
    """What stands in a language's own file."""
    return wording._written(FOLDER, language)


def test_the_code_is_searched_for_what_it_tells() -> None:
    expected = {
        "alarm.raised", "alarm.acknowledged", "ticket.opened", "ticket.taken", "ticket.escalated", "record.added",
        "proof_test.asked", "proof_test.finished", "perimeter.reported", "gateway.started",
    }  # fmt: skip
    assert expected <= TOLD


def test_an_event_that_is_told_nowhere_yet_is_found(tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text('def f(journal):\n    journal.tell("lamp.stolen", "lamp", {}, 0.0)\n')
    (tmp_path / "newer.py").write_text('TYPE = "touchpoint.lamp.returned.v1"\n')
    assert events_told(tmp_path) == {"lamp.stolen", "lamp.returned"}
    (tmp_path / "newest.py").write_text(
        "class A:\n"
        '    def a(self): self._tell("lamp.cleaned", "lamp", {}, 0.0)\n'
        "    def _tell(self, what, subject, data, now): self.journal.tell_of(what, subject, data, now, also=())\n"
    )
    assert "lamp.cleaned" in events_told(tmp_path)
    (tmp_path / "new.py").write_text('def f(journal, why):\n    journal.tell(f"lamp.{why}", "lamp", {}, 0.0)\n')
    with pytest.raises(AssertionError, match="teach this test what why can be"):
        events_told(tmp_path)


@pytest.mark.parametrize("language", known_languages())
@pytest.mark.parametrize("name", sorted(TOLD))
def test_every_event_has_words(name: str, language: str) -> None:
    assert name in own(language).events, f"messages.{language}.yaml has no sentence for {name}"


@pytest.mark.parametrize("name", sorted(TOLD))
def test_every_event_has_a_sample(name: str) -> None:
    assert name in EVENTS, "gateway/samples.py has no event of this sort"


@pytest.mark.parametrize("language", known_languages())
def test_no_sentence_waits_for_an_event_that_nothing_tells(language: str) -> None:
    assert {name.split(" ")[0] for name in own(language).events} <= TOLD


@pytest.mark.parametrize("language", known_languages())
@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_sentence_mentions_only_what_its_event_carries(name: str, language: str) -> None:
    event = EVENTS[name]
    template = template_of(event, language)
    assert template == own(language).events[name], "the sample is said with another sentence"
    assert set(Template(template).get_identifiers()) <= fields_of(event, language).keys()
    said = sentence(event, language)
    assert "$" not in said
    assert "None" not in said
    assert "{" not in said


def texts(data: Any) -> Iterator[Mapping[str, str]]:
    """Every text of an event that is there in several languages."""
    if isinstance(data, Mapping):
        if {*BOTH} <= data.keys():
            yield data
        for each in data.values():
            yield from texts(each)
    elif isinstance(data, list | tuple):
        for each in data:
            yield from texts(each)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_one_language_does_not_show_in_the_other(name: str) -> None:
    event = EVENTS[name]
    for text in texts(event["data"]):
        zh, en = text["zh"], text["en"]
        if zh != en and en.isascii():
            assert en not in sentence(event, "zh")
            assert zh not in sentence(event, "en")


@pytest.mark.parametrize("part", wording.PARTS)
def test_the_languages_know_the_same_things(part: str) -> None:
    zh, en = (getattr(own(language), part) for language in BOTH)
    assert zh.keys() == en.keys()
    for name in en:
        assert set(Template(zh[name]).get_identifiers()) == set(Template(en[name]).get_identifiers()), name


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the shipped languages, to add one."""
    for language in BOTH:
        file = f"messages.{language}.yaml"
        (tmp_path / file).write_text((FOLDER / file).read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(wording, "FOLDER", tmp_path)
    return tmp_path


FRENCH = """
events:
  ticket.taken: "Ticket $ticket : $place, $title, pris en charge par $by"
words: {"yes": oui}
"""


def test_one_file_is_one_more_language(folder: Path) -> None:
    taken = EVENTS["ticket.taken"]
    assert sentence(taken, "fr") == sentence(taken, "en"), "without a file it is said in English"


def test_a_new_language_is_spoken_where_it_has_words(folder: Path) -> None:
    (folder / "messages.fr.yaml").write_text(FRENCH, encoding="utf-8")
    assert known_languages() == ("en", "fr", "zh")
    assert (
        sentence(EVENTS["ticket.taken"], "fr") == "Ticket 1 : Building 1 lobby, Door held open, pris en charge par li"
    )
    assert sentence(EVENTS["ticket.arrived"], "fr") == sentence(EVENTS["ticket.arrived"], "en"), "left out: in English"
    assert (messages("fr").words["yes"], messages("fr").words["no"]) == ("oui", "no")


def test_a_file_of_words_that_nothing_asks_for_is_refused(folder: Path) -> None:
    (folder / "messages.fr.yaml").write_text('events:\n  ticket.takn: "pris"\n', encoding="utf-8")
    with pytest.raises(
        DocumentError, match=r'messages\.fr\.yaml:2: events\.ticket\.takn: .*did you mean "ticket\.taken"'
    ):
        messages("fr")


def test_a_site_may_ask_for_any_language_that_has_a_file(folder: Path, tmp_path: Path) -> None:
    (folder / "messages.fr.yaml").write_text(FRENCH, encoding="utf-8")
    site = tmp_path / "site"
    site.mkdir()
    text = "site: s\nname: S\ntimezone: Europe/Paris\nlanguages: [{}]\n"
    (site / "site.yaml").write_text(text.format("fr, en"), encoding="utf-8")
    assert load_estate(site).languages == ("fr", "en")
    (site / "site.yaml").write_text(text.format("en, de"), encoding="utf-8")
    with pytest.raises(
        DocumentError, match=r"site\.yaml:4: languages\.1: 'de' is not known here \(known: en, fr, zh\)"
    ):
        load_estate(site)


def test_the_log_book_can_be_told_to_people() -> None:
    """Its line is a number where a ticket's is a mapping: that used to end the delivery to every chat."""
    finished = EVENTS["proof_test.finished"]
    assert type(finished["data"]["entry"]) is int
    assert sentence(finished, "en") == (
        "Basement 2, zone 1: duration test, failed: the time proven is not longer than the limit"
    )
    passed = {**finished, "data": {**finished["data"], "outcome": "passed", "reason": {"zh": "通过", "en": "passed"}}}
    assert sentence(passed, "zh") == "地下二层1区:放电时间测试,通过"
    assert sentence({**passed, "data": {**passed["data"], "kind": "discharge"}}, "en").endswith(
        "unplanned discharge, passed"
    )


@pytest.mark.parametrize("name", sorted(TOLD))
def test_every_event_can_be_asked_for_in_the_site_file(name: str) -> None:
    """The pattern of an output's events once had no underscore, and so no proof test."""
    stanza = OutputStanza(kind="log", events=(name, f"{name.split('.', maxsplit=1)[0]}.*"))
    assert stanza.events[0] == name


def test_a_ticket_that_the_site_no_longer_asks_for_is_not_called_repaired() -> None:
    gone = EVENTS["ticket.closed retired"]
    assert "requires" in gone["data"], "its last reading is still told"
    assert sentence(gone, "en").endswith("no longer asked for by the site's files")
    assert noun_and_verb(gone["type"]) == "ticket.closed"
