"""The influx output against a real victoria-metrics, and against a receiver that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from gateway.changes import Changes, HistoryBlock, StatePoint
from gateway.clock import SystemClock, seeded
from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.model import BadReading, Reading
from gateway.outputs import build_output, written_of
from gateway.outputs.influx import Influx
from gateway.outputs.output import Letterhead, Secret
from gateway.outputs.spool import Draining, Lost, TooOld
from gateway.store.store import Store
from tests.conftest import Needs
from tests.outputs.collector import stop
from tests.outputs.influxes import SAID, Receiver, receiving
from tests.outputs.test_spool import site
from tests.story import NOON
from tests.victoria import Victoria

LINE = "touchpoint_reading,site=s,point=p,unit=V value=1.5,quality=0i 1767268800000"


@contextlib.asynccontextmanager
async def influx(receiver: Receiver, **settings: str) -> AsyncIterator[Influx]:
    given = {"url": receiver.url, "org": "our org", "bucket": "readings", "timeout": "300ms"}
    output = Influx(given | settings, Letterhead(["en"]))
    yield output
    await output.close()


@pytest.mark.asyncio
async def test_one_request_carries_all_lines_and_the_token_is_in_a_header_only() -> None:
    async with receiving() as receiver, influx(receiver, token=Secret("hush"), precision="us") as output:
        await output.write([LINE, LINE.replace("=p,", "=q,")])
        assert receiver.lines == [LINE, LINE.replace("=p,", "=q,")]
        assert receiver.paths == ["/api/v2/write?org=our+org&bucket=readings&precision=us"]
        assert receiver.headers[0]["authorization"] == "Token hush"
        assert receiver.headers[0]["content-encoding"] == "gzip"


@pytest.mark.parametrize("status", [400, 413, 422])
@pytest.mark.asyncio
async def test_what_the_lines_say_is_refused_for_good(status: int) -> None:
    async with receiving() as receiver, influx(receiver) as output:
        receiver.status = status
        with pytest.raises(PermanentFailure, match=f"answered {status}"):
            await output.write([LINE])


@pytest.mark.parametrize("version", SAID)
@pytest.mark.asyncio
async def test_lines_that_are_too_old_are_told_by_their_number_and_the_others_are_written(version: str) -> None:
    old, new = LINE, LINE.replace("1767268800000", "1767268800001")
    async with receiving() as receiver, influx(receiver) as output:
        receiver.keeps_from, receiver.said = 1767268800001, version
        with pytest.raises(TooOld, match="keeps nothing as old as 2 readings") as failure:
            await output.write([old, new, old])
        assert (receiver.lines, failure.value.count) == ([new], 2)


@pytest.mark.parametrize("status", [302, 401, 403, 404, 429, 500, 503])
@pytest.mark.asyncio
async def test_anything_else_may_pass_or_is_cured_by_a_person(status: int) -> None:
    async with receiving() as receiver, influx(receiver) as output:
        receiver.status = status
        with pytest.raises(TemporaryFailure, match=f"^answered {status}$"):
            await output.write([LINE])
        assert receiver.requests == 1, "never repeated, never redirected"


@pytest.mark.asyncio
async def test_silence_is_cut_off_and_does_not_pile_up_threads() -> None:
    async with receiving() as receiver, influx(receiver) as output:
        receiver.delay = 60.0
        for _ in range(3):
            with pytest.raises(TemporaryFailure, match="TimeoutError"):
                await output.write([LINE])


@pytest.mark.asyncio
async def test_a_receiver_that_drips_is_cut_off_too(monkeypatch: pytest.MonkeyPatch) -> None:
    over, ended = asyncio.Event(), asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not over.is_set():
            writer.write(b".")
            await asyncio.sleep(0.02)
        writer.close()
        ended.set()

    monkeypatch.setattr("gateway.outputs.influx.GRACE", 0.2)
    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    output = Influx({"url": f"http://127.0.0.1:{port}", "org": "o", "bucket": "b", "timeout": "1s"}, Letterhead(["en"]))
    with pytest.raises(TemporaryFailure, match="no answer within 1 s"):
        await output.write([LINE])
    with pytest.raises(TemporaryFailure, match="still waits for an answer"):
        await output.write([LINE])
    await output.close()
    over.set()
    await ended.wait()
    async with asyncio.timeout(5):
        while output._busy or output._client:  # noqa: ASYNC110  # its thread tells nobody
            await asyncio.sleep(0.01)
    server.close()


@pytest.mark.asyncio
async def test_a_receiver_that_is_away_is_lost_and_one_without_metrics_is_not() -> None:
    async with influx(Receiver()) as output:
        with pytest.raises(Lost, match=r"^NewConnectionError$"):
            await output.write([LINE])
        with pytest.raises(Lost):
            await output.started()
    async with receiving() as receiver, influx(receiver) as output:
        assert await output.started() is None
        receiver.nowhere = 400
        assert await output.started() is None, "as vmauth says that it knows no such address"
        receiver.started = 1.7e9
        assert await output.started() == 1.7e9


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"url": "ftp://h"}, "url: is no http or https address"),
        ({"url": "http://u:hush@h"}, "url: carries a user or password"),
        ({"precision": "m"}, "precision: 'm' is none of s, ms, us, ns"),
        ({"timeout": "10"}, "'10' is no duration"),
        ({"colour": "red"}, "unknown setting colour"),
    ],
)
def test_settings_that_cannot_be_used(settings: dict[str, str], message: str) -> None:
    good = {"url": "http://h", "org": "o", "bucket": "b"}
    with pytest.raises(ValueError, match=message):
        build_output("influx", good | settings, Letterhead(["en"]))
    with pytest.raises(ValueError, match="bucket, org is missing"):
        build_output("influx", {"url": "http://h"}, Letterhead(["en"]))


def test_without_the_extra_the_author_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"needs influxdb-client: pip install 'touchpoint-gateway\[influx\]'"):
        build_output("influx", {"url": "http://h", "org": "o", "bucket": "b"}, Letterhead(["en"]))


def test_the_library_is_not_imported_before_something_is_written() -> None:
    code = (
        "import sys; from gateway.outputs import build_output; from gateway.outputs.output import Letterhead;"
        "build_output('influx', {'url': 'http://h', 'org': 'o', 'bucket': 'b'}, Letterhead(['en']));"
        "print('influxdb_client' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.fixture
def victoria(needs: Needs, tmp_path: Path) -> Iterator[Victoria]:
    database = Victoria(needs("victoria-metrics"), tmp_path)
    database.start()
    yield database
    database.close()


class Feed:
    """Readings committed to a store, and what must be found of them in the database."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.points = [site().points.index(f"light-3f-device/{name}") for name in ("battery_voltage", "mains_present")]
        self.values: dict[int, float] = {}
        self.states: dict[int, float] = {}
        self.qualities: dict[int, float] = {}
        self.count = 0

    async def commit(self, count: int) -> None:
        """So many ticks of the light's device, 0.25 s apart."""
        for _ in range(count):
            at = NOON + self.count * 0.25
            bad, good = self.count % 50 == 7, round(10.0 + self.count / 1000, 3)
            volts: Reading = BadReading("sensor-error") if bad else good
            mains = self.count % 3 == 0
            stamp = round(at * 1000)
            self.values |= {} if bad else {stamp: good}
            self.qualities[stamp] = 13.0 if bad else 0.0
            self.states[stamp] = float(mains)
            verdict = StatePoint(at, "touchpoint_verdict", {"asset": "light-3f", "clause": "c"}, {"outcome": 2 * mains})
            await self.store.commit(Changes(history=[HistoryBlock(at, self.points, [volts, mains])], states=[verdict]))
            self.count += 1

    async def all_sent(self) -> bool:
        return (await self.store.spool_standing("influx")).waiting == 0

    def all_in(self, victoria: Victoria) -> bool:
        """Whether the database has every reading, with its value and time, and nothing beside."""
        found = {
            (metric["__name__"], metric["point"]): values
            for metric, values in victoria.series('{__name__=~"touchpoint_reading_.*",asset="light-3f"}')
        }
        verdicts = [values for _, values in victoria.series("touchpoint_verdict_outcome")]
        volts, mains = "battery_voltage", "mains_present"
        return (
            found.get(("touchpoint_reading_value", volts)) == self.values
            and found.get(("touchpoint_reading_quality", volts)) == self.qualities
            and found.get(("touchpoint_reading_state", mains)) == self.states
            and verdicts == [{stamp: 2 * state for stamp, state in self.states.items()}]
        )


