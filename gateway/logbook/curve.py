"""The curve of a discharge as a drawing: values over minutes, the lamp, and the limits.

Draws what was read and nothing else: a line is dashed where more than a minute lies between two readings, and broken
where a value was unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise
from math import ceil, floor
from typing import Any

from gateway.logbook.drawing import INK, Drawing, Scale, Shape, Spot, bar, dot, fitted, line, polyline, text, ticks
from gateway.logbook.speech import Speech, seconds, watch

WIDTH, LEFT, RIGHT, TOP, PANEL, LAMP, FOOT = 720.0, 58.0, 702.0, 54.0, 140.0, 14.0, 50.0
"""Sizes in SVG units: a panel for each value, the bar of the lamp under them."""
DRAWN = ("battery_voltage", "battery_level", "battery_current", "lamp_power", "lamp_level")
"""The values worth a panel, the most telling first."""
MOST_PANELS = 2
LAMP_ON = "lamp_on"
EVIDENCE_GAP = 60.0
"""Seconds; readings further apart prove nothing of the time between."""
LINE, LIMIT, FLOOR = "#1f5c99", "#a11620", "#8a5600"
LAMP_COLOURS: Mapping[Any, str] = {True: "#e3b341", False: "#3d454d", None: "#ffffff"}
MINUTE_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440)
MOST_MINUTES = 14
"""So many numbers fit under the curve."""


def curve(row: Mapping[str, Any], speech: Speech) -> Drawing:
    """The curve of a line of the log book (``facts.whole``); says so where there is nothing to draw."""
    return _Curve(row, speech).drawing()


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


class _Curve:
    """One entry; times are minutes from its start."""

    def __init__(self, row: Mapping[str, Any], speech: Speech) -> None:
        self.row, self.speech = row, speech
        begun = seconds(row["started_at"])
        self.samples = [((seconds(each["at"]) - begun) / 60, each["values"]) for each in row["curve"]["samples"]]
        self.ended = (seconds(row["ended_at"]) - begun) / 60
        self.limit = None if row["limit_s"] is None else row["limit_s"] / 60
        moments = [0.0, 1.0, self.ended, self.limit or 0.0, *(at for at, _ in self.samples)]
        self.across = Scale(min(moments), max(moments), LEFT, RIGHT)
        known = {each["point"]: each for each in row["curve"]["points"]}
        self.panels = [known[name] for name in DRAWN if name in known and self._numbers(name)][:MOST_PANELS]
        self.has_lamp = LAMP_ON in known
        self.bottom = TOP + PANEL * max(len(self.panels), 1) + (LAMP + 6 if self.has_lamp else 0)

    def drawing(self) -> Drawing:
        shapes = [*self._head(), *self._minutes()]
        for number, point in enumerate(self.panels):
            shapes += self._panel(point, TOP + number * PANEL)
        if not self.panels:
            shapes.append(
                text((WIDTH / 2, TOP + PANEL / 2), self._of("没有可绘的读数", "no reading to draw"), "middle")
            )
        shapes += [*self._lamp(), *self._end(), *self._limit()]
        return Drawing(WIDTH, self.bottom + FOOT, shapes)

    def _of(self, zh: str, en: str) -> str:
        return self.speech.plain({"zh": zh, "en": en})

    def _dots(self, name: str) -> list[tuple[float, Any]]:
        """(minutes, value) of each sample that has a word on it."""
        return [(at, values[name]) for at, values in self.samples if name in values]

    def _numbers(self, name: str) -> list[float]:
        return [each for _, value in self._dots(name) if (each := _number(value)) is not None]

    def _head(self) -> Iterator[Shape]:
        row, said = self.row, self.speech.plain
        named = f"{row['id']} · {said(row['place']) if row['place'] else ''} {row['asset']}"
        what = f"{said(row['test'])} · {said(row['result'])} · {self.speech.when(row['started_at'])}"
        yield Shape("title", {}, f"{named} · {what}")
        yield fitted((LEFT, 14), named, RIGHT - LEFT, 12)
        yield fitted((LEFT, 30), what, RIGHT - LEFT, 11)

    def _minutes(self) -> Iterator[Shape]:
        span = self.across.high - self.across.low
        step = next((each for each in MINUTE_STEPS if span / each <= MOST_MINUTES), ceil(span / MOST_MINUTES))
        for minute in range(ceil(self.across.low / step) * step, floor(self.across.high) + 1, step):
            x = self.across(minute)
            yield line((x, TOP), (x, self.bottom))
            yield text((x, self.bottom + 14), str(minute), "middle")
        yield text((RIGHT, self.bottom + 42), self._of("开始后的分钟数", "minutes from the start (min)"), "end")

    def _panel(self, point: Mapping[str, Any], top: float) -> Iterator[Shape]:
        numbers, least, unit = self._numbers(point["point"]), point["at_least"], point["unit"]
        asked = [] if least is None else [least]
        marks = ticks(min(numbers + asked), max(numbers + asked))
        up = Scale(marks[0], marks[-1], top + PANEL - 8, top + 22)
        for mark in marks:
            yield line((LEFT, up(mark)), (RIGHT, up(mark)))
            yield text((LEFT - 6, up(mark) + 4), f"{mark:g}", "end")
        means = self.speech.plain(point["means"])
        yield text((LEFT, top + 14), f"{means} ({unit})" if unit else means, marks={"fill": LINE})
        if least is not None:
            words = f"{self._of('不低于', 'at least')} {least:g} {unit}"
            yield line((LEFT, up(least)), (RIGHT, up(least)), FLOOR, dashes="6 3")
            yield text((RIGHT, up(least) - 4), words, "end", {"fill": FLOOR})
        yield from self._readings(point["point"], up)

    def _readings(self, name: str, up: Scale) -> Iterator[Shape]:
        """A solid line through readings that are close to each other, a dashed one from one such run to the next."""
        runs: list[list[Spot]] = []
        last, may_join = 0.0, False
        for at, value in self._dots(name):
            number = _number(value)
            if number is not None:
                spot = (self.across(at), up(number))
                if may_join and (at - last) * 60 <= EVIDENCE_GAP:
                    runs[-1].append(spot)
                else:
                    if may_join:
                        yield line(runs[-1][-1], spot, LINE, dashes="2 3")
                    runs.append([spot])
                last = at
            may_join = number is not None
        for run in runs:
            yield polyline(run, LINE) if len(run) > 1 else dot(run[0], LINE)

    def _lamp(self) -> Iterator[Shape]:
        """A bar between any two readings that are close to each other and agree; white where that is not so."""
        if not self.has_lamp:
            return
        top = self.bottom - LAMP
        for shown, same in groupby(pairwise(self._dots(LAMP_ON)), _agreed):
            steps = list(same)
            start, end = self.across(steps[0][0][0]), self.across(steps[-1][1][0])
            yield bar((start, top), end - start, LAMP, LAMP_COLOURS[shown])
        yield bar((LEFT, top), RIGHT - LEFT, LAMP, "none")
        yield text((LEFT - 6, top + 11), self._of("灯亮", "lit"), "end")

    def _end(self) -> Iterator[Shape]:
        x = self.across(self.ended)
        yield line((x, TOP), (x, self.bottom), INK, dashes="1 3")
        words = f"{self._of('结束', 'end')} {watch(self.ended * 60)}"
        yield text((_inside(x, 50), self.bottom + 28), words, "middle")

    def _limit(self) -> Iterator[Shape]:
        if self.limit is None:
            return
        x = self.across(self.limit)
        yield line((x, TOP - 6), (x, self.bottom), LIMIT, dashes="6 3")
        words = f"{self._of('须超过', 'longer than')} {watch(self.limit * 60)}"
        yield text((_inside(x, 80), TOP - 10), words, "middle", {"fill": LIMIT})


def _agreed(step: tuple[tuple[float, Any], tuple[float, Any]]) -> bool | None:
    """What two readings say of the lamp between them; None where they differ, are unknown or too far apart."""
    (at, lit), (later, still) = step
    return bool(lit) if lit is still and isinstance(lit, bool) and (later - at) * 60 <= EVIDENCE_GAP else None


def _inside(x: float, half: float) -> float:
    """Where words of twice ``half`` may have their middle near ``x`` without leaving the drawing."""
    return min(max(x, LEFT + half), RIGHT - half)
