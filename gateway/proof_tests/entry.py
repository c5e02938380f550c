"""One line of the log book: what was tested or happened by itself, what came of it, and the curve that shows it.

Knows how an entry is said in words; not how it was come by, nor where it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from gateway.model import Text, Value

Kind: TypeAlias = Literal[
    "function", "duration", "rated", "discharge", "walk", "alarm-call", "alarm-battery", "reversal", "exercise"
]  # fmt: skip
"""What sort of test it was; a discharge is no test: the mains failed by itself."""
MOST_SAMPLES = 400
"""A curve has so many samples at most."""


class Outcome(StrEnum):
    """What came of it. Only ``PASSED`` proves anything, and only ``PASSED`` and ``FAILED`` are a judgement."""

    PASSED = "passed"
    FAILED = "failed"
    ABORTED = "aborted"
    INCONCLUSIVE = "inconclusive"
    REFUSED = "refused"
    MISSED = "missed"
    RECORDED = "recorded"
    """A discharge that nobody planned: it is written down and judged by nobody."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment of the curve. ``at``: seconds since 1970, the source's time. None stands for a value unknown then."""

    at: float
    values: Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log book. Times are seconds since 1970."""

    id: int
    """Counts the site's entries; never reused."""
    asset: str
    kind: Kind
    outcome: Outcome
    started_by: str
    """``mains failure``, ``device``, ``schedule``, or who asked for it."""
    started_at: float
    """When it was first seen to run; it may have begun before."""
    ended_at: float
    lasted: float
    """Seconds proven, a lower bound: from the first to the last reading that showed the lamp lit from its battery."""
    resolution: float
    """Seconds: how well ``lasted`` is known: the longest step between readings, or the step of the device's result."""
    limit: float | None = None
    """Seconds than which it had to last longer; None where there is no such limit."""
    lowest_voltage: float | None = None
    """V"""
    before: Mapping[str, Value | None] = field(default_factory=dict)
    """How things stood before it began; None where that was unknown."""
    finding: str = ""
    """Why, as a word of ``FINDINGS``; "" where there is nothing to add."""
    clause: str = ""
    """The clause that it was judged by, "" for none."""
    standard: Mapping[str, str] = field(default_factory=dict)
    """``version`` of the standard and ``digest`` of the clause."""
    basis: Mapping[str, Any] = field(default_factory=dict)
    """Where the clause's numbers come from, as in the clause."""
    curve: Sequence[Sample] = ()
    """At most ``MOST_SAMPLES``, oldest first."""
    floor: float | None = None
    """V: below it the battery counts as exhausted; None where nobody knows."""
    due: float | None = None
    """For when it was planned; None where it was not."""
    why: str = ""
    """The reason that was given for it."""
    remark: str = ""
    """What the person who carried it out wrote of it, and which items of the checklist failed."""

    @property
    def reason(self) -> Text:
        """The finding in words; for a pass or a discharge without a finding, what that means."""
        return FINDINGS.get(self.finding) or OUTCOMES[self.outcome]


