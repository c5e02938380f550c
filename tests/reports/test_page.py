"""The report as a page and as a sheet: whole, in the languages asked for, and with what the API told."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from gateway.api.reports import AlarmReportShape, ServiceReportShape
from gateway.logbook.speech import LANGUAGES, Speech
from gateway.reports.bars import BAD, GOOD, WIDTH, bars
from gateway.reports.page import page
from gateway.reports.service import COUNTS, DIMENSIONS, PROVEN
from gateway.reports.sheet import COLUMNS, rows
from gateway.reports.words import FIGURES, METRICS, lasting, percent
from gateway.reports.words import PROVEN as PROVEN_WORDS
from gateway.spreadsheet import as_csv
from tests.reports.sample import reports

Both = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Both:
    return reports(tmp_path_factory.mktemp("month"))


def shown(month: Both, lang: str = "both") -> str:
    speech = Speech(LANGUAGES[lang], ZoneInfo(month[0]["timezone"]))
    return page(*month, "2026-04-01T00:30:00.000Z", speech)


def test_the_page_is_whole_and_loads_nothing(month: Both) -> None:
    made = shown(month)
    body = made[made.index("<body>") : made.index("</html>")].replace("&nbsp;", " ")
    assert ElementTree.fromstring(body).tag == "body"  # noqa: S314 - it is our own
    assert not re.search(r"<(script|link|img|iframe)|https?://(?!www\.w3\.org/2000/svg)", made)
    assert "2026-04-01 08:30" in made, "printed at, in the site's zone"


def test_it_says_what_the_api_told_in_each_language_and_only_in_that(month: Both) -> None:
    service, alarms = month
    total = service["total"]
    zh, en = shown(month, "zh"), shown(month, "en")
    for made in (zh, en):
        text = re.sub(r"<[^>]+>", " ", made)
        for told in (total["opened"], total["closed"], percent(total["resolve"]["share_in_time"]), alarms["raised"]):
            assert str(told) in text
    assert "Worst offenders" in en
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"<style>.*</style>", "", en, flags=re.DOTALL))
    assert "问题最多的设施" in zh
    assert "Worst offenders" not in zh


def test_a_period_before_the_first_start_is_unknown_and_no_good_month(month: Both) -> None:
    service, alarms = month
    none = {**service["total"], "opened": 0, "closed": 0, "open_at_end": 0}
    quiet = {**service, "total": none}
    watched, before = shown((quiet, alarms)), shown((quiet, {**alarms, "known_s": 0.0}))
    assert [made.count('class="figure good"><b>0</b>') for made in (watched, before)] == [1, 0]
    assert "Nothing is known of this period: no gateway ran yet." in before
    assert "本期没有任何记录" in before
    assert "Known since" not in before
    assert "Known since" in watched


def test_the_bars_are_as_long_as_the_figures() -> None:
    parts = re.findall(
        r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"[^>]*fill="(#\w+)"', bars([(1, GOOD), (3, BAD)], 8)
    )
    assert parts == [("0.0", "20.0", GOOD), ("20.0", "60.0", BAD)]
    assert float(parts[1][1]) == WIDTH * 3 / 8
    assert "<rect" not in bars([(0, GOOD)], 0)


def test_what_is_named_by_people_is_text_and_no_markup(month: Both) -> None:
    service, alarms = month
    named = {**service, "name": {"zh": "<script>x</script>", "en": "a & b"}}
    made = shown((named, alarms))
    assert "<script" not in made
    assert "a &amp; b" in made


def test_the_sheet_has_every_group_and_every_metric_and_no_formula(month: Both) -> None:
    service, alarms = month
    risky = {**service, "by": {**service["by"], "asset": [{**service["by"]["asset"][0], "key": "=cmd()"}]}}
    told = list(csv.DictReader(io.StringIO(as_csv(COLUMNS, rows(risky, alarms)))))
    groups = [name for name in DIMENSIONS for _ in risky["by"][name]]
    assert [each["by"] for each in told] == ["total", *groups, *["alarms"] * len(METRICS)]
    assert int(told[0]["opened"]) == service["total"]["opened"]
    assert float(told[0]["resolve_net_median_s"]) == service["total"]["resolve"]["net_median_s"]
    assert [each["key"] for each in told if each["by"] == "asset"] == ["'=cmd()"]
    assert {each["basis"] for each in told if each["by"] == "alarms"} == {"standard", "proposed"}


def test_the_month_has_the_shape_that_the_api_promises(month: Both) -> None:
    service = ServiceReportShape.model_validate(month[0])
    alarms = AlarmReportShape.model_validate(month[1])
    assert service.total.opened == sum(each.opened for each in service.by.asset) > 100
    assert sum(each.closed for each in service.by.clause) == service.total.closed
    assert alarms.known_since > service.since, "this site keeps its events for a week"


def test_every_figure_has_a_name_in_both_languages() -> None:
    assert {*COUNTS, "open_s"} <= FIGURES.keys()
    assert PROVEN_WORDS.keys() == set(PROVEN)
    for words in (FIGURES, PROVEN_WORDS, METRICS):
        assert all(each["zh"] and each["en"] and each["zh"] != each["en"] for each in words.values())


def test_lengths_of_time_are_told_in_the_largest_unit_of_which_there_are_two() -> None:
    told = {45.0: "45 s", 119.0: "119 s", 120.0: "2 min", 7199.0: "120 min", 7200.0: "2 h", 200_000.0: "2.31 d"}
    assert {seconds: lasting(seconds) for seconds in told} == told
    assert (lasting(None), percent(None), percent(0.875)) == ("–", "–", "87.5 %")
