"""The long form of an event or a notice, for mail: what, where, since when, evidence, clause, what to do, a link.

As plain text and as HTML, in which every word is escaped. Knows no mail server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape
from string import Template
from typing import Any

from gateway.model import Priority
from gateway.outputs.link import Link
from gateway.outputs.output import Letterhead
from gateway.outputs.wording import evidence_words, head, in_language, is_notice, messages, one_line, sentence

LONGEST_SUBJECT = 200
"""Characters: of what is longer, mail programs show less."""
BEGINNINGS = ("raised_at", "opened_at", "started_at")
STYLE = "font-family:sans-serif;font-size:15px"
CELL = "vertical-align:top;padding:2px 12px 2px 0"

Row = tuple[str, str]
"""A label, and what it says."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes into a mail."""

    subject: str
    text: str
    html: str
    priority: str = ""
    """The most urgent of what it tells, "" where nothing has one."""


@dataclass(frozen=True, slots=True)
class Part:
    """One event in one language."""

    language: str
    lead: str
    rows: Sequence[Row]
    links: Sequence[Row]


def letter(event: Mapping[str, Any], letterhead: Letterhead, link: Link) -> Letter:
    """An event in each language of the site; a notice in its own, with all that it holds, the most urgent first."""
    data = event.get("data") or {}
    if is_notice(event):
        items, languages = most_urgent_first(data.get("items") or ()), [data["language"]]
    else:
        items, languages = [event], [*letterhead.languages]
    heads = [_heading(event, items, language) for language in languages]
    blocks = [
        (
            heading,
            [_part(item, language, letterhead.timezone, link) for item in items],
            _more(data if is_notice(event) else {}, language),
        )
        for heading, language in zip(heads, languages, strict=True)
    ]
    title = "" if is_notice(event) else in_language(letterhead.title or letterhead.site, languages[0])
    subject = _cut(one_line(": ".join(filter(None, (title, " / ".join(heads))))))
    return Letter(subject, _text(blocks), _html(subject, languages[0], blocks), _priority(event) if items else "")


