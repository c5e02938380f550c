"""What somebody is told before a test begins: what will happen, for how long, and what goes dark. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from gateway.model import Text
from gateway.proof_tests.procedure import FUNCTION_LASTS, MARGIN, START_WITHIN, Way

HOW: Mapping[Way, Text] = {
    "device": {"zh": "设备自行切换到电池", "en": "the device itself goes over to its battery"},
    "relay": {"zh": "试验继电器将断开其供电", "en": "a test relay takes its supply away"},
    "hand": {
        "zh": f"须由人员在 {START_WITHIN['hand'] / 60:.0f} 分钟内断开其供电,并在测试后恢复",
        "en": f"somebody has to switch its supply off within {START_WITHIN['hand'] / 60:.0f} min, and on again after",
    },
}
WARNING: Text = {
    "zh": "若电池已坏,灯会熄灭;测试后电池充满前(最长 24 小时),真正断电时它可能不足以照明。请确认该处有人知晓。",
    "en": "If its battery is bad it goes dark. Until the battery is full again, which takes up to 24 h, it may not "
    "last in a real power failure. Make sure that those who are there know.",
}
IN_SECONDS = 120.0
"""What is shorter is told in seconds."""


def notice(asset: str, place: Text, test: Text, way: Way, limit: float | None) -> Text:
    """In Chinese and English. ``limit``: seconds than which the lamp has to last longer; None for a function test."""
    lasts = FUNCTION_LASTS if limit is None else limit + MARGIN
    count, zh, en = (ceil(lasts), "秒", "s") if lasts < IN_SECONDS else (ceil(lasts / 60), "分钟", "min")
    return {
        "zh": f"{asset}({place.get('zh', '')})将进行{test['zh']}:由电池供电约 {count} {zh};"
        f"{HOW[way]['zh']}。{WARNING['zh']}",
        "en": f"{test['en']} of {asset} ({place.get('en', '')}): it runs on its battery for about {count} {en}; "
        f"{HOW[way]['en']}. {WARNING['en']}",
    }
