"""One sentence per event type and language: what, where, why. Templates are data with fixed fields, never code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from gateway.documents import Document, Strict, suggest
from gateway.kinds import TESTS
from gateway.model import noun_and_verb
from gateway.proof_tests.entry import OUTCOMES, Outcome
from gateway.tickets.desk import GONE, STRANDED

FALLBACK = "en"
BARE = "bare"
ITEM = "- "
OVER, COUNTED = "all-clear", ("alert", "repeat")
"""What of a notice tells an end, and the notices in which such are counted by themselves."""
LINE = 60
"""Bytes: in fewer an item says nothing."""
FOLDER = Path(__file__).parent
"""Where messages.<language>.yaml are: one more file there is one more language."""
SAID = {GONE: "retired", STRANDED: "stranded"}
"""What the gateway itself writes into a ticket's log, and the name of the sentence that says it."""
_REASON = re.compile(r"[a-z]+(?:-[a-z]+)+|stale|silent|offline")
_END = re.compile(r"。|\. ")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Messages(Strict):
    """messages.<language>.yaml as a whole; what is left out is said in English."""

    events: Mapping[str, str] = {}
    other: str = ""
    notices: Mapping[str, str] = {}
    """Headings by kind of notice, and what stands below the items."""
    words: Mapping[str, str] = {}
    reasons: Mapping[str, str] = {}


PARTS = ("events", "notices", "words", "reasons")


class _Fields(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def known_languages() -> tuple[str, ...]:
    """Those for which there is a file of messages."""
    return _known(FOLDER)


@cache
def _known(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.suffixes[0].lstrip(".") for path in folder.glob("messages.*.yaml")))


def messages(language: str) -> Messages:
    """The messages of a language, each that its file leaves out in English; all in English where there is no file.

    Raises DocumentError for a file that cannot be read, or that names what nothing asks for.
    """
    return _whole(FOLDER, language if language in known_languages() else FALLBACK)


@cache
def _whole(folder: Path, language: str) -> Messages:
    english, told = _written(folder, FALLBACK), _written(folder, language)
    parts = {part: {**getattr(english, part), **getattr(told, part)} for part in PARTS}
    return Messages(**parts, other=told.other or english.other)


@cache
def _written(folder: Path, language: str) -> Messages:
    document = Document(folder / f"messages.{language}.yaml")
    told = document.parse(Messages)
    for part in PARTS:
        known = getattr(told if language == FALLBACK else _written(folder, FALLBACK), part)
        for name in getattr(told, part):
            if name not in known:
                raise document.error((part, name), f"nothing asks for it{suggest(name, known)}")
    return told


def known_events() -> set[str]:
    """What can happen, as routes write it, so far as there is a sentence for it."""
    return {name.partition(" ")[0] for name in messages(FALLBACK).events}


def sentence(event: Mapping[str, Any], language: str) -> str:
    """A CloudEvents mapping in words, on one line and without control characters.

    An event without a requirement (an asset that cannot be judged) has the sentence called ``bare``, if there is one,
    and what the gateway itself wrote into a ticket's log one of its own.
    """
    if is_notice(event):
        return notice_heading(event["data"], language)
    fields = fields_of(event, language)
    return one_line(Template(template_of(event, language)).safe_substitute(fields))


def head(event: Mapping[str, Any], language: str) -> str:
    """The first of an event's sentences, for a subject: what, where. A place called ``Bldg. 3`` does not end it."""
    first = _END.split(template_of(event, language), maxsplit=1)[0]
    return one_line(Template(first).safe_substitute(fields_of(event, language)))


def template_of(event: Mapping[str, Any], language: str) -> str:
    """The sentence of an event before its fields are filled in."""
    told, data = messages(language), event.get("data") or {}
    name = noun_and_verb(event["type"])
    special = SAID.get(_entry(data).get("text", ""), "" if data.get("requires") else BARE)
    return told.events.get(f"{name} {special}") or told.events.get(name, told.other)


