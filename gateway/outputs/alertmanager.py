"""The Prometheus Alertmanager output: alarms as alerts of its API v2. Knows neither the panel nor the outbox.

Source: https://prometheus.io/docs/alerting/latest/alerts_api/ and api/v2/openapi.yaml of prometheus/alertmanager.

An alert ends by itself when its ``endsAt`` comes, five minutes after it was last heard of where there is none. A
gateway that is dead must not make its alarms look well, so ``endsAt`` lies far ahead until the alarm is over. But
Alertmanager keeps alerts in memory only: what stands is told again every minute, so that its restart loses nothing.
What an alert is called may change while it stands (the site's files give it another priority, or lose its asset);
so what is over is looked up there, and ended under every name that it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import orjson

from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.model import noun_and_verb
from gateway.outputs.http import Receiver, token_of
from gateway.outputs.link import Link
from gateway.outputs.output import Letterhead, needed, only_settings
from gateway.outputs.wording import head, in_language, is_notice, sentence

PATH = "/api/v2/alerts"
NEVER = "2999-12-31T00:00:00.000Z"
"""``endsAt`` of what stands."""
OVER = ("alarm.cleared", "alarm.hidden", "output.working", "store.working")
"""A hidden alarm is told of no more, nor is its end; it is raised again when it shows again."""
STANDS = ("alarm.raised", "output.failing", "store.failing")
"""That another output, or the store, takes nothing is told to whoever is left, so it is an alert too."""
OUTPUT = "output"
TOLD = (*STANDS, *OVER, "alarm.acknowledged")
SEVERITIES = {"P1": "critical", "P2": "warning", "P3": "warning", "P4": "info"}
LABELS = ("site", "asset", OUTPUT, "asset_kind", "touchpoint", "priority")
SAME = ("alertname", "site", "asset", OUTPUT)
"""By these it is the same one, whatever else it is called."""
AT_ONCE = 50
"""Alerts in one request."""
JSON = {"content-type": "application/json"}
REPEAT_EVERY = 60.0
TRIAL = timedelta(minutes=1)


class Alertmanager:
    """Settings: ``url`` (without ``/api/v2``), ``token`` to show as a bearer, ``link``, ``timeout`` (default 10s)."""

    def __init__(self, settings: Mapping[str, str], letterhead: Letterhead) -> None:
        only_settings(settings, ("url", "token", "link", "timeout"))
        needed(settings, ("url",))
        self._receiver = Receiver({**settings, "url": settings["url"].rstrip("/") + PATH})
        self._token = token_of(settings, "token")
        self._languages = tuple(letterhead.languages)
        self._link = Link(settings.get("link", ""))
        self._one_at_a_time = asyncio.Lock()
        self.repeat_every = REPEAT_EVERY

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """Raise or end the alert of an alarm; an alert that is there already stays the same one."""
        what = noun_and_verb(event["type"])
        if is_notice(event) and event["data"]["kind"] == "test":
            await self._post([self._trial(event)])
            return
        if what not in TOLD:
            raise PermanentFailure("takes alarms only: write events: [alarm.*]")
        if what == "alarm.acknowledged":
            return
        async with self._one_at_a_time:
            alert = self.alert(event)
            others = [each for each in await self._known(alert["labels"]) if each["labels"] != alert["labels"]]
            await self._post([alert, *(_ended(each, event["time"]) for each in others)])

    async def repeat(self, standing: Callable[[], Iterable[Mapping[str, Any]]]) -> None:
        """Tell again what stands."""
        async with self._one_at_a_time:
            events = iter(standing())
            while alerts := [self.alert(event) for event in islice(events, AT_ONCE)]:
                await self._post(alerts)

    def alert(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """As Alertmanager takes it: what it is called by, what is said of it, and from when to when."""
        data = event["data"]
        name = data.get("clause") or f"{OUTPUT if data.get(OUTPUT) else 'store'}.failing"
        labels = {"alertname": name, **{name: data[name] for name in LABELS if data.get(name)}}
        if severity := SEVERITIES.get(str(data.get("priority"))):
            labels["severity"] = severity
        is_over = noun_and_verb(event["type"]) in OVER
        began = data.get("raised_at") or data.get("since")
        alert: dict[str, Any] = {"labels": labels, "annotations": dict(self._annotations(event))}
        # Nothing may end before it began, also when a clock was set in between.
        alert |= {"startsAt": min(began or event["time"], event["time"]), "endsAt": event["time"] if is_over else NEVER}
        return alert | ({"generatorURL": address} if (address := self._link.of(event)) else {})

    def _trial(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """An alert that shows that this works, and ends by itself."""
        labels = {"alertname": "touchpoint.test", "site": event["data"]["site"], "severity": "info"}
        said = {"summary": sentence(event, event["data"]["language"])}
        ends = datetime.fromisoformat(event["time"]) + TRIAL
        return {"labels": labels, "annotations": said, "startsAt": event["time"], "endsAt": ends.isoformat()}

    def _annotations(self, event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """In each language of the site; without a language after their names, in the first."""
        for language in self._languages:
            told = {"summary": head(event, language), "description": sentence(event, language)}
            told["action"] = in_language(event["data"].get("action") or "", language)
            for name, words in told.items():
                yield f"{name}_{language}", words
                if language == self._languages[0]:
                    yield name, words

    def _headers(self) -> Mapping[str, str]:
        return JSON | ({"authorization": f"Bearer {self._token}"} if self._token else {})

    async def _known(self, labels: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        """The alerts of the same alarm that are there, whatever else they are called."""
        query = [("filter", f"{name}={orjson.dumps(labels[name]).decode()}") for name in SAME if name in labels]
        try:
            found = orjson.loads(await self._receiver.get(self._headers(), query) or b"")
            return [each for each in found if each["labels"] and each["startsAt"]]
        except (orjson.JSONDecodeError, TypeError, KeyError):
            raise TemporaryFailure("answered 200 with no list of alerts") from None

    async def _post(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        answer = await self._receiver.post(orjson.dumps(alerts), self._headers())
        if answer is None or answer.strip():  # it answers nothing; who says something is another
            raise TemporaryFailure("answered 200 with something that no Alertmanager says")

    async def close(self) -> None:
        """Close the connection."""
        await self._receiver.close()


def _ended(alert: Mapping[str, Any], at: str) -> dict[str, Any]:
    told = {name: alert[name] for name in ("labels", "annotations", "startsAt", "generatorURL") if alert.get(name)}
    return {**told, "endsAt": max(at, alert["startsAt"])}
