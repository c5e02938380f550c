"""The coverage as one printable page for the auditor, in Chinese and English; loads nothing from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from gateway.coverage import IN_FULL, Answer, ClauseCover, Coverage, Item, State, TouchpointCover
from gateway.coverage.facts import summary
from gateway.coverage.wording import required
from gateway.estate import Asset
from gateway.kinds import Kind
from gateway.markup import BASES, BREAK, DOT, GAP, Html, badge, both, document, join, listed, pair, table, tag
from gateway.outputs.wording import in_language
from gateway.standards.standard import Basis

STYLE = """
.assets { table-layout: fixed; }
.assets th:nth-child(1) { width: 29%; } .assets th:nth-child(2) { width: 23%; } .assets th:nth-child(3) { width: 28%; }
.assets .badge { white-space: normal; }
.places th:nth-child(1) { width: 24%; } .places th:nth-child(2) { width: 24%; }
.places td:nth-child(n+3) { text-align: right; }
"""
ANSWERS: Mapping[Answer, tuple[str, str, str]] = {
    Answer.SENSOR: ("good", "传感器", "proven by sensor"),
    Answer.TEST: ("good", "试验证明", "proven by test"),
    Answer.PERSON: ("good", "人员查看", "proven by a person"),
    Answer.RECORD: ("good", "记录", "record"),
    Answer.IN_PART: ("part", "部分", "in part"),
    Answer.NOTHING: ("none", "无法回答", "unanswered"),
    Answer.NOT_YET_PROVABLE: ("none", "尚不能证明", "not yet provable"),
    Answer.NOT_APPLICABLE: ("idle", "不适用", "does not apply"),
}
SIDE_BY_SIDE = (*IN_FULL, Answer.IN_PART, Answer.NOT_YET_PROVABLE, Answer.NOTHING)
"""The columns of the overview: who or what proves it, and what is left."""
STATES: Mapping[State, tuple[str, str, str]] = {
    State.ANSWERED: ("good", "全部可答", "all answered"),
    State.IN_PART: ("part", "部分覆盖", "covered in part"),
    State.UNANSWERED: ("none", "未覆盖:无数据", "not covered: nothing answers"),
    State.NO_MATCH: ("none", "未覆盖:条款与设施不符", "not covered: no clause fits its assets"),
    State.NO_ASSET: ("idle", "未覆盖:无设施", "not covered: no asset"),
    State.NO_CLAUSE: ("idle", "未覆盖:无条款", "not covered: no clause"),
}
NOTES = (
    (
        "“可答”指本站有测点或记录能够判定该条款,不代表已经符合。",
        "Answered means that a point or a record of this site can tell; it does not mean that the clause is met.",
    ),
    (
        "缺少条款所需测点的设施计为“无法回答”;只有部分故障信号的计为“部分”。两者都不计入可答。",
        "An asset that lacks a point which its clause needs cannot be answered; one with some of the fault signals is "
        "in part. Neither counts as answered.",
    ),
    (
        "依据:“标准原文”为触点标准条文;“参照标准”参照所列标准;“建议值”由现场确认。",
        "Basis: text, the touchpoint standard says so; standard, modelled on the one named; proposed, to be confirmed "
        "on site.",
    ),
    (
        "只能由证明试验或人工查看证明的条款,在见到结果之前计为“尚不能证明”,绝不计为可答;须由人员完成的列入巡查。",
        "A clause that only a proof test or a person's look can prove is not yet provable until one was seen, and "
        "never counts as answered before; what people have to do is in the rounds.",
    ),
)


def page(coverage: Coverage, now: float) -> str:
    """The whole page; ``now`` (seconds since 1970) is printed in the site's zone."""
    title = f"触点标准覆盖报告 Coverage: {in_language(coverage.estate.title, 'zh')}"
    parts = [_top(coverage, now), _overview(coverage), _adjusted(coverage)]
    parts += [_touchpoint(coverage, each) for each in coverage.touchpoints if each.clauses or each.assets]
    parts += [_watches(coverage)]
    return document(title, STYLE, parts)


def _badge(told: tuple[str, str, str]) -> Html:
    css, zh, en = told
    return badge(css, f"{zh} {en}")


def _table(columns: Iterable[tuple[str, str]], rows: Iterable[Iterable[object]], css: str = "") -> Html:
    return table((pair(zh, en) for zh, en in columns), rows, css)