def fields_of(event: Mapping[str, Any], language: str) -> Mapping[str, str]:
    """All that a sentence about an event may mention, in words; what the event does not carry is "" there."""
    data = event.get("data") or {}
    entry = _entry(data)
    fields = _Fields({field: _said(field, value, language) for field, value in data.items()})
    # What the site's files no longer have still has its name.
    fields |= {name: fields[stands_for] for name, stands_for in NAMES if not fields[name] and fields[stands_for]}
    fields |= {name: str(entry.get(name, fields[name])) for name in ("by", "text")}
    fields |= _test_words(data, language) if noun_and_verb(event["type"]).startswith("proof_test.") else {}
    fields |= {"type": event["type"], "subject": event.get("subject", "")}
    return fields


NAMES = (("place", "asset"), ("title", "clause"))


def _test_words(data: Mapping[str, Any], language: str) -> dict[str, str]:
    """``test``: what sort it is; ``result``: what came of it, and ``because``: where there is a reason beside."""
    kind = data.get("kind", "")
    test = (
        messages(language).words["discharge"] if kind == "discharge" else in_language(TESTS.get(kind, kind), language)
    )
    outcome = data.get("outcome")
    came = in_language(OUTCOMES[Outcome(outcome)], language) if outcome else ""
    why = in_language(data.get("reason") or "", language)
    because = "" if why in ("", came) else f"{messages(language).words['seen-is']}{why}"
    return {"test": test, "because": because, "result": f"{came}{because}"}


