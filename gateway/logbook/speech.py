"""How the log book says things: in one language or in both, times in the site's zone, spans as a stop watch shows them.

Pure; knows a line of the log book by no name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.markup import Html, both, join
from gateway.model import Text
from gateway.outputs.wording import in_language, value_words

BOTH = ("zh", "en")
LANGUAGES: Mapping[str, Sequence[str]] = {"zh": ("zh",), "en": ("en",), "both": BOTH}
"""What can be asked for."""

VALUES: Mapping[str, Text] = {
    "rest": {"zh": "休眠", "en": "at rest, dark without mains"},
    "normal": {"zh": "正常,主电供电", "en": "normal, on its mains"},
    "emergency": {"zh": "应急,电池供电", "en": "emergency, on its battery"},
    "extended-emergency": {"zh": "应急延时", "en": "emergency, prolonged"},
    "function-test": {"zh": "功能测试中", "en": "in its function test"},
    "duration-test": {"zh": "放电时间测试中", "en": "in its duration test"},
    "charging": {"zh": "充电中", "en": "charging"},
    "full": {"zh": "已充满", "en": "full"},
    "discharging": {"zh": "放电中", "en": "discharging"},
    "empty": {"zh": "已耗尽", "en": "empty"},
    "not-charging": {"zh": "未充电", "en": "not charging"},
}
"""The words that devices tell as values; any other is shown as it is."""


@dataclass(frozen=True, slots=True)
class Speech:
    """``languages``: ``zh``, ``en`` or both of them."""

    languages: Sequence[str]
    zone: ZoneInfo

    def html(self, text: Text) -> Html:
        """A text for a page."""
        return both(text) if len(self.languages) > 1 else join("", [self.plain(text)])

    def plain(self, text: Text) -> str:
        """A text on one line; once where the languages say the same."""
        return " ".join(dict.fromkeys(in_language(text, each) for each in self.languages))

    def of(self, zh: str, en: str) -> Html:
        """Words of our own for a page."""
        return self.html({"zh": zh, "en": en})

    def value(self, value: Any, unit: str = "") -> Text:
        """A value with its unit; None is unknown."""
        if value is None:
            return {"zh": "未知", "en": "unknown"}
        if isinstance(value, str):
            return VALUES.get(value, {"en": value})
        return {each: f"{value_words(value, each)} {unit}".rstrip() for each in BOTH}

    def when(self, moment: str) -> str:
        """``2026-11-23T08:15:00.000Z`` as ``2026-11-23 16:15:00`` in Shanghai."""
        return datetime.fromisoformat(moment).astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")


def seconds(moment: str) -> float:
    """An RFC 3339 time as seconds since 1970."""
    return datetime.fromisoformat(moment).timestamp()


def watch(span: float) -> str:
    """Seconds as a stop watch shows them, rounded down: ``15:01``, ``1:30:00``."""
    minutes, rest = divmod(int(span), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def conditions(before: Sequence[Mapping[str, Any]], speech: Speech) -> list[str]:
    """How things stood before, a condition each: ``battery voltage 13.4 V``."""
    return [f"{speech.plain(each['means'])} {_condition(each, speech)}" for each in before]


def _condition(told: Mapping[str, Any], speech: Speech) -> str:
    if told["is_time"]:
        return speech.when(told["value"])
    return speech.plain(speech.value(told["value"], told["unit"]))
