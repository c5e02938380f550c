"""How a battery has aged, as data in words and as a drawing: what JSON, the API and a table are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import product
from typing import Any

from gateway.assets.daily import DAY
from gateway.clock import iso
from gateway.estate import Asset, Estate
from gateway.logbook.capacity import REASONS, Capacity, Forecast
from gateway.logbook.drawing import Drawing, Scale, Shape, dot, fitted, line, text, ticks
from gateway.logbook.facts import KINDS
from gateway.logbook.speech import Speech, seconds
from gateway.model import Text

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 720.0, 58.0, 702.0, 50.0, 206.0
DOTS, COURSE = "#1f5c99", "#8a5600"
YEAR = 365 * DAY


def ages(estate: Estate) -> list[Asset]:
    """The assets that can discharge a battery."""
    kinds = {name for name, kind in estate.kinds.items() if kind.discharge is not None}
    return [asset for asset in estate.assets.values() if asset.kind in kinds]


def told(estate: Estate, name: str, known: Capacity) -> dict[str, Any]:
    """The trend of one asset. Shares are of the first test's capacity, errors standard errors; None is unknown."""
    asset = estate.assets.get(name)
    kind = estate.kinds.get(asset.kind) if asset else None
    named = kind is not None and known.point in kind.names()
    sure = not known.unknown
    return {
        "asset": name, "place": dict(asset.place) if asset else {},
        "point": known.point, "means": dict(kind.means(known.point)) if kind and named else {},
        "unit": kind.unit_of(known.point) if kind and named else "",
        "part": known.part,
        "tests": [
            {
                "entry": entry.id, "kind": entry.kind, "at": iso(entry.started_at), "took_s": round(took, 1),
                "share": took / known.whole if sure else None,
            }
            for entry, took in known.timed
        ],
        "left": known.left if sure else None, "left_error": known.left_error if sure else None,
        "yearly": known.yearly if sure else None, "yearly_error": known.yearly_error if sure else None,
        "unknown": known.unknown, "why": dict(REASONS[known.unknown]) if known.unknown else {}, "detail": known.detail,
        "forecasts": [_forecast(each) for each in known.forecasts],
    }  # fmt: skip


def _forecast(forecast: Forecast) -> dict[str, Any]:
    """``not_before`` None: not within ten years; ``not_after`` None: not known, or not within ten years."""
    before, after = forecast.not_before, forecast.not_after
    return {
        "kind": forecast.kind, "test": dict(KINDS.get(forecast.kind, {"en": forecast.kind})),
        "limit_s": forecast.limit,
        "not_before": None if before is None else iso(before), "not_after": None if after is None else iso(after),
    }  # fmt: skip


def foreseen(forecast: Mapping[str, Any], last: str) -> Text:
    """A forecast in words; ``last``: when the last test was."""
    before, after = forecast["not_before"], forecast["not_after"]
    if before is None:
        return {"zh": "十年内不会", "en": "not within ten years"}
    now = before[:10] <= last[:10]
    soonest: Text = {"zh": f"不早于 {before[:10]}", "en": f"not before {before[:10]}"}
    soonest = {"zh": "随时可能", "en": "at any time"} if now else soonest
    if after is None:
        return {"zh": f"{soonest['zh']},最迟未知", "en": f"{soonest['en']}, nobody knows by when"}
    return {"zh": f"{soonest['zh']},最迟 {after[:10]}", "en": f"{soonest['en']}, by {after[:10]} at the latest"}


def picture(row: Mapping[str, Any], speech: Speech) -> Drawing:
    """The share of its capacity that each test (of ``told``) found, and the straight course that they follow."""
    height = BOTTOM + 30 + 14 * len(row["forecasts"]) * len(speech.languages)
    return Drawing(WIDTH, height, [*_head(row, speech), *(_course(row, speech) if row["left"] is not None else ())])


def _head(row: Mapping[str, Any], speech: Speech) -> Iterator[Shape]:
    named = f"{speech.plain(row['place'])} {row['asset']}".strip()
    what = speech.plain({"zh": "电池剩余容量,首次试验为 100 %", "en": "battery capacity left, of the first test's (%)"})
    if row["unknown"]:
        what = f"{speech.plain(row['why'])} {row['detail']}"
    yield Shape("title", {}, f"{named} · {what}")
    yield fitted((LEFT, 14.0), named, RIGHT - LEFT, 12)
    yield fitted((LEFT, 30.0), what, RIGHT - LEFT, 11)


def _course(row: Mapping[str, Any], speech: Speech) -> Iterator[Shape]:
    """The straight line ends with the last test and goes through what is left then."""
    times = [seconds(each["at"]) for each in row["tests"]]
    begun, last = times[0], times[-1]
    shares = [each["share"] * 100 for each in row["tests"]]
    at_first = (row["left"] - row["yearly"] * (last - begun) / YEAR) * 100
    across = Scale(begun, last, LEFT, RIGHT)
    marks = ticks(0.0, max(100.0, at_first, *shares))
    up = Scale(0.0, marks[-1], BOTTOM, TOP)
    for mark in marks:
        yield line((LEFT, up(mark)), (RIGHT, up(mark)))
        yield text((LEFT - 6, up(mark) + 4), f"{mark:g}", "end")
    yield line((across(begun), up(at_first)), (across(last), up(row["left"] * 100)), COURSE, dashes="6 3")
    for at, share in zip(times, shares, strict=True):
        yield dot((across(at), up(share)), DOTS)
    yield from _foot(row, speech, begun, last)


def _foot(row: Mapping[str, Any], speech: Speech, begun: float, last: float) -> Iterator[Shape]:
    zone = speech.zone
    for at, x, anchor in ((begun, LEFT, "start"), (last, RIGHT, "end")):
        yield text((x, BOTTOM + 16), datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d"), anchor)
    for place, (each, language) in enumerate(product(row["forecasts"], speech.languages)):
        alone = Speech((language,), zone)
        soon = alone.plain(foreseen(each, row["tests"][-1]["at"]))
        fails = alone.plain({"zh": "首次不通过", "en": "first fails"})
        yield text((LEFT, BOTTOM + 34 + 14 * place), f"{alone.plain(each['test'])} {fails}: {soon}")
