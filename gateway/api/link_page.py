"""What the page behind a link shows: a few lines in Chinese and English that fit a phone. No script; loads nothing."""

from __future__ import annotations

from datetime import datetime, tzinfo
from enum import Enum
from typing import NamedTuple

from gateway.markup import GAP, Html, both, document, pair, tag
from gateway.model import Text
from gateway.outputs.wording import in_language

STYLE = """
body{max-width:32rem;margin:0 auto;padding:1rem;font-size:1.1rem;line-height:1.5}
button{width:100%;padding:1rem;font-size:1.3rem;margin:1rem 0;border:0;background:#0b57d0;color:#fff}
.en{display:block}button .en{color:inherit}
"""


class Page(Enum):
    """Which page it is; the value is what the audit calls it."""

    ASK = "asked"
    DONE = "acknowledged"
    SEEN = "somebody acknowledged it before"
    OVER = "the alarm is over"
    EXPIRED = "the link has expired"
    USED = "the link was used before"
    UNKNOWN = "no such link"
    SLOW = "too many attempts"
    FAILING = "the store is failing"


class About(NamedTuple):
    """What is shown of an alarm. Times are seconds since 1970, or None where there is none."""

    site: Text
    place: Text
    title: Text
    action: Text
    priority: str
    raised_at: float | None
    standing: bool
    acknowledged_by: str
    acknowledged_at: float | None
    who: str
    zone: tzinfo


HEADINGS = {
    Page.ASK: ("确认报警", "Acknowledge an alarm"),
    Page.DONE: ("已确认", "Acknowledged"),
    Page.SEEN: ("已有人确认", "Acknowledged before"),
    Page.OVER: ("该报警已结束", "This alarm is over"),
    Page.EXPIRED: ("链接已过期", "This link has expired"),
    Page.USED: ("链接已使用过", "This link was used before"),
    Page.UNKNOWN: ("链接无效", "This link is not valid"),
    Page.SLOW: ("尝试过于频繁", "Too many attempts"),
    Page.FAILING: ("现在无法记录", "Nothing can be written down now"),
}
SAYINGS = {
    Page.ASK: ("点击后即确认,仅此一次。", "The button acknowledges it, once."),
    Page.DONE: ("已记录。故障本身仍需处理。", "This is written down. The trouble itself is still to be mended."),
    Page.SEEN: ("无需再次确认。", "There is nothing left to acknowledge."),
    Page.OVER: ("没有可确认的报警。若再次发生,会有新消息。", "Nothing to acknowledge. If it comes back, so do we."),
    Page.EXPIRED: ("请使用更新的消息,或登录系统确认。", "Use a newer message, or acknowledge it in the system."),
    Page.USED: ("每个链接只能使用一次。", "Each link counts once."),
    Page.UNKNOWN: ("请从消息中完整打开链接。", "Open the whole link from the message."),
    Page.SLOW: ("请稍后再试。", "Try again later."),
    Page.FAILING: ("请稍后再试,或电话告知值班人员。", "Try again later, or tell the staff on duty by telephone."),
}  # fmt: skip


def page(which: Page, about: About | None) -> str:
    """The page as HTML; ``about`` None: nothing is told of any alarm."""
    parts = [tag("h1", pair(*HEADINGS[which]))]
    if about:
        parts += _lines(about)
    parts.append(tag("p", pair(*SAYINGS[which])))
    if which is Page.ASK and about:
        zh, en = f"以 {about.who} 的名义确认", f"Acknowledge as {about.who}"
        parts.append(tag("form", tag("button", pair(zh, en), marks={"type": "submit"}), marks={"method": "post"}))
    return document(" / ".join(HEADINGS[which]), STYLE, parts)


def _lines(about: About) -> list[Html]:
    lines = [
        tag("p", tag("strong", f"[{about.priority}]"), GAP, both(about.place), css="place"),
        tag("p", both(about.title)),
    ]
    if about.raised_at and about.standing:
        at = _moment(about.raised_at, about.zone)
        lines.append(tag("p", pair(f"自 {at} 起", f"Since {at}")))
    lines.append(tag("p", pair(f"处理:{in_language(about.action, 'zh')}", f"Do: {in_language(about.action, 'en')}")))
    return [tag("p", both(about.site), css="site"), *lines, tag("p", _stands(about))]


def _stands(about: About) -> Html:
    """Whether it is acknowledged: also whoever comes with a used link must not be left to guess."""
    if not about.standing:
        return pair("现在:已恢复", "Now: no longer raised")
    if about.acknowledged_at is None:
        return pair("现在:未确认", "Now: not acknowledged")
    at = _moment(about.acknowledged_at, about.zone)
    return pair(f"现在:{at} 由 {about.acknowledged_by} 确认", f"Now: acknowledged by {about.acknowledged_by} at {at}")


def _moment(at: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(at, zone).strftime("%m-%d %H:%M")
