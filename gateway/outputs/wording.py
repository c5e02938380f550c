"""One sentence per event type and language: what, where, why. Templates are data with fixed fields, never code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from gateway.documents import Document, Strict
from gateway.model import noun_and_verb

FALLBACK = "en"
BARE = " bare"
LINE = 60
"""Bytes: in fewer an item says nothing."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Messages(Strict):
    """messages.<language>.yaml as a whole."""

    events: Mapping[str, str]
    other: str
    notices: Mapping[str, str]
    """Headings by kind of notice, and what stands below the items."""
    words: Mapping[str, str]
    reasons: Mapping[str, str]


class _Fields(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


@cache
def messages(language: str) -> Messages:
    """The shipped messages of a language; those in English for one that is not shipped."""
    path = Path(__file__).with_name(f"messages.{language}.yaml")
    if not path.is_file():
        return messages(FALLBACK)
    return Document(path).parse(Messages)


def known_languages() -> list[str]:
    """Those for which there is a file of messages."""
    return sorted(path.name.split(".")[1] for path in Path(__file__).parent.glob("messages.*.yaml"))


def known_events() -> set[str]:
    """What can happen, as routes write it, so far as there is a sentence for it."""
    return {name.removesuffix(BARE) for name in messages(FALLBACK).events}


def sentence(event: Mapping[str, Any], language: str) -> str:
    """A CloudEvents mapping in words, on one line and without control characters.

    An event without a requirement (an asset that cannot be judged) has the sentence called ``bare``, if there is one.
    """
    told = messages(language)
    data = event.get("data") or {}
    name = noun_and_verb(event["type"])
    if is_notice(event):
        return notice_heading(data, language)
    bare = "" if data.get("requires") else told.events.get(f"{name}{BARE}")
    template = bare or told.events.get(name, told.other)
    entry = data.get("entry") or {}
    fields = _Fields({field: _said(field, value, language) for field, value in data.items()})
    fields |= {"who": str(entry.get("who", data.get("by", ""))), "text": str(entry.get("text", ""))}
    fields |= {"type": event["type"], "subject": event.get("subject", "")}
    return one_line(Template(template).safe_substitute(fields))


def is_notice(event: Mapping[str, Any]) -> bool:
    """Whether it is for one person, in one language, and has other events in it."""
    return noun_and_verb(event["type"]) == "notice.made"


def notice_heading(data: Mapping[str, Any], language: str) -> str:
    """What a notice is and how much there is of it, on one line."""
    told = messages(language).notices
    total, cleared = len(data["items"]) + data["more"], data.get("cleared", 0)
    counts = [f"{priority} × {count}" for priority, count in data.get("counts", {}).items()]
    places = [f"{in_language(each['place'], language)} × {each['count']}" for each in data.get("places", ())]
    fields = {"site": data["site"], "priority": data["priority"], "total": total, "cleared": cleared}
    fields |= {name: told["joined-by"].join(words) for name, words in (("counts", counts), ("places", places))}
    return one_line(Template(told[data["kind"]]).safe_substitute({**fields, "by": data.get("by", "")}))


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
        text = _cut(f"- {_tame(sentence(item, language))}", most - 1) if most > LINE or number == 0 else ""
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
        return _cut("\n".join(notice_lines(event, longest)), longest)
    lines = [_tame(sentence(event, language)) for language in languages]
    return "\n".join(_cut(line, longest // len(lines) - 1) for line in lines)


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
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _said(name: str, value: Any, language: str) -> str:
    if value is None:
        return ""
    if name == "evidence" and isinstance(value, list | tuple):
        joined_by = messages(language).words["joined-by"]
        return joined_by.join(evidence_words(each, language) for each in value)
    return in_language(value, language)
