"""What the figures of a report are called, in both languages. Knows no figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.model import Text


def _text(zh: str, en: str) -> Text:
    return {"zh": zh, "en": en}


NAME = _text("运行报告", "Service report")
FIGURES: Mapping[str, Text] = {
    "open_at_start": _text("期初未关闭", "open at the start"),
    "opened": _text("新开工单", "opened"),
    "reopened": _text("关闭后重开", "reopened"),
    "reoccurred": _text("再次出现", "reoccurred"),
    "unproven": _text("报完工未获证明", "done, not proven"),
    "closed": _text("已关闭", "closed"),
    "open_at_end": _text("期末未关闭", "open at the end"),
    "open_s": _text("累计未关闭", "time open"),
    "ended": _text("次数", "times"),
    "net_median_s": _text("净中位", "net median"),
    "net_p90_s": _text("净 90%", "net p90"),
    "gross_median_s": _text("总中位", "gross median"),
    "gross_p90_s": _text("总 90%", "gross p90"),
    "in_time": _text("按时", "in time"),
    "late": _text("超时", "late"),
    "running_late": _text("仍在超时", "late and running"),
    "share_in_time": _text("按时率", "in time"),
}
CLOCKS: Mapping[str, Text] = {
    "acknowledge": _text("响应", "acknowledged"),
    "on_site": _text("到场", "on site"),
    "resolve": _text("修复", "repaired"),
}
DIMENSIONS: Mapping[str, Text] = {
    "total": _text("全部", "all"),
    "priority": _text("优先级", "priority"),
    "trade": _text("工种", "trade"),
    "touchpoint": _text("触点", "touchpoint"),
    "clause": _text("条款", "clause"),
    "asset": _text("设施", "asset"),
    "alarms": _text("报警", "alarms"),
}
TRADES: Mapping[str, Text] = {
    "electrical": _text("电气", "electrical"),
    "mechanical": _text("机械", "mechanical"),
    "access": _text("门禁", "access"),
    "fire": _text("消防", "fire"),
    "lift": _text("电梯", "lift"),
    "network": _text("网络", "network"),
    "general": _text("综合", "general"),
}
WIRES = _text("设备与线路", "devices and lines")
"""What stands in no touchpoint."""
GONE = _text("站点文件中已无", "no longer in the site's files")
PROVEN: Mapping[str, Text] = {
    "measured": _text("测量证明", "by measurement"),
    "tested": _text("重新试验证明", "by a repeated test"),
    "looked": _text("人员复查", "by a person's look"),
    "withdrawn": _text("条款或设施撤销,未证明", "withdrawn, nothing proven"),
}
METRICS: Mapping[str, Text] = {
    "mean": _text("每 10 分钟报警数,平均", "alarms per 10 minutes, mean"),
    "peak": _text("每 10 分钟报警数,最多", "alarms in 10 minutes, most"),
    "share_above_10": _text("超过 10 个报警的 10 分钟所占比例", "share of 10-minute spans above 10 alarms"),
    "share_in_flood": _text("报警泛滥时间比例", "share of time in flood"),
    "chattering": _text("抖动报警(1 分钟内 3 次以上)", "chattering alarms (3 or more in a minute)"),
    "stale_in_a_day": _text("一天内滞留报警(超过 24 小时),最多", "stale alarms (over 24 h) on one day, most"),
    "top_share": _text("最频繁的十个报警所占比例", "share of the ten most frequent alarms"),
}
SHARES = ("share_above_10", "share_in_flood", "top_share")
"""The metrics that are shares."""
BANDS: Mapping[str, Text] = {"high": _text("高", "high"), "medium": _text("中", "medium"), "low": _text("低", "low")}
LISTS: Mapping[str, Text] = {
    "most_frequent": _text("最频繁的十个报警", "The ten most frequent alarms"),
    "chattering": _text("抖动报警", "Chattering alarms"),
    "returned": _text("恢复前再次出现的报警", "Alarms that came back before they cleared"),
    "stale": _text("滞留报警", "Stale alarms"),
}
MET: Mapping[bool | None, tuple[str, Text]] = {
    True: ("good", _text("达标", "met")),
    False: ("none", _text("未达标", "not met")),
    None: ("idle", _text("未知", "unknown")),
}
"""Badge and words."""
NOTES: Sequence[Text] = (
    _text(
        "时限按现行标准的条款计算。净时间扣除有理由的暂停,总时间不扣除;两者都按条款的日历计时。90%:至少九成不超过此值。",
        "Times are held against the targets of the standard as it is now. Net leaves out pauses with a reason, gross "
        "does not; both count on the clause's calendar. p90: at least nine of ten are not longer.",
    ),
    _text(
        "期末仍未结束且已超过时限的计为未按时。没有时限的不计入按时率。",
        "What has not ended by the end of the period and is beyond its target counts as not in time; what has no "
        "target counts neither way.",
    ),
    _text(
        "报警指标参照 EEMUA 191 和 ISA-18.2,针对一名操作员;标为“建议值”的限值未与原文核对。"
        "网关未运行的时间内没有报警可计。",
        "The metrics of alarms are modelled on EEMUA 191 and ISA-18.2, which speak of one operator; limits tagged "
        "proposed were not checked against their text. While the gateway was away there were no alarms to count.",
    ),
    _text(
        "抖动次数为下限:报警恢复前的反复只知总数,不知时刻。",
        "Chattering is a lower bound: of what came back before an alarm had cleared only the number is known.",
    ),
)


def lasting(seconds: float | None) -> str:
    """A length of time as people say it, in the largest unit of which there are two: ``34 min``, ``5.3 h``."""
    if seconds is None:
        return "–"
    for unit, size in (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.0f} s"


def percent(share: float | None) -> str:
    """``87.5 %``; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.3g} %"


def metric(name: str, value: float | None) -> str:
    """A figure of the alarms' health; a dash where there is none."""
    return percent(value) if name in SHARES or value is None else f"{value:.3g}"


def titled(dimension: str, group: Mapping[str, object]) -> Text:
    """What a group is called."""
    key = str(group["key"])
    if key in ("?", ""):
        return GONE if key else WIRES
    title = group["title"]
    named = title if isinstance(title, Mapping) and title else {}
    return TRADES.get(key, {"en": key}) if dimension == "trade" else named or {"en": key}