def _top(coverage: Coverage, now: float) -> Html:
    estate, counts = coverage.estate, coverage.counts
    when = datetime.fromtimestamp(now, estate.timezone).strftime("%Y-%m-%d %H:%M")
    asked = counts.total() - counts[Answer.NOT_APPLICABLE]
    figures = [_figure(asked, "idle", "应答项(条款×设施)", "answers asked for (clause × asset)")]
    figures += [_figure(counts[each], *ANSWERS[each]) for each in Answer if each is not Answer.NOT_APPLICABLE]
    bases = coverage.bases()
    based = ",".join(f"{BASES[kind][0]} {bases[kind]}" for kind in BASES)
    based_en = ", ".join(f"{bases[kind]} {kind}" for kind in BASES)
    clauses = len(estate.standard.clauses)
    facts = pair(
        f"执行条款 {clauses} 条({based});现场改动 {len(estate.changed)} 条,停用 {len(estate.off)} 条。",
        f"{clauses} clauses in force ({based_en}); {len(estate.changed)} changed by the site, {len(estate.off)} off.",
    )
    return tag(
        "header",
        tag("h1", "触点标准覆盖报告", GAP, tag("span", "Coverage of the touchpoint standard", css="en")),
        tag(
            "p",
            both(estate.title),
            DOT,
            estate.site,
            DOT,
            f"标准 standard {estate.standard.version}",
            DOT,
            when,
            css="meta",
        ),
        tag("div", *figures, css="figures"),
        tag("p", facts),
        *(tag("p", pair(zh, en), css="note") for zh, en in NOTES),
    )


def _figure(count: int, css: str, zh: str, en: str) -> Html:
    """Nothing of a sort is neither good nor bad."""
    shade = css if count else "idle"
    return tag("div", tag("b", count), tag("span", zh), tag("span", en, css="en"), css=f"figure {shade}")


def _overview(coverage: Coverage) -> Html:
    columns = (
        ("触点", "touchpoint"), ("覆盖", "coverage"), ("设施", "assets"), ("传感器", "sensor"), ("试验", "test"),
        ("人员", "person"), ("记录", "record"), ("部分", "in part"), ("待证明", "to prove"), ("无法", "cannot"),
    )  # fmt: skip
    return tag(
        "section",
        tag("h2", pair("触点一览", "Touchpoints")),
        _table(columns, map(_overview_row, coverage.touchpoints), css="places"),
    )


def _overview_row(cover: TouchpointCover) -> list[object]:
    counts = cover.counts
    asked = counts.total() - counts[Answer.NOT_APPLICABLE]
    cells = [counts[each] if asked else "–" for each in SIDE_BY_SIDE]
    return [_place_name(cover), _badge(STATES[cover.state]), len(cover.assets), *cells]


def _place_name(cover: TouchpointCover) -> Html:
    return both(cover.touchpoint.title or {"en": cover.slug})


def _touchpoint(coverage: Coverage, cover: TouchpointCover) -> Html:
    numbers = ", ".join(f"{edition} {number}" for edition, number in cover.touchpoint.numbers.items())
    parts = [tag("h2", _place_name(cover), GAP, _badge(STATES[cover.state]))]
    if numbers:
        parts.append(tag("p", f"各版编号 number by edition: {numbers}", css="meta"))
    busy = [each for each in cover.clauses if each.items]
    parts += [_clause(coverage, each) for each in busy]
    empty = [each for each in cover.clauses if not each.items]
    if empty:
        parts.append(tag("h3", pair("此处无对应设施的条款", "Clauses without an asset here")))
        columns = (("条款", "clause"), ("要求", "requires"), ("依据", "basis"))
        rows = ([both(each.clause.title), _required(coverage, each), _basis(each.basis)] for each in empty)
        parts.append(_table(columns, rows))
    if cover.idle:
        parts.append(tag("h3", pair("无条款适用的设施", "Assets to which no clause applies")))
        parts.append(tag("p", listed(_asset(each) for each in cover.idle)))
    if cover.off:
        names = ((name, off.reason, off.until) for name, off in cover.off.items())
        parts.append(tag("h3", pair("已停用的条款", "Clauses switched off")))
        parts.append(tag("p", listed(f"{name}: {reason} (至 until {until})" for name, reason, until in names)))
    return tag("section", *parts)


