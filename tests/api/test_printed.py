"""The log book as a file over HTTP: the same entries as CSV, page and PDF, in the part and the language asked for."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from gateway.api import printed
from gateway.changes import Changes
from tests.api.serving import Served, serving
from tests.conftest import Needs
from tests.logbook.book import entry, lights
from tests.logbook.test_paper import read
from tests.story import NOON

pytestmark = pytest.mark.asyncio
BOOK = "/api/v1/logbook"
HOUR = 3600.0


async def write(site: Served, count: int) -> None:
    """So many entries an hour apart."""
    entries = [
        entry(number, started_at=NOON + number * HOUR, ended_at=NOON + number * HOUR + 930.0)
        for number in range(1, count + 1)
    ]
    await site.runner.store.commit(Changes(entries=entries))


async def test_every_form_has_the_entries_asked_for(tmp_path: Path, needs: Needs) -> None:
    needs("pdftotext")
    async with serving(tmp_path, lights()) as site:
        await write(site, 5)
        asked = {"since": "2026-01-01T15:00:00Z", "until": "2026-01-01T16:00:00Z", "kind": "duration"}
        sheet = await site.client.get(f"{BOOK}.csv", params=asked)
        assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
        assert [int(row["id"]) for row in csv.DictReader(io.StringIO(sheet.text))] == [3, 4]
        page = await site.client.get(f"{BOOK}.html", params={**asked, "lang": "en"})
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert [page.text.count(f"№ {number}<") for number in range(1, 6)] == [0, 0, 1, 1, 0]
        assert "since 2026-01-01T15:00:00" in page.text
        document = await site.client.get(f"{BOOK}.pdf", params={**asked, "lang": "zh"})
        assert document.headers["content-type"] == "application/pdf"
        text = read(document.content)
        assert sorted(re.findall(r"№\s*(\d)\b", text)) == ["3", "4"]
        assert "试验记录簿" in text
        assert "哈希链完整" in text
        assert "duration test" not in text


@pytest.mark.parametrize("form", ["csv", "html", "pdf"])
async def test_what_cannot_be_asked_is_a_problem(tmp_path: Path, form: str) -> None:
    async with serving(tmp_path, lights()) as site:
        for wrong in ({"kind": "any"}, {"since": "soon"}):
            answer = await site.client.get(f"{BOOK}.{form}", params=wrong)
            assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_a_book_too_long_for_one_file_asks_for_less(tmp_path: Path) -> None:
    async with serving(tmp_path, lights()) as site:
        await write(site, printed.MOST + 1)
        said = "that is more than 300 entries: ask for a shorter time, an asset or a kind"
        for form in ("html", "pdf"):
            answer = await site.client.get(f"{BOOK}.{form}")
            assert answer.status_code == 422
            assert answer.json()["detail"] == said
        assert (await site.client.get(f"{BOOK}.csv")).text.count("\n") == printed.MOST + 2
        assert (await site.client.get(f"{BOOK}.html", params={"until": "2026-01-01T14:00:00Z"})).status_code == 200
