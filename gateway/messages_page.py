"""deploy/messages.md: every message that people can get, in every language, short and long, by the real wording.

Knows no words but its headings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.data import demo_site
from gateway.outputs.letter import letter
from gateway.outputs.link import Link
from gateway.outputs.output import Letterhead
from gateway.outputs.wording import known_languages, messages, short
from gateway.samples import samples
from gateway.site import load_estate

LONGEST = 2048
"""Bytes of a chat's message."""
LINK = Link("https://pm.example/tickets/$ticket")
HEAD = """# What people are told

Made by `python -m gateway.generated` from sample events and the real wording (`gateway/outputs/messages.*.yaml`); do
not edit. Each message is shown as a chat gets it, and, folded, as a mail. A chat of a site with two languages gets
both; a notice goes to one person, in their language alone.

人员会收到的每条消息:先是群聊中的短文,折叠处为邮件全文。由 `python -m gateway.generated` 生成,请勿手改。

A further language is one more file, `messages.<language>.yaml`: what it leaves out is said in English.
"""
KINDS = ("alert", "repeat", "all-clear", "summary", "test")
"""Of notices."""


def messages_page() -> str:
    """The page as Markdown."""
    estate = load_estate(demo_site())
    heads = {each: Letterhead([each], estate.site, estate.title, estate.timezone) for each in known_languages()}
    told = samples()
    parts = [HEAD, "## Events\n"]
    parts += [_section(name, dict.fromkeys(heads, event), heads) for name, event in told.items()]
    parts.append("## Notices\n")
    parts += [_section(kind, {each: _notice(kind, each, told) for each in heads}, heads) for kind in KINDS]
    return "\n".join(parts)


def _section(name: str, events: Mapping[str, Mapping[str, Any]], heads: Mapping[str, Letterhead]) -> str:
    said = [f"- {language}: {_shown(short(event, [language], LONGEST))}" for language, event in events.items()]
    return "\n".join([f"### {name}\n", *said, "", *_folded(events, heads), ""])


def _folded(events: Mapping[str, Mapping[str, Any]], heads: Mapping[str, Letterhead]) -> Iterator[str]:
    for language, event in events.items():
        mail = letter(event, heads[language], LINK)
        yield f"<details><summary>mail, {language}</summary>\n"
        yield f"```text\n{messages(language).words['subject']}: {mail.subject}\n\n{mail.text}```\n\n</details>\n"


def _shown(text: str) -> str:
    """Each line as code: nothing in it is Markdown."""
    return "<br>".join(f"`{line}`" for line in text.split("\n"))


def _notice(kind: str, language: str, told: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """What the routes would make of the samples."""
    names = ("alarm.cleared", "ticket.closed") if kind == "all-clear" else ("proof_test.finished", "ticket.opened")
    items = [] if kind == "test" else [told[name] for name in names]
    data: dict[str, Any] = {
        "site": "riverside-garden",
        "site_title": {"zh": "滨河花园", "en": "Riverside Garden"},
        "to": "li",
        "language": language,
        "kind": kind,
        "priority": "P2",
    }
    data |= {"items": items, "more": 0, "by": "wang"}
    if kind == "summary":
        place = told["ticket.opened"]["data"]["place"]
        data |= {"more": 38, "counts": {"P2": 1, "P3": 39}, "cleared": 5, "places": [{"place": place, "count": 40}]}
    return {
        "type": "touchpoint.notice.made.v1",
        "subject": "notice/1",
        "time": "2026-01-01T00:10:00.000Z",
        "data": data,
    }
