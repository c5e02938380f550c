"""The ntfy output: push messages to phones, by a server of one's own or ntfy.sh. Knows neither outbox nor routes.

Source: https://docs.ntfy.sh/publish/ (publishing as JSON; priorities 1 to 5; whoever knows a topic can read and write
it, so it is a secret; a message of more than 4,096 bytes becomes a file).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.model import noun_and_verb
from gateway.outputs.http import Receiver, token_of
from gateway.outputs.link import Link
from gateway.outputs.output import Letterhead, needed, only_settings
from gateway.outputs.wording import head, in_language, is_notice, messages, one_line, sentence, short

LONGEST = 4000
LONGEST_TITLE = 200
"""Characters."""
PRIORITIES = {"P1": 5, "P2": 4, "P3": 3, "P4": 2}
USUAL = 3
MOST_BUTTONS = 3
GOOD_NEWS = frozenset({"alarm.cleared", "ticket.closed"})
"""They wake nobody, however urgent it was."""
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Ntfy:
    """Settings: ``url`` of the server, ``topic`` for what is for no person, ``token``, ``link``, ``timeout`` (10s)."""

    def __init__(self, settings: Mapping[str, str], letterhead: Letterhead) -> None:
        only_settings(settings, ("url", "topic", "token", "link", "timeout"))
        needed(settings, ("url",))
        self._receiver = Receiver(settings)
        self._token = token_of(settings, "token")
        self._topic = settings.get("topic", "")
        self._people = dict(letterhead.addresses)
        if not self._topic and not self._people:
            raise ValueError("topic_file is missing: there is nobody to write to")
        for topic in (*filter(None, [self._topic]), *self._people.values()):
            if not TOPIC.fullmatch(topic):
                raise ValueError("a topic has up to 64 letters, digits, hyphens and underscores")
        self._letterhead = letterhead
        self._link = Link(settings.get("link", ""))

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """Publish the event's words; ntfy knows no key by which it would recognise a repetition."""
        headers = {"content-type": "application/json"}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        body = {"topic": self._topic_of(event), **self.message(event)}
        _judge(await self._receiver.post(orjson.dumps(body), headers))

    def _topic_of(self, event: Mapping[str, Any]) -> str:
        whom = str(event["data"]["to"]) if is_notice(event) else ""
        topic = self._people.get(whom, "") if whom else self._topic
        if not topic:
            raise PermanentFailure(
                f"has no topic for {whom or 'what is for nobody in particular: topic_file is missing'}"
            )
        return topic

    def message(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """All but the topic."""
        data = event.get("data") or {}
        languages = [str(data["language"])] if is_notice(event) else [*self._letterhead.languages]
        address = self._link.of(event)
        return {
            "title": self._title(event, languages),
            "message": short(event, languages, LONGEST),
            "priority": _priority(event),
            "tags": _tags(event),
            **({"click": address} if address else {}),
            **({"actions": actions} if (actions := _actions(event, languages[0])) else {}),
        }

    def _title(self, event: Mapping[str, Any], languages: Sequence[str]) -> str:
        if is_notice(event):
            title = sentence(event, languages[0])
        else:
            site = in_language(self._letterhead.title or self._letterhead.site, languages[0])
            title = ": ".join(filter(None, (site, head(event, languages[0]))))
        return one_line(title)[:LONGEST_TITLE]

    async def close(self) -> None:
        """Close the connection."""
        await self._receiver.close()


def _actions(event: Mapping[str, Any], language: str) -> list[dict[str, str]]:
    """Buttons to acknowledge what calls for somebody, for the most urgent items of a notice."""
    words = messages(language).words
    items = [item["data"] for item in event["data"]["items"] if item["data"].get("link")] if is_notice(event) else []
    label = words["acknowledge"]
    return [
        {"action": "view", "label": f"{label}: {_place(item, language)}", "url": item["link"]}
        for item in items[:MOST_BUTTONS]
    ]


def _place(data: Mapping[str, Any], language: str) -> str:
    return one_line(in_language(data.get("place") or data.get("asset") or "", language))


def _is_good(event: Mapping[str, Any]) -> bool:
    return noun_and_verb(event["type"]) in GOOD_NEWS or (is_notice(event) and event["data"]["kind"] == "all-clear")


def _priority(event: Mapping[str, Any]) -> int:
    given = PRIORITIES.get(str((event.get("data") or {}).get("priority")), USUAL)
    return min(given, USUAL) if _is_good(event) else given


def _tags(event: Mapping[str, Any]) -> list[str]:
    """The names of pictures that phones show before the title, and the priority to filter by."""
    priority = (event.get("data") or {}).get("priority")
    picture = "white_check_mark" if _is_good(event) else "rotating_light" if priority == "P1" else "bell"
    return [picture, *([str(priority)] if priority else [])]


def _judge(answer: bytes | None) -> None:
    """What was published is answered with itself; who answers anything else has not published it."""
    try:
        told = orjson.loads(answer or b"")
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict) or told.get("event") != "message" or not told.get("id"):
        code = told.get("code") if isinstance(told, dict) else None
        raise TemporaryFailure(f"answered 200 with {f'code {code}' if type(code) is int else 'no message'}")