@contextlib.asynccontextmanager
async def feeding(victoria: Victoria, folder: Path) -> AsyncIterator[Feed]:
    """A store whose spool is emptied into the database."""
    estate = site(victoria.url, keep=1_000_000)
    store = Store(folder / "gateway.db", estate)
    clock = SystemClock(speed=20.0, start=NOON)
    sender = Draining(written_of(estate, "influx", store.rows(), store.names()), store, clock, seeded(1))
    task = asyncio.create_task(sender.run())
    try:
        yield Feed(store)
    finally:
        await stop([task])
        store.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110  # what is waited for is in another process
            await asyncio.sleep(0.1)


@pytest.mark.needs("victoria-metrics")
@pytest.mark.asyncio
async def test_a_real_database_has_every_value_at_its_time(victoria: Victoria, tmp_path: Path) -> None:
    async with feeding(victoria, tmp_path) as feed:
        await feed.commit(400)
        await until(lambda: asyncio.to_thread(feed.all_in, victoria))
        (metric,) = [tags for tags, _ in victoria.series('touchpoint_reading_value{point="battery_voltage"}')]
        assert dict(metric) == {
            "__name__": "touchpoint_reading_value", "asset": "light-3f", "device": "light-3f-device",
            "point": "battery_voltage", "site": "test-site", "unit": "1",
        }  # fmt: skip
        assert (await feed.store.spool_standing("influx")).dropped == 0


@pytest.mark.needs("victoria-metrics")
@pytest.mark.asyncio
async def test_a_database_that_is_killed_in_the_middle_has_everything_in_the_end(
    victoria: Victoria, tmp_path: Path
) -> None:
    async with feeding(victoria, tmp_path) as feed:
        for round_ in range(4):
            await feed.commit(200)
            if round_ % 2:
                await until(feed.all_sent)  # once just after everything was acknowledged, else at any moment
            victoria.kill()
            await feed.commit(100 if round_ < 3 else 0)
            victoria.start()
        await until(lambda: asyncio.to_thread(feed.all_in, victoria))
        standing = await feed.store.spool_standing("influx")
        assert (standing.waiting, standing.dropped, standing.set_aside) == (0, 0, 0)
        assert feed.count == 1100