def most_urgent_first(items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """By priority, those without one last; of the same, the oldest first."""
    return sorted(
        items, key=lambda item: (str((item.get("data") or {}).get("priority") or "P9"), str(item.get("time")))
    )


def _priority(event: Mapping[str, Any]) -> str:
    given = str((event.get("data") or {}).get("priority") or "")
    return given if given in {*Priority} else ""


def _heading(event: Mapping[str, Any], items: Sequence[Mapping[str, Any]], language: str) -> str:
    """What it is about in a few words; of a notice, how much there is, and the most urgent of it."""
    if not is_notice(event):
        return head(event, language)
    first = [head(items[0], language)] if items else []
    return one_line(messages(language).words["seen-is"].join([sentence(event, language), *first]))


def _more(data: Mapping[str, Any], language: str) -> str:
    """That something was left out, and where all of it is."""
    more = data.get("more")
    told = {"count": more, "site": data.get("site", "")}
    return one_line(Template(messages(language).notices["more"]).safe_substitute(told)) if more else ""


def _part(event: Mapping[str, Any], language: str, zone: tzinfo, link: Link) -> Part:
    words = messages(language).words
    rows = [(words[label], one_line(value)) for label, value in _facts(event, language, zone) if value]
    return Part(language, sentence(event, language), rows, _links(event, language, link))


def _links(event: Mapping[str, Any], language: str, link: Link) -> list[Row]:
    """Where it is acknowledged, of an item that calls for somebody, and where it is seen."""
    words = messages(language).words
    acknowledge = str((event.get("data") or {}).get("link") or "")
    found = [(words["acknowledge"], acknowledge), (words["link"], link.of(event))]
    return [(label, one_line(address)) for label, address in found if address]


def _facts(event: Mapping[str, Any], language: str, zone: tzinfo) -> Iterator[Row]:
    """Each thing that is known of it, under the name of its label."""
    data = event.get("data") or {}
    yield "where", _place(data, language)
    yield "asset", str(data.get("asset") or "")
    yield "since", next((moment(data[name], zone) for name in BEGINNINGS if data.get(name)), "")
    yield "at", moment(event["time"], zone) if event.get("time") else ""
    for each in data.get("evidence") or ():
        read_at = f" ({moment(each['at'], zone)})" if each.get("at") else ""
        yield "measured", evidence_words(each, language) + read_at
    yield "required", in_language(data.get("requires") or "", language)
    yield "proven", _proven(data)
    for each in data.get("unproven") or ():
        yield "unproven", f"{in_language(each['place'], language)}: {in_language(each['reason'], language)}"
    yield "clause", _clause(data, language)
    yield "basis", _basis(data, language)
    yield "do", in_language(data.get("action") or "", language)


def _place(data: Mapping[str, Any], language: str) -> str:
    place, touchpoint = in_language(data.get("place") or "", language), data.get("touchpoint")
    return f"{place} ({touchpoint})" if place and touchpoint else place


def _clause(data: Mapping[str, Any], language: str) -> str:
    edition = data.get("standard") or {}
    told = f", {messages(language).words['edition']} {edition['version']} ({edition['digest']})" if edition else ""
    return f"{data['clause']}{told}" if data.get("clause") else ""


def _basis(data: Mapping[str, Any], language: str) -> str:
    basis = data.get("basis") or {}
    kind = messages(language).words.get(f"basis-{basis.get('kind')}", "")
    return "; ".join(filter(None, (kind, basis.get("document"), basis.get("note"))))


def _proven(data: Mapping[str, Any]) -> str:
    lasted, limit = data.get("lasted"), data.get("limit")
    if not lasted:
        return ""
    return _watch(lasted) + (f" (> {_watch(limit)})" if limit else "")


def _watch(seconds: float) -> str:
    """Seconds as a stop watch shows them: ``900.0`` is ``15:00``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def moment(when: str | float, zone: tzinfo) -> str:
    """An ISO 8601 text, or seconds since 1970, by the clock on the site's wall, with the zone's name."""
    told = datetime.fromisoformat(when) if isinstance(when, str) else datetime.fromtimestamp(when, zone)
    return f"{told.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone}"


Block = tuple[str, Sequence[Part], str]
RULE = "\n\n----\n\n"
"""Between two languages."""


def _text(blocks: Sequence[Block]) -> str:
    return RULE.join(_text_block(*block) for block in blocks) + "\n"


def _text_block(heading: str, parts: Sequence[Part], more: str) -> str:
    entries = [_text_part(part) for part in parts]
    return entries[0] if len(entries) == 1 and not more else "\n\n".join([heading, *entries, *filter(None, [more])])


def _text_part(part: Part) -> str:
    return "\n".join([part.lead, "", *(f"{label}: {value}" for label, value in (*part.rows, *part.links))])


def _html(subject: str, language: str, blocks: Sequence[Block]) -> str:
    inside = "<hr>".join(_html_block(*block) for block in blocks)
    head_of_page = f'<meta charset="utf-8"><title>{escape(subject)}</title>'
    return (
        f'<!doctype html>\n<html lang="{escape(language)}"><head>{head_of_page}</head>'
        f'<body style="{STYLE}">{inside}</body></html>\n'
    )


def _html_block(heading: str, parts: Sequence[Part], more: str) -> str:
    rest = f"<p>{escape(more)}</p>" if more else ""
    return f"<h3>{escape(heading)}</h3>{''.join(map(_html_part, parts))}{rest}"


def _html_part(part: Part) -> str:
    rows = "".join(_html_row(label, escape(value)) for label, value in part.rows)
    rows += "".join(_html_row(label, f'<a href="{escape(link)}">{escape(link)}</a>') for label, link in part.links)
    return f'<div lang="{escape(part.language)}"><p>{escape(part.lead)}</p><table>{rows}</table></div>'


def _html_row(label: str, escaped: str) -> str:
    return f'<tr><th align="left" style="{CELL}">{escape(label)}</th><td style="{CELL}">{escaped}</td></tr>'


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SUBJECT else text[: LONGEST_SUBJECT - 1] + "…"
