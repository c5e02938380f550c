"""The log book as it is printed: whose, which part of it, whether its chain holds, and what its tests do not prove."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.logbook.columns import Piece, grounds
from gateway.model import Text

NAME: Text = {"zh": "试验记录簿", "en": "Log book of proof tests"}
EMPTY: Text = {"zh": "没有记录。", "en": "There is no entry."}
CURVES: Text = {"zh": "放电曲线", "en": "Discharge curves"}
AGEING: Text = {"zh": "电池容量变化", "en": "How its battery has aged"}
CLAUSES: Text = {"zh": "条款与数值依据", "en": "Clauses, and the basis of their numbers"}
ALL: Text = {"zh": "全部记录", "en": "all entries"}
NOTES: Sequence[Text] = (
    {
        "zh": "放电时间测试(超过 15 分钟)只证明:当天该灯由电池供电连续点亮超过所列时限,证据间隔不超过 60 秒。",
        "en": "A duration test (more than 15 min) proves one thing: that on its day the lamp was lit from its battery "
        "for longer than the limit shown, with never more than 60 s between two pieces of evidence.",
    },
    {
        "zh": "它不证明电池能维持额定时间,不能代替每年一次的额定时间放电试验,也不代表照度、外观、标志或接线合格。",
        "en": "It does not prove that the battery lasts its rated time and does not replace the yearly test of that; "
        "it says nothing of brightness, appearance, signs or wiring.",
    },
    {
        "zh": "“无结论”、“中止”和“仅作记录”什么也不证明。非计划放电是主电自身中断,不算试验,也不算试验失败。",
        "en": "Inconclusive, aborted and recorded prove nothing. An unplanned discharge is the mains failing by "
        "itself: neither a test nor a failed one.",
    },
    {
        "zh": "由人员进行的试验,证明的是其本人当时所见所记;失败后的工单与消除情况在打印时查得,不在哈希链内。",
        "en": "A test that a person carried out proves what that person saw and wrote down. The ticket of what failed "
        "is looked up when the book is printed, and is no part of its hash chain.",
    },
    {
        "zh": "时长是有读数证明的下限,其后为已知的精度。检查参照所列标准的数值,本记录不是符合性声明。",
        "en": "A time is the least that readings prove, with how finely it is known beside it. The checks are modelled "
        "on the documents named; this book is no claim of compliance with them.",
    },
)
"""What the tests prove and what they do not."""
CURVE_NOTE: Text = {
    "zh": "实线:读数间隔不超过 60 秒;虚线:间隔更长,其间没有证据。黄条:前后读数均为灯亮;黑条:均为灯灭;空白:未知。",
    "en": "Solid: readings at most 60 s apart; dashed: further apart, with no evidence between. Yellow bar: the "
    "readings on either side say that the lamp was lit; dark: that it was out; white: unknown.",
}


@dataclass(frozen=True, slots=True)
class Book:
    """What is printed: whose, which part of it, when (RFC 3339), and its entries (``facts.whole``), oldest first."""

    title: Text
    site: str
    standard: str
    printed_at: str
    chosen: Sequence[Text]
    """By what the entries were chosen; nothing for all."""
    rows: Sequence[Mapping[str, Any]]
    broken_at: int | None = None
    """The first entry of the whole book that its hash chain does not vouch for."""
    ageing: Mapping[str, Any] | None = None
    """How the battery of the one asset that was chosen has aged (``ageing.told``); None where there is no trend."""

    def chain(self) -> Piece:
        """Whether the book is as it was written."""
        if self.broken_at is None:
            return Piece({"zh": "哈希链完整", "en": "hash chain whole"}, "good")
        zh, en = (
            f"哈希链在第 {self.broken_at} 条断开:记录被改动过",
            f"hash chain broken at entry {self.broken_at}: the book was changed",
        )
        return Piece({"zh": zh, "en": en}, "none")

    def drawn(self) -> list[Mapping[str, Any]]:
        """The entries that have a curve."""
        return [row for row in self.rows if row["curve"]["samples"]]

    def clauses(self) -> Iterator[list[Piece]]:
        """Every clause that an entry was judged by, once for each edition: its name, its basis, and what it is."""
        known = {(row["clause"], row["standard"].get("digest", "")): row for row in self.rows if row["clause"]}
        for _, row in sorted(known.items()):
            note = row["basis"].get("note", "")
            yield [*grounds(row), *([Piece({"en": note})] if note else [])]