def _required(coverage: Coverage, cover: ClauseCover) -> Html:
    return both(required(coverage.estate, cover.clause))


def _basis(basis: Basis) -> Html:
    zh, en = BASES[basis.kind]
    note = f" ({basis.note})" if basis.note else ""
    return join("", [zh, GAP, tag("span", f"{en}: {basis.document}{note}", css="en")])


def _clause(coverage: Coverage, cover: ClauseCover) -> Html:
    kind = coverage.estate.kinds[cover.clause.applies_to]
    marks: list[object] = [GAP, tag("code", cover.name), DOT, cover.clause.priority]
    if cover.own:
        marks += [DOT, "现场自定 the site's own"]
    if cover.changed:
        marks += [DOT, "现场改动 changed by the site"]
    if not cover.named:
        marks += [DOT, "条款未点名本触点,不计数 does not name this touchpoint, not counted"]
    columns = (("设施", "asset"), ("判定", "answer"), ("由何判定", "answered by"), ("缺少", "missing"))
    rows = (
        [_asset(item.asset), _badge(ANSWERS[item.answer]), _answered_by(item, kind), _lacking(item, kind)]
        for item in cover.items
    )
    terms = tag("p", _required(coverage, cover), BREAK, _basis(cover.basis), css="terms")
    return Html(tag("h3", both(cover.clause.title), *marks) + terms + _table(columns, rows, css="assets"))


def _asset(asset: Asset) -> Html:
    return Html(f"{both(asset.place)} {tag('code', asset.name)}")


def _answered_by(item: Item, kind: Kind) -> Html:
    sources = (Html(f"{tag('span', each.protocol, css='en')} {tag('code', each)}") for each in item.sources)
    records = (Html(f"记录 {tag('span', 'record', css='en')} {both(kind.means(each))}") for each in item.records)
    return listed([*sources, *records] or ["–"])


def _lacking(item: Item, kind: Kind) -> Html:
    if item.why:
        return both(item.why)
    record = Html(f"记录 {tag('span', 'record', css='en')} ")
    return listed(Html(f"{record if each.record else ''}{both(kind.means(each.point))}") for each in item.missing)


def _adjusted(coverage: Coverage) -> Html:
    told = summary(coverage)
    parts = [*_changed(told["changed"]), *_switched_off(told["off"])]
    return tag("section", *parts) if parts else Html("")


def _changed(changed: Iterable[Mapping[str, Any]]) -> list[Html]:
    columns = (
        ("条款", "clause"), ("项", "key"), ("出厂", "shipped"), ("现场", "here"), ("出厂依据", "shipped basis"),
        ("现场依据", "basis here"),
    )  # fmt: skip
    rows = [
        [both(each["title"]), tag("code", one["key"]), one["shipped"], one["changed"],
         *(_basis(Basis.model_validate(each[which])) for which in ("shipped_basis", "basis"))]
        for each in changed for one in each["figures"]
    ]  # fmt: skip
    if not rows:
        return []
    notes = (tag("p", f"{each['clause']}: {_because(each)}", css="note") for each in changed)
    return [tag("h2", pair("现场改动的条款", "Clauses changed by the site")), _table(columns, rows), *notes]


def _switched_off(off: Iterable[Mapping[str, Any]]) -> list[Html]:
    columns = (("条款", "clause"), ("设施", "assets"), ("原因", "reason"), ("至", "until"), ("依据", "basis"))
    rows = [
        [
            both(each["title"]),
            each["assets"],
            each["reason"],
            each["until"],
            _basis(Basis.model_validate(each["basis"])),
        ]
        for each in off
    ]
    return [tag("h2", pair("停用的条款", "Clauses switched off")), _table(columns, rows)] if rows else []


def _because(changed: Mapping[str, object]) -> str:
    until = f" (至 until {changed['until']})" if changed["until"] else ""
    return f"{changed['reason'] or '未说明原因 no reason given'}{until}"


def _watches(coverage: Coverage) -> Html:
    columns = (("条款", "clause"), ("对象数", "count"), ("依据", "basis"))
    rows = ([both(each.clause.title), each.count, _basis(each.basis)] for each in coverage.watches)
    head = tag("h2", pair("网关自身的监视", "What the gateway watches of itself"))
    note = pair("不计入以上数字。", "Not counted above.")
    return tag("section", head, tag("p", note, css="note"), _table(columns, rows))