def _entry(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The line of a ticket's log that an event tells of; a line of the log book is only numbered."""
    entry = data.get("entry")
    return entry if isinstance(entry, Mapping) else {}


def is_notice(event: Mapping[str, Any]) -> bool:
    """Whether it is for one person, in one language, and has other events in it."""
    return noun_and_verb(event["type"]) == "notice.made"


def notice_heading(data: Mapping[str, Any], language: str) -> str:
    """What a notice is and how much there is of it, on one line."""
    told, site = messages(language).notices, in_language(data.get("site_title") or data["site"], language)
    total, cleared = len(data["items"]) + data["more"], data.get("cleared", 0)
    over = sum(each.get("kind") == OVER for each in data["items"]) if data["kind"] in COUNTED else 0
    over = 0 if over == total else over  # ends that are no good news are news by themselves
    counts = [f"{priority} × {count}" for priority, count in data.get("counts", {}).items()]
    places = [f"{in_language(each['place'], language)} × {each['count']}" for each in data.get("places", ())]
    fields = {"site": site, "priority": data["priority"], "total": total - over, "cleared": cleared, "over": over}
    fields |= {name: told["joined-by"].join(words) for name, words in (("counts", counts), ("places", places))}
    fields |= {"by": data.get("by", ""), "people": told["joined-by"].join(data.get("instead_of", ()))}
    words = told[data["kind"]] + (told["and-over"] if over else "") + (told["instead-of"] if fields["people"] else "")
    return one_line(Template(words).safe_substitute(fields))


def notice_lines(event: Mapping[str, Any], longest: int) -> list[str]:
    """The heading of a notice and a line for each item, most urgent first, together at most ``longest`` bytes.

    What does not fit, and what was left out before, is counted in the last line, with where all of it can be seen.
    """
    data = event["data"]
    language = str(data["language"])
    lines = [_cut(_tame(notice_heading(data, language)), longest)]
    room, items = longest - _size(lines[0]), data["items"]
    for number, item in enumerate(items):
        left = len(items) - number - 1 + data["more"]
        reserve = _size(_more(data, len(items) + data["more"], language)) if left else 0
        most = room - reserve if number == 0 else min(room - reserve, max(longest // len(items), LINE))
        text = _cut(f"{ITEM}{_tame(sentence(item, language))}", most - 1) if most > LINE or number == 0 else ""
        if not text or _size(text) > room - reserve:
            return [*lines, _more(data, left + 1, language)]
        lines.append(text)
        room -= _size(text)
    return [*lines, _more(data, data["more"], language)] if data["more"] else lines


def _more(data: Mapping[str, Any], count: int, language: str) -> str:
    fields = {"count": count, "site": data["site"]}
    return one_line(Template(messages(language).notices["more"]).safe_substitute(fields))


def _size(line: str) -> int:
    """Bytes, with the line feed before it."""
    return len(line.encode()) + 1


def short(event: Mapping[str, Any], languages: Sequence[str], longest: int) -> str:
    """A line in each language, for a chat: together at most ``longest`` bytes, and no tag that would call people.

    A notice is written in its own language.
    """
    if is_notice(event):
        return _cut("\n".join(_with_links(notice_lines(event, longest), event["data"], longest)), longest)
    lines = [_tame(sentence(event, language)) for language in languages]
    return "\n".join(_cut(line, longest // len(lines) - 1) for line in lines)


def link_line(item: Mapping[str, Any], language: str) -> str:
    """``Acknowledge: https://…`` for an item of a notice that carries a link; "" for any other."""
    link = (item.get("data") or {}).get("link", "")
    return f"{messages(language).words['acknowledge']}: {link}" if link else ""


def _with_links(lines: Sequence[str], notice: Mapping[str, Any], longest: int) -> list[str]:
    """The lines of a notice with the link of each item below it, most urgent first, as far as there is room left.

    A link that is cut is none: it stands whole, or not at all.
    """
    found, room = [lines[0]], longest - sum(map(_size, lines)) + 1
    for number, line in enumerate(lines[1:]):
        found.append(line)
        link = link_line(notice["items"][number], str(notice["language"])) if line.startswith(ITEM) else ""
        if link and _size(link) <= room:
            found.append(link)
            room -= _size(link)
    return found


def _tame(text: str) -> str:
    """Without a tag that would call people."""
    return text.replace("<", "＜")


def _cut(text: str, longest: int) -> str:
    raw = text.encode()
    ellipsis = "…"
    return text if len(raw) <= longest else raw[: longest - len(ellipsis.encode())].decode(errors="ignore") + ellipsis


def one_line(text: str) -> str:
    """``text`` with control and direction characters shown as escapes, so that nobody forges a second line."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text).strip()


def in_language(text: Any, language: str) -> str:
    """A text in ``language``; else in English, else in whatever it has."""
    if not isinstance(text, Mapping):
        return str(text)
    return str(text.get(language) or text.get(FALLBACK) or next(iter(text.values()), ""))


def evidence_words(evidence: Mapping[str, Any], language: str) -> str:
    """One piece of evidence (``Verdict.as_data``): ``pressure_20c 0.93 MPa``, ``contact: no reading (too old)``."""
    told = messages(language)
    name = in_language(evidence.get("means") or evidence["point"], language)
    if "value" not in evidence:
        reason, _, detail = str(evidence.get("bad", "")).partition(" ")
        detail = _REASON.sub(lambda found: told.reasons.get(found[0], found[0]), detail)
        why = " ".join(filter(None, (told.reasons.get(reason, reason), detail)))
        return f"{name} {told.words['no-reading']} ({why})"
    value = evidence.get("day") or value_words(evidence["value"], language)
    return f"{name} {value} {evidence.get('unit', '')}".rstrip()


def verdict_words(verdict: Mapping[str, Any], language: str) -> str:
    """A verdict (``Verdict.as_data``): ``pressure at least 1 MPa: pressure 1.02 MPa, reaches the limit 2027-01-12``."""
    words = messages(language).words
    seen = words["joined-by"].join(evidence_words(each, language) for each in verdict["evidence"])
    return f"{in_language(verdict['requires'], language)}{words['seen-is']}{seen}"


def value_words(value: Any, language: str) -> str:
    """A value as people write it: yes and no for booleans, no float dust."""
    if isinstance(value, bool):
        return messages(language).words["yes" if value else "no"]
    return f"{value or 0.0:.4g}" if isinstance(value, float) else str(value)  # -0.0 is 0


def _said(name: str, value: Any, language: str) -> str:
    if value is None:
        return ""
    if name == "evidence" and isinstance(value, list | tuple):
        joined_by = messages(language).words["joined-by"]
        return joined_by.join(evidence_words(each, language) for each in value)
    return in_language(value, language)
