"""A report as one page to print on A4, in one language or both, with bars where people would rather look than read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.logbook.speech import Speech
from gateway.markup import BASES, DOT, GAP, Html, badge, document, figure, join, table, tag
from gateway.model import Text
from gateway.reports.bars import BAD, GOOD, PLAIN, WORSE, bars
from gateway.reports.words import (
    BANDS,
    CLOCKS,
    DIMENSIONS,
    FIGURES,
    LISTS,
    MET,
    METRICS,
    NAME,
    NOTES,
    PROVEN,
    lasting,
    metric,
    percent,
    titled,
)

Told = Mapping[str, Any]
STYLE = """
.figures { grid-template-columns: repeat(6, 1fr); }
td svg { display: block; width: 100%; height: 3.2mm; }
.clocks td:nth-child(n+2), .groups td:nth-child(n+2), .metrics td:nth-child(-n+3):nth-child(n+2) { text-align: right; }
.clocks th:nth-child(n+2), .groups th:nth-child(n+2), .metrics th:nth-child(-n+3):nth-child(n+2) { text-align: right; }
.clocks td:nth-child(n+2), .groups td:nth-child(n+2), .metrics td:nth-child(2) { white-space: nowrap; }
.groups { table-layout: fixed; } .groups th:nth-child(1) { width: 31%; } .groups th:last-child { width: 21%; }
.clocks th:first-child { width: 19%; } .clocks th:last-child { width: 20%; }
.metrics th:nth-child(1) { width: 44%; }
.ranked { table-layout: fixed; } .ranked th:nth-child(n+2) { width: 12%; } .ranked th:last-child { width: 24%; }
.ranked td:nth-child(n+2), .ranked th:nth-child(n+2) { text-align: right; }
.key { display: inline-block; width: 2.6mm; height: 2.6mm; margin-right: 1mm; }
ul { margin: 1mm 0 2mm; padding-left: 5mm; }
@media screen and (max-width: 45rem) { .figures { grid-template-columns: 1fr 1fr; } }
"""
GROUPED = ("priority", "trade", "touchpoint", "clause")
MOST_GROUPS = 40
"""Rows of a table on the page, the busiest first; the other forms have all."""


def page(service: Told, alarms: Told, printed_at: str, speech: Speech) -> str:
    """The whole page, of both reports as the API tells them; ``printed_at`` as RFC 3339."""
    parts = [_top(service, alarms, printed_at, speech), _clocks(service["total"], speech)]
    parts += [_groups(each, service["by"][each], speech) for each in GROUPED if service["by"][each]]
    parts += [
        _worst(service["worst"], speech),
        _proven(service["total"], speech),
        _metrics(alarms, speech),
        _mix(alarms, speech),
    ]
    parts += [_ranked(alarms, name, speech) for name in LISTS if alarms[name]]
    parts.append(tag("ul", *(tag("li", speech.html(each), css="note") for each in NOTES)))
    title = f"{speech.plain(NAME)}: {speech.plain(service['name'])} {service['from']} – {service['until']}"
    return document(title, STYLE, parts, speech.languages[0])


def _top(service: Told, alarms: Told, printed_at: str, speech: Speech) -> Html:
    total, mean = service["total"], alarms["metrics"]["mean"]
    about = [
        speech.html(service["name"]), service["site"],
        join("", [speech.of("标准", "standard"), GAP, service["standard"]]),
        join("", [speech.of("打印于", "printed"), GAP, speech.when(printed_at)[:16]]),
    ]  # fmt: skip
    figures = [
        (str(total["opened"]), "idle", FIGURES["opened"]), (str(total["closed"]), "idle", FIGURES["closed"]),
        (str(total["open_at_end"]), _left(total["open_at_end"], alarms["known_s"]), FIGURES["open_at_end"]),
        *(_in_time(total[name], CLOCKS[name]) for name in ("on_site", "resolve")),
        (metric("mean", mean["value"]), MET[mean["met"]][0], METRICS["mean"]),
    ]  # fmt: skip
    return tag(
        "header", tag("h1", speech.html(NAME), GAP, f"{service['from']} – {service['until']}"),
        tag("p", join(DOT, about), css="meta"),
        tag("div", *(figure(value, css, speech.html(words)) for value, css, words in figures), css="figures"),
    )  # fmt: skip


def _left(count: int, known: float) -> str:
    """Nothing that is open is good news only where somebody watched."""
    return "part" if count else "good" if known else "idle"


def _in_time(clock: Told, name: Text) -> tuple[str, str, Text]:
    share = clock["share_in_time"]
    words = {language: f"{name[language]}: {FIGURES['share_in_time'][language]}" for language in name}
    return percent(share), "idle" if share is None else "good" if share == 1.0 else "part", words


def _clocks(total: Told, speech: Speech) -> Html:
    names = ("ended", "net_median_s", "net_p90_s", "gross_median_s", "gross_p90_s", "share_in_time")
    heads = [Html(""), *(speech.html(FIGURES[each]) for each in names), Html("")]
    rows = [
        [speech.html(words), clock["ended"], *(lasting(clock[each]) for each in names[1:-1]),
         percent(clock["share_in_time"]), _times(clock, _judged(clock))]
        for name, words in CLOCKS.items() if (clock := total[name])
    ]  # fmt: skip
    head = tag("h2", speech.of("响应与修复时间", "Response and repair times"))
    return tag("section", head, _legend(speech), table(heads, rows, css="clocks"))


def _judged(clock: Told) -> int:
    return int(clock["in_time"] + clock["late"] + clock["running_late"])


def _times(clock: Told, whole: int) -> Html:
    """What was in time, what was not, and what is not to this day."""
    return bars([(clock["in_time"], GOOD), (clock["late"], BAD), (clock["running_late"], WORSE)], whole)


def _legend(speech: Speech) -> Html:
    colours = {"in_time": GOOD, "late": BAD, "running_late": WORSE}
    keys = (
        join("", [tag("span", css="key", marks={"style": f"background:{colour}"}), speech.html(FIGURES[name])])
        for name, colour in colours.items()
    )
    return tag("p", join(" &nbsp; ", keys), css="note")


def _groups(dimension: str, groups: Sequence[Told], speech: Speech) -> Html:
    names = ("opened", "closed", "open_at_end")
    repair = [speech.html(CLOCKS["resolve"]), GAP]
    heads = [speech.html(DIMENSIONS[dimension]), *(speech.html(FIGURES[each]) for each in names)]
    heads += [join("", [*repair, speech.html(FIGURES[each])]) for each in ("net_median_s", "share_in_time")]
    busiest = sorted(groups, key=lambda each: -(each["opened"] + each["open_at_start"] + each["reopened"]))
    shown = busiest[:MOST_GROUPS] if len(groups) > MOST_GROUPS else groups
    most = max(map(_judged, (each["resolve"] for each in groups)))
    rows = [
        [speech.html(titled(dimension, each)), *(each[name] for name in names),
         lasting(each["resolve"]["net_median_s"]), percent(each["resolve"]["share_in_time"]),
         _times(each["resolve"], most)]
        for each in shown
    ]  # fmt: skip
    name = DIMENSIONS[dimension]
    head = tag("h2", speech.of(f"按{name['zh']}", f"By {name['en']}"))
    left = len(groups) - len(shown)
    note = [tag("p", speech.of(f"另有 {left} 项", f"and {left} more"), css="note")] if left else []
    return tag("section", head, table([*heads, Html("")], rows, css="groups"), *note)


def _worst(worst: Sequence[Told], speech: Speech) -> Html:
    head = tag("h2", speech.of("问题最多的设施", "Worst offenders"))
    if not worst:
        return tag("section", head, tag("p", speech.of("没有", "none")))
    counts = [each["opened"] + each["reopened"] + each["reoccurred"] + each["unproven"] for each in worst]
    rows = [
        [join("", [speech.html(each["title"] or {"en": each["key"]}), GAP, tag("code", each["key"])]), count,
         lasting(each["open_s"]), bars([(count, PLAIN)], max(counts))]
        for each, count in zip(worst, counts, strict=True)
    ]  # fmt: skip
    heads = (speech.html(DIMENSIONS["asset"]), speech.of("次", "times"), speech.html(FIGURES["open_s"]), Html(""))
    return tag("section", head, table(heads, rows, css="ranked"))


def _proven(total: Told, speech: Speech) -> Html:
    found = total["proven"]
    most = max(found.values()) or 1
    rows = [[speech.html(PROVEN[name]), count, bars([(count, PLAIN)], most)] for name, count in found.items()]
    back = [(FIGURES[name], total[name]) for name in ("reopened", "reoccurred", "unproven")]
    more = [[speech.html(words), count, Html("")] for words, count in back]
    heads = (speech.of("关闭依据", "closed"), speech.of("工单", "tickets"), Html(""))
    head = tag("h2", speech.of("由何证明", "What proved the repairs"))
    return tag("section", head, table(heads, [*rows, *more], css="ranked"))


def _metrics(alarms: Told, speech: Speech) -> Html:
    rows = [
        [speech.html(METRICS[name]), metric(name, each["value"]), f"≤ {metric(name, each['limit'])}",
         _met(each["met"], speech), _basis(each["basis"], speech)]
        for name, each in alarms["metrics"].items()
    ]  # fmt: skip
    heads = (
        speech.of("指标", "metric"), speech.of("值", "value"), speech.of("限值", "limit"), Html(""),
        speech.of("依据", "basis"),
    )  # fmt: skip
    head = tag("h2", speech.of("报警系统状况", "Health of the alarms"))
    return tag("section", head, tag("p", _known(alarms, speech)), table(heads, rows, css="metrics"))


def _known(alarms: Told, speech: Speech) -> Html:
    """Of which time the figures are, and for how long nobody may have been there to count."""
    if not alarms["known_s"]:
        return speech.of("本期没有任何记录:网关当时尚未运行。", "Nothing is known of this period: no gateway ran yet.")
    since, hours = speech.when(alarms["known_since"])[:16], f"{alarms['known_s'] / 3600:.0f}"
    away, starts, raised, stale = lasting(alarms["away_s"]), alarms["starts"], alarms["raised"], alarms["stale_at_end"]
    return speech.of(
        f"自 {since} 起,共 {hours} 小时有记录;网关启动 {starts} 次,其前最多 {away} 未运行。"
        f"报警 {raised} 个,期末滞留 {stale} 个。",
        f"Known since {since}, {hours} h; the gateway was started {starts} times, and away for at most {away} before. "
        f"{raised} alarms, {stale} of them stale at the end.",
    )


def _met(met: bool | None, speech: Speech) -> Html:
    css, words = MET[met]
    return badge(css, speech.plain(words))


def _basis(basis: Told, speech: Speech) -> Html:
    zh, en = BASES[basis["kind"]]
    return join("", [speech.of(zh, en), f": {basis['document']}"])


def _mix(alarms: Told, speech: Speech) -> Html:
    rows = [
        [join("", [speech.html(BANDS[each["band"]]), f" ({', '.join(each['priorities'])})"]), each["raised"],
         percent(each["share"]), bars([(each["share"] or 0.0, PLAIN)], 1.0), percent(each["recommended"])]
        for each in alarms["priorities"]
    ]  # fmt: skip
    heads = (
        speech.html(DIMENSIONS["priority"]), speech.of("报警", "alarms"), speech.of("占比", "share"), Html(""),
        speech.of("推荐", "recommended"),
    )  # fmt: skip
    head = tag("h3", speech.of("报警优先级构成", "Mix of priorities"))
    return tag("section", head, table(heads, rows))


def _ranked(alarms: Told, name: str, speech: Speech) -> Html:
    found: Iterable[Told] = alarms[name]
    most = max(each["count"] for each in found)
    rows = [
        [join("", [speech.html(each["place"] or {"en": each["asset"]}), DOT,
                   speech.html(each["title"] or {"en": each["clause"]})]),
         each["count"], bars([(each["count"], PLAIN)], most)]
        for each in found
    ]  # fmt: skip
    heads = (speech.html(DIMENSIONS["alarms"]), speech.of("次数", "times"), Html(""))
    return tag("section", tag("h3", speech.html(LISTS[name])), table(heads, rows, css="ranked"))
