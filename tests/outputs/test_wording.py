"""What people are told, in both languages."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from gateway.outputs import build_output
from gateway.outputs.output import Letterhead
from gateway.outputs.wording import evidence_words, messages, one_line, sentence

DATA: dict[str, Any] = {
    "ticket": 12,
    "priority": "P2",
    "place": {"zh": "3号楼大堂", "en": "Building 3 lobby"},
    "title": {"zh": "门不得久开", "en": "Door not held open"},
    "requires": {"zh": "held_open_time 不高于 30 s", "en": "held_open_time at most 30 s"},
    "action": {"zh": "查看门口并关门", "en": "Look and close the door"},
    "evidence": [{"point": "held_open_time", "value": 45.000000001, "unit": "s", "at": 0.0}],
}


def event(name: str, **data: Any) -> dict[str, Any]:
    return {"type": f"touchpoint.{name}.v1", "subject": "lobby-door", "data": data}


def test_says_what_where_why_and_what_to_do() -> None:
    opened = event("ticket.opened", **DATA)
    assert sentence(opened, "en") == (
        "Ticket 12 [P2] Building 3 lobby: Door not held open. Seen: held_open_time 45 s; "
        "required: held_open_time at most 30 s. Do: Look and close the door"
    )
    assert sentence(opened, "zh") == (
        "工单 12【P2】3号楼大堂:门不得久开。实测:held_open_time 45 s;"
        "要求:held_open_time 不高于 30 s。处理:查看门口并关门"
    )


def test_both_languages_know_the_same_things() -> None:
    zh, en = messages("zh"), messages("en")
    assert zh.events.keys() == en.events.keys()
    assert zh.words.keys() == en.words.keys()
    assert zh.reasons.keys() == en.reasons.keys()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", sorted(messages("en").events))
def test_every_sentence_fills_all_its_fields(name: str, language: str) -> None:
    entry = {"at": "2026-01-01T00:00:00.000Z", "by": "li", "what": "noted", "text": "t"}
    everything = DATA | {"entry": entry, "occurrences": 3, "site": "lobby", "clauses": 0, "by": "wang"}
    everything |= {"clock": {"zh": "到场", "en": "to be on site"}, "percent": 50, "span": "10 min"}
    everything |= {"output": "lobby", "moment": "2026-01-01 08:00", "error": "answered 500", "waiting": 1, "minutes": 2}
    everything |= {"count": 7, "since": "2026-01-01T08:00:00.000Z"}
    everything |= {"assigned_to": "lift company", "missing": {"zh": "清场", "en": "cleaned up"}, "proven": "line 7"}
    everything |= {"cause": "rust", "remedy": "paint", "item": "2 signs", "linked": "related to ticket 3", "other": 3}
    everything |= {"count": 500, "open": 12, "places": "lobby", "work": 12, "why": "polishing", "times": "8-9"}
    everything |= {"day": "2026-01-01", "zones": 3, "passed": 2, "places": "lobby"}
    everything |= {"count": 1, "hours": 24, "list": "lobby"}
    everything |= {"since": "2026-01-01", "till": "2026-01-02", "session": {"zh": "s", "en": "s"}}
    said = sentence(event(name, **everything), language)
    assert "$" not in said
    assert "12" in said or "大堂" in said or "lobby" in said or "team" in said


def test_an_unknown_language_gets_english_and_an_unknown_event_its_type() -> None:
    assert sentence(event("ticket.taken", **DATA, entry={"by": "li"}), "fr").endswith("taken by li")
    assert sentence(event("kettle.boiled"), "en") == "touchpoint.kettle.boiled.v1: lobby-door"


def test_an_asset_that_cannot_be_judged_has_a_sentence_without_a_requirement() -> None:
    data = {name: value for name, value in DATA.items() if name != "requires"}
    data["evidence"] = [{"point": "closed", "bad": "stale", "unit": "", "at": 0.0}]
    assert sentence(event("ticket.opened", **data), "en") == (
        "Ticket 12 [P2] Building 3 lobby: Door not held open. closed no reading (too old). Do: Look and close the door"
    )
    assert sentence(event("ticket.closed", **data), "zh") == "工单 12 关闭:3号楼大堂,门不得久开,已重新可以判定"


def test_an_absent_field_is_empty() -> None:
    assert sentence(event("alarm.acknowledged", by="li", title=None), "en") == ": , acknowledged by li"


def test_user_text_is_neither_a_template_nor_a_second_line() -> None:
    said = sentence(
        event("ticket.noted", ticket=1, entry={"by": "$place", "text": "${title}\nERROR forged \u202e"}), "en"
    )
    assert said == "Ticket 1: $place notes: ${title}\\x0aERROR forged \\x202e"
    assert one_line("a\x1b[31mb") == "a\\x1b[31mb"


@pytest.mark.parametrize(
    ("evidence", "en", "zh"),
    [
        ({"point": "contact", "value": True, "unit": ""}, "contact yes", "contact 是"),
        ({"point": "mode", "value": "parked", "unit": ""}, "mode parked", "mode parked"),
        ({"point": "p", "bad": "stale", "unit": "MPa"}, "p no reading (too old)", "p 无读数 (读数过期)"),
        ({"point": "p", "bad": "odd (0x80)", "unit": ""}, "p no reading (odd (0x80))", "p 无读数 (odd (0x80))"),
        ({"point": "step", "value": -0.0, "unit": "mm"}, "step 0 mm", "step 0 mm"),
        ({"point": "n", "value": 3, "unit": "", "means": {"en": "floor", "zh": "楼层"}}, "floor 3", "楼层 3"),
    ],
)
def test_evidence_reads_as_people_write_it(evidence: dict[str, Any], en: str, zh: str) -> None:
    assert evidence_words(evidence, "en") == en
    assert evidence_words(evidence, "zh") == zh


@pytest.mark.asyncio
async def test_the_log_output_writes_one_line_in_every_language(caplog: pytest.LogCaptureFixture) -> None:
    output = build_output("log", {}, Letterhead(["zh", "en"]))
    with caplog.at_level(logging.INFO, logger="touchpoint.events"):
        await output.send("riverside-1", event("alarm.acknowledged", **DATA, by="li"))
        await output.close()
    (record,) = caplog.records
    assert (
        record.getMessage()
        == "3号楼大堂:门不得久开,li 已确认 | Building 3 lobby: Door not held open, acknowledged by li"
    )
    assert (record.__dict__["key"], record.__dict__["event"]["subject"]) == ("riverside-1", "lobby-door")


def test_an_output_refuses_settings_it_does_not_know() -> None:
    with pytest.raises(ValueError, match=r"unknown setting colour \(known: none\)"):
        build_output("log", {"colour": "red"}, Letterhead(["en"]))
    with pytest.raises(KeyError):
        build_output("pigeon", {}, Letterhead(["en"]))