OUTCOMES: Mapping[Outcome, Text] = {
    Outcome.PASSED: {"zh": "通过", "en": "passed"},
    Outcome.FAILED: {"zh": "未通过", "en": "failed"},
    Outcome.ABORTED: {"zh": "中止", "en": "aborted"},
    Outcome.INCONCLUSIVE: {"zh": "无结论", "en": "inconclusive"},
    Outcome.REFUSED: {"zh": "未予启动", "en": "refused"},
    Outcome.MISSED: {"zh": "未按时进行", "en": "missed"},
    Outcome.RECORDED: {"zh": "仅作记录", "en": "recorded"},
}
FINDINGS: Mapping[str, Text] = {
    "lamp-out": {"zh": "电池供电时灯熄灭", "en": "the lamp went out while on its battery"},
    "too-short": {"zh": "证实的持续时间不够", "en": "the time proven is not longer than the limit"},
    "gap": {"zh": "读数中断,超过 60 秒没有证据", "en": "no evidence for more than 60 s"},
    "begun-before": {
        "zh": "开始查看时已在进行,起始时刻未知",
        "en": "already running when first seen",
    },
    "frozen": {"zh": "读数长时间毫无变化,不可信", "en": "the readings stood still for too long to be believed"},
    "device-failed": {"zh": "设备自报测试未通过", "en": "the device itself says that the test failed"},
    "device-error": {"zh": "设备重启或自相矛盾", "en": "the device restarted or contradicts itself"},
    "no-evidence": {"zh": "没有读数证明灯由电池点亮", "en": "nothing shows that the lamp was lit from its battery"},
    "no-result": {"zh": "设备没有给出有效结果", "en": "the device gave no valid result"},
    "mains-failed": {"zh": "测试中主电真的中断", "en": "the mains really failed during the test"},
    "stopped": {"zh": "测试在达到时限前停止", "en": "it was stopped before its limit"},
    "checklist": {"zh": "检查项不合格", "en": "an item of the checklist failed"},
    "by-hand": {"zh": "试验人员判定不合格", "en": "whoever tried it says that it failed"},
    "not-activated": {"zh": "全天可见,未见触发", "en": "it was watched all day and did not act"},
    "not-seen": {"zh": "当日未能看到", "en": "not seen at all that day"},
    "not-watched": {"zh": "当日有时段未能看到,未见触发", "en": "not seen all day, and not seen to act meanwhile"},
    "low-voltage": {"zh": "达到时限前电池电压过低", "en": "the battery's voltage was too low before the limit"},
    "not-started": {"zh": "发出启动指令后未见测试开始", "en": "it was not seen to begin after it was told to"},
    "device-refused": {"zh": "设备未接受启动指令", "en": "the device did not take the command to begin"},
    "conditions-changed": {"zh": "启动前条件已变化", "en": "the conditions changed before it could begin"},
    "restarted": {"zh": "测试中网关重启", "en": "the gateway was restarted in the middle of it"},
    "asset-gone": {
        "zh": "测试中该设施被移出站点文件,其继电器可能仍断开供电:请到现场查看",
        "en": "its asset left the site's files during it, and its relay may keep the supply away: go and look",
    },
    "overrun": {"zh": "测试超时未结束", "en": "it did not come to an end in time"},
    "operator": {"zh": "由人员停止", "en": "a person stopped it"},
    "silent": {"zh": "没有新的读数", "en": "nothing was read anew"},
    "mains-away": {"zh": "主电不正常", "en": "its mains are away"},
    "mains-unknown": {"zh": "不知主电是否正常", "en": "whether it has mains is not known"},
    "supply-failed": {"zh": "不久前曾由电池供电", "en": "it ran on its battery not long ago"},
    "not-charged": {"zh": "电池未充满", "en": "its battery is not charged"},
    "charge-unknown": {"zh": "不知电池是否充满", "en": "whether its battery is charged is not known"},
    "running": {"zh": "已有测试在进行", "en": "a test of it runs already"},
    "neighbour": {"zh": "相邻灯具正在放电或充电", "en": "one next to it discharges or recharges"},
    "neighbour-unknown": {"zh": "不知相邻灯具是否在放电", "en": "whether one next to it discharges is not known"},
    "at-once": {"zh": "同时进行的测试已达上限", "en": "as many tests as may do so run already"},
    "fire-alarm": {"zh": "火灾报警中", "en": "there is a fire alarm"},
    "fire-alarm-unknown": {"zh": "不知是否有火灾报警", "en": "whether there is a fire alarm is not known"},
    "outside-window": {"zh": "不在允许的时段内", "en": "the time of day is not one at which it may run"},
    "clock-untrusted": {"zh": "时钟不可信", "en": "the clock cannot be trusted"},
    "gateway-down": {"zh": "应进行时网关未运行", "en": "the gateway was not running when it was due"},
    "no-chance": {"zh": "到期前没有机会进行", "en": "there was no chance to run it in time"},
}
"""Every finding, in words."""
