"""The round as a sheet to print: a box for every item of every checklist, and a line to sign; in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from gateway.markup import DOT, GAP, Html, badge, both, document, join, pair, tag
from gateway.outputs.wording import in_language

Row = Mapping[str, Any]
STYLE = """
.task { break-inside: avoid; border: .6pt solid #8b98a5; border-radius: 1.5mm; padding: 2mm 3mm; margin: 2.5mm 0; }
.task h3 { margin: 0 0 1mm; }
.task ol { list-style: none; margin: 1.5mm 0; padding: 0; }
.task li { display: grid; grid-template-columns: 6mm 1fr 23mm 28mm; gap: 2mm; padding: .8mm 0; }
.task li + li { border-top: .4pt solid #d5dbe0; }
.task li.whole { font-weight: 600; }
.box { white-space: nowrap; }
.box::before { content: ""; display: inline-block; width: 3.4mm; height: 3.4mm; border: .8pt solid #1b1f23; }
.box::before { margin-right: 1.2mm; vertical-align: -.5mm; }
.blanks { display: flex; gap: 5mm; margin-top: 3mm; }
.blank { flex: 1; border-bottom: .6pt solid #1b1f23; min-height: 6mm; font-size: 8pt; color: #4a5560; }
.blank.wide { flex: 2.5; }
@media screen and (max-width: 45rem) {
  .task li { grid-template-columns: 6mm 1fr 1fr; }
  .task li > :nth-child(2) { grid-column: 2 / -1; }
  .task li > :nth-child(3) { grid-column: 2; }
}
"""
STATES: Mapping[str, tuple[str, str, str]] = {
    "failed": ("none", "不合格待复查", "failed, to be tried again"),
    "overdue": ("none", "逾期", "overdue"),
    "due": ("part", "到期", "due"),
    "upcoming": ("idle", "未到期", "not due yet"),
}
RIGHT, WRONG, DONE = ("合格", "right"), ("不合格", "wrong"), ("已完成", "done")


def sheet(site: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """The page; ``site`` and ``rows`` as the API tells them, the rows by place."""
    zone = ZoneInfo(site["timezone"])
    parts = [_top(site, rows, zone)]
    for touchpoint, here in groupby(rows, key=lambda row: row["touchpoint"]):
        found = list(here)
        title = both(found[0]["touchpoint_title"] or {"en": touchpoint})
        parts.append(tag("section", tag("h2", title), *(_task(row, zone) for row in found)))
    if not rows:
        parts.append(tag("p", pair("目前没有需要人员完成的事项。", "Nothing is to be done by people.")))
    return document(f"巡查单 Round: {in_language(site['title'], 'zh')}", STYLE, parts)


def _top(site: Mapping[str, Any], rows: Sequence[Row], zone: ZoneInfo) -> Html:
    when = datetime.fromisoformat(site["now"]).astimezone(zone).strftime("%Y-%m-%d %H:%M")
    late = sum(row["state"] in ("failed", "overdue") for row in rows)
    counts = pair(
        f"{len(rows)} 项,其中 {late} 项逾期或待复查。", f"{len(rows)} items, {late} of them overdue or failed."
    )
    how = pair(
        "逐项查看或试验并打勾;有一项不合格,整项即为不合格。完成后登记结果。",
        "Look or try, item by item, and tick; one item that is wrong makes all of it wrong. Tell the results later.",
    )
    return tag(
        "header",
        tag("h1", "巡查单", GAP, tag("span", "Inspection round", css="en")),
        tag(
            "p", both(site["title"]), DOT, site["site"], DOT, f"标准 standard {site['standard']}", DOT, when, css="meta"
        ),
        tag("p", counts),
        tag("p", how, css="note"),
        _blanks([("姓名 name", ""), ("日期 date", ""), ("签字 signature", "wide")]),
    )


def _task(row: Row, zone: ZoneInfo) -> Html:
    css, zh, en = STATES[row["state"]]
    head = tag("h3", both(row["place"]), DOT, both(row["title"]), GAP, badge(css, f"{zh} {en}"))
    due, deadline = (day(row[key], zone) for key in ("due", "deadline"))
    dates = pair(f"{due} 起做,最迟 {deadline}", f"from {due} on, by {deadline}")
    codes = tag("code", f"{row['asset']} {row['what']}"), tag("code", row["clause"])
    terms = tag("p", codes[0], DOT, dates, DOT, codes[1], css="meta")
    action = tag("p", both(row["action"]), css="note")
    items = [_item(str(number), both(item), (RIGHT, WRONG)) for number, item in enumerate(row["checklist"], 1)]
    whole = (DONE,) if row["way"] == "record" else (RIGHT, WRONG)
    items.append(_item("", pair("结论", "result"), whole, css="whole"))
    return tag("div", head, terms, action, tag("ol", *items), _blanks(_asked(row)), css="task")


def _asked(row: Row) -> list[tuple[str, str]]:
    limit = row["longer_than_s"]
    lasted = [(f"实测分钟 minutes measured (> {limit / 60:g})", "")] if limit else []
    return [*lasted, ("时间 time", ""), ("备注 note", "wide")]


def _item(number: str, words: Html, boxes: Iterable[tuple[str, str]], css: str = "") -> Html:
    ticks = (tag("span", f"{zh} {en}", css="box") for zh, en in boxes)
    return tag("li", tag("span", number), tag("span", words), *ticks, css=css)


def _blanks(asked: Iterable[tuple[str, str]]) -> Html:
    return tag(
        "div", *(tag("div", join("", [words]), css=f"blank {css}".strip()) for words, css in asked), css="blanks"
    )


def day(moment: str, zone: ZoneInfo) -> str:
    """The day of a time at the site."""
    return datetime.fromisoformat(moment).astimezone(zone).date().isoformat()
