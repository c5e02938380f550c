"""The log book as one page to print, in one language or both: a row for each entry, then the curves.

Says plainly what the tests prove and what they do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.logbook.curve import curve
from gateway.logbook.drawing import svg
from gateway.logbook.speech import Speech, conditions, watch
from gateway.markup import BASES, DOT, GAP, Html, badge, document, join, listed, table, tag
from gateway.model import Text
from gateway.proof_tests.entry import OUTCOMES, Outcome

STYLE = """
@page { size: A4 landscape; margin: 12mm 11mm 14mm; }
body { max-width: 272mm; }
.figures { grid-template-columns: repeat(7, 1fr); }
.entries { table-layout: fixed; font-size: 8pt; }
.entries th:nth-child(1), .entries th:nth-child(6) { width: 12%; }
.entries th:nth-child(2), .entries th:nth-child(4) { width: 15%; }
.entries th:nth-child(3) { width: 11%; } .entries th:nth-child(5) { width: 16%; }
.entries th:nth-child(7) { width: 7%; }
.curves { display: grid; grid-template-columns: 1fr 1fr; gap: 4mm 6mm; }
figure { margin: 0; break-inside: avoid; }
svg { width: 100%; height: auto; }
.drawn { break-before: page; }
ul { margin: 1mm 0 2mm; padding-left: 5mm; }
@media screen and (max-width: 800px) {
  .curves { grid-template-columns: 1fr; }
  .figures { grid-template-columns: 1fr 1fr; }
  .entries { display: block; overflow-x: auto; }
  .entries th { min-width: 27mm; }
}
"""
COLOURS: Mapping[str, str] = {
    Outcome.PASSED: "good", Outcome.FAILED: "none", Outcome.ABORTED: "part", Outcome.INCONCLUSIVE: "part",
    Outcome.REFUSED: "part", Outcome.MISSED: "none", Outcome.RECORDED: "idle",
}  # fmt: skip
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
        "zh": "时长是有读数证明的下限,其后为已知的精度。检查参照所列标准的数值,本记录不是符合性声明。",
        "en": "A time is the least that readings prove, with how finely it is known beside it. The checks are modelled "
        "on the documents named; this book is no claim of compliance with them.",
    },
)


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


def page(book: Book, speech: Speech) -> str:
    """The whole page."""
    name = speech.plain({"zh": "试验记录簿", "en": "Log book of proof tests"})
    parts = [_top(book, speech), _entries(book.rows, speech), _curves(book.rows, speech)]
    return document(f"{name}: {speech.plain(book.title)}", STYLE, parts, speech.languages[0])


def _top(book: Book, speech: Speech) -> Html:
    of = speech.of
    chosen = [speech.html(each) for each in book.chosen] or [of("全部记录", "all entries")]
    about = [
        speech.html(book.title), book.site, join("", [of("标准", "standard"), GAP, book.standard]),
        join("", [of("打印于", "printed"), GAP, speech.when(book.printed_at)]), *chosen,
    ]  # fmt: skip
    counts = Counter(row["outcome"] for row in book.rows)
    figures = (_figure(counts[each], COLOURS[each], OUTCOMES[each], speech) for each in Outcome)
    return tag(
        "header",
        tag("h1", of("试验记录簿", "Log book of proof tests")),
        tag("p", join(DOT, about), css="meta"),
        tag("p", _chain(book.broken_at, speech)),
        tag("div", *figures, css="figures"),
        tag("ul", *(tag("li", speech.html(each), css="note") for each in NOTES)),
    )


def _chain(broken_at: int | None, speech: Speech) -> Html:
    if broken_at is None:
        return badge("good", speech.plain({"zh": "哈希链完整", "en": "hash chain whole"}))
    zh, en = (
        f"哈希链在第 {broken_at} 条断开:记录被改动过",
        f"hash chain broken at entry {broken_at}: the book was changed",
    )
    return badge("none", speech.plain({"zh": zh, "en": en}))


def _figure(count: int, css: str, words: Text, speech: Speech) -> Html:
    return tag("div", tag("b", count), tag("span", speech.html(words)), css=f"figure {css}")


def _entries(rows: Iterable[Mapping[str, Any]], speech: Speech) -> Html:
    heads = (
        ("时间", "when"), ("设施与位置", "asset and place"), ("种类与发起", "kind, started by"),
        ("之前状况", "conditions before"), ("结果与发现", "result and finding"),
        ("证实时长", "time proven"), ("最低电压", "lowest voltage"), ("条款与依据", "clause and basis"),
    )  # fmt: skip
    told = [_row(row, speech) for row in rows]
    if not told:
        return tag("p", speech.of("没有记录。", "There is no entry."))
    return table((speech.of(*head) for head in heads), told, css="entries")


def _row(row: Mapping[str, Any], speech: Speech) -> list[object]:
    voltage = row["lowest_voltage_v"]
    return [
        listed([f"№ {row['id']}", *_when(row, speech)]),
        listed([speech.html(row["place"]) if row["place"] else "", tag("code", row["asset"])]),
        listed([speech.html(row["test"]), join("", [speech.of("由", "by"), GAP, speech.html(row["starter"])])]),
        listed(conditions(row["before"], speech)) if row["before"] else speech.of("未知", "unknown"),
        listed([badge(COLOURS[row["outcome"]], speech.plain(row["result"])), *_finding(row, speech)]),
        listed(_lasted(row, speech)),
        "–" if voltage is None else f"{voltage:g} V",
        listed(_judged_by(row, speech)),
    ]


def _when(row: Mapping[str, Any], speech: Speech) -> list[str]:
    """The day, and from when to when; both with their day where the end is on another."""
    start, end = speech.when(row["started_at"]), speech.when(row["ended_at"])
    (day, begun), (last_day, over) = start.split(), end.split()
    return [day, f"{begun} – {over}"] if day == last_day else [f"{start} –", end]


def _finding(row: Mapping[str, Any], speech: Speech) -> list[Html]:
    return [speech.html(row["reason"])] if row["finding"] else []


def _lasted(row: Mapping[str, Any], speech: Speech) -> list[object]:
    """``at least 15:01``, how finely that is known, and what it is held against."""
    limit, known = row["limit_s"], f"{row['resolution_s']:g} s"
    asked = [join("", [speech.of("须超过", "limit: over"), GAP, watch(limit)])] if limit is not None else []
    if not row["lasted_s"]:
        return [speech.of("未证实", "nothing proven"), *asked]
    return [tag("b", f"≥ {watch(row['lasted_s'])}"), join("", [speech.of("精度", "known to"), GAP, known]), *asked]


def _judged_by(row: Mapping[str, Any], speech: Speech) -> list[object]:
    if not row["clause"]:
        return [speech.of("不作判定", "judged by none")]
    basis, standard = row["basis"], row["standard"]
    zh, en = BASES.get(basis.get("kind", ""), ("", ""))
    named = [speech.html(row["title"])] if row["title"] else []
    grounds = f"{speech.plain({'zh': zh, 'en': en})}: {basis.get('document', '')}"
    edition = " ".join(filter(None, (standard.get("version", ""), standard.get("digest", "")[:12])))
    return [*named, tag("code", row["clause"]), grounds, tag("code", edition)]


def _curves(rows: Iterable[Mapping[str, Any]], speech: Speech) -> Html:
    drawn = [tag("figure", svg(curve(row, speech))) for row in rows if row["curve"]["samples"]]
    if not drawn:
        return Html("")
    note = speech.of(
        "实线:读数间隔不超过 60 秒;虚线:间隔更长,其间没有证据。黄条:前后读数均为灯亮;黑条:均为灯灭;空白:未知。",
        "Solid: readings at most 60 s apart; dashed: further apart, with no evidence between. Yellow bar: the readings "
        "on either side say that the lamp was lit; dark: that it was out; white: unknown.",
    )
    head = tag("h2", speech.of("放电曲线", "Discharge curves"))
    return tag("section", head, tag("p", note, css="note"), tag("div", *drawn, css="curves"), css="drawn")
