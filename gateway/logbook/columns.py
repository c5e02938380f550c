"""What is told of an entry in which column, as pieces of text with a look: a page and a PDF print the same.

Knows neither HTML nor PDF.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from gateway.logbook.speech import Speech, conditions, watch
from gateway.markup import BASES
from gateway.model import Text
from gateway.outputs.wording import in_language
from gateway.proof_tests.entry import Outcome

Look: TypeAlias = Literal["", "strong", "code", "good", "part", "none", "idle"]
LOOKS: Mapping[str, Look] = {
    Outcome.PASSED: "good", Outcome.FAILED: "none", Outcome.ABORTED: "part", Outcome.INCONCLUSIVE: "part",
    Outcome.REFUSED: "part", Outcome.MISSED: "none", Outcome.RECORDED: "idle",
}  # fmt: skip
UNKNOWN: Text = {"zh": "未知", "en": "unknown"}


class Piece(NamedTuple):
    """A line of a cell, with a word of ours before it. The last four looks are those of a badge."""

    text: Text
    look: Look = ""
    lead: Text | None = None

    def parts(self, speech: Speech) -> list[Text]:
        """The line, in parts between which there is a gap: ``by the schedule``, or the lead and what follows it.

        What is the same in every language stands once after the lead in each of them.
        """
        if self.lead is None:
            return [self.text]
        if len({in_language(self.text, each) for each in speech.languages}) == 1:
            return [self.lead, self.text]
        return [{each: f"{self.lead[each]} {in_language(self.text, each)}" for each in speech.languages}]

    def words(self, speech: Speech) -> str:
        """The whole line."""
        return " ".join(speech.plain(each) for each in self.parts(speech))


def plain(words: str, look: Look = "") -> Piece:
    """Words that are the same in every language."""
    return Piece({"en": words}, look)


def led(zh: str, en: str, text: Text | str, look: Look = "") -> Piece:
    """A text with a word of ours before it."""
    return Piece({"en": text} if isinstance(text, str) else text, look, {"zh": zh, "en": en})


NONE = plain("–")
HEADS: Sequence[Text] = (
    {"zh": "时间", "en": "when"},
    {"zh": "设施与位置", "en": "asset and place"},
    {"zh": "种类与发起", "en": "kind, started by"},
    {"zh": "之前状况", "en": "conditions before"},
    {"zh": "结果与发现", "en": "result and finding"},
    {"zh": "证实时长", "en": "time proven"},
    {"zh": "最低电压", "en": "lowest voltage"},
    {"zh": "工单与消除", "en": "ticket, cleared"},
    {"zh": "条款与依据", "en": "clause and basis"},
)


def cells(row: Mapping[str, Any], speech: Speech) -> list[list[Piece]]:
    """A cell for each of ``HEADS``, of an entry (``facts.line``)."""
    voltage = row["lowest_voltage_v"]
    return [
        [plain(f"№ {row['id']}"), *map(plain, _when(row, speech))],
        [*([Piece(row["place"])] if row["place"] else []), plain(row["asset"], "code")],
        _kind(row, speech),
        [*map(plain, conditions(row["before"], speech))] or [Piece(UNKNOWN)],
        _result(row),
        _lasted(row),
        [NONE if voltage is None else plain(f"{voltage:g} V")],
        _ticket(row, speech),
        grounds(row),
    ]


def _kind(row: Mapping[str, Any], speech: Speech) -> list[Piece]:
    due = [led("计划于", "planned for", speech.when(row["due"]))] if row["due"] else []
    why = [led("原因:", "reason:", row["why"])] if row["why"] else []
    return [Piece(row["test"]), led("由", "by", row["starter"]), *due, *why]


def _when(row: Mapping[str, Any], speech: Speech) -> list[str]:
    """The day, and from when to when; both with their day where the end is on another."""
    start, end = speech.when(row["started_at"]), speech.when(row["ended_at"])
    (day, begun), (last_day, over) = start.split(), end.split()
    return [day, f"{begun} – {over}"] if day == last_day else [f"{start} –", end]


def _result(row: Mapping[str, Any]) -> list[Piece]:
    found = [Piece(row["reason"])] if row["finding"] else []
    remark = [plain(row["remark"])] if row["remark"] else []
    return [Piece(row["result"], LOOKS[row["outcome"]]), *found, *remark]


def _lasted(row: Mapping[str, Any]) -> list[Piece]:
    """``at least 15:01``, how finely that is known, and what it is held against."""
    limit, lasted, known = row["limit_s"], row["lasted_s"], row["resolution_s"]
    if not lasted and limit is None:
        return [NONE]
    asked = [led("须超过", "limit: over", watch(limit))] if limit is not None else []
    if not lasted:
        return [Piece({"zh": "未证实", "en": "nothing proven"}), *asked]
    finely = [led("精度", "known to", f"{known:g} s")] if known else []
    return [plain(f"≥ {watch(lasted)}", "strong"), *finely, *asked]


def _ticket(row: Mapping[str, Any], speech: Speech) -> list[Piece]:
    """The ticket of what failed, and how it ended; a dash where there is none."""
    ticket = row["ticket"]
    if not ticket:
        return [NONE]
    named = led("工单", "ticket", f"№ {ticket['id']}", "strong")
    if not ticket["cleared_at"]:
        return [named, Piece({"zh": "未消除", "en": "not cleared"}, "none")]
    by = [led("由", "by", ticket["cleared_by"])] if ticket["cleared_by"] else []
    proof = ticket["proven_by"]
    unproven = Piece({"zh": "无试验证明", "en": "proven by no test"})
    shown = led("证明见", "proven by", f"№ {proof}") if proof else unproven
    return [named, led("消除于", "cleared", speech.when(ticket["cleared_at"])), *by, shown]


def grounds(row: Mapping[str, Any]) -> list[Piece]:
    """The clause that it was judged by, where its numbers come from, and the edition."""
    if not row["clause"]:
        return [Piece({"zh": "不作判定", "en": "judged by none"})]
    basis, standard = row["basis"], row["standard"]
    zh, en = BASES.get(basis.get("kind", ""), ("", ""))
    named = [Piece(row["title"])] if row["title"] else []
    document = led(f"{zh}:", f"{en}:", basis.get("document", ""))
    edition = " ".join(filter(None, (standard.get("version", ""), standard.get("digest", "")[:12])))
    return [*named, plain(row["clause"], "code"), document, plain(edition, "code")]
