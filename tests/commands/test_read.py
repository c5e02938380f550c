"""``touchpoint read`` against a small Modbus server whose holding register n holds n."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.cli import outcome

PROFILE = """\
title: Test meter
maker: nobody
source: this test
verified: simulator
protocol: modbus
parameters: {channel: null}
points:
  voltage: {address: 100*channel, scale: 0.1, unit: V}
  wide: {address: 100*channel + 2, type: uint32}
  odd: {address: 100*channel + 4, missing: [304]}
"""

SITE = """\
site: test-site
name: Test
timezone: Asia/Shanghai
languages: [en]
connections:
  line: {{kind: modbus-tcp, host: 127.0.0.1, port: {port}}}
devices:
  meter-1: {{profile: meter, connection: line, unit: 1, channel: 2}}
assets:
  main-meter: {{kind: meter, touchpoint: corridor, place: {{en: Cellar}}, points: meter-1}}
"""


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            transaction, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
            function, start, count = struct.unpack(">BHH", await reader.readexactly(length - 1))
            words = struct.pack(f">BB{count}H", function, 2 * count, *range(start, start + count))
            writer.write(struct.pack(">HHHB", transaction, 0, len(words) + 1, unit) + words)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def modbus() -> AsyncIterator[int]:
    """The port on which the server listens."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def read(*arguments: object) -> int:
    return await asyncio.to_thread(outcome, ["read", *map(str, arguments)])


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "meter.yaml"
    path.write_text(PROFILE)
    return path


@pytest.mark.asyncio
async def test_shows_raw_words_value_and_quality(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with modbus() as port:
        address = (f"modbus-tcp://127.0.0.1:{port}", "--unit", 7, "--profile", profile, "--parameter", "channel=3")
        assert await read(*address, "--json") == 0
        points = {each["point"]: each for each in json.loads(capsys.readouterr().out)["points"]}
        assert (points["voltage"]["value"], points["voltage"]["unit"], points["voltage"]["address"]) == (30.0, "V", 300)
        assert points["wide"]["value"] == 302 * 65536 + 303
        assert (points["odd"]["value"], points["odd"]["quality"]) == (None, "sensor-error")
        assert await read(*address) == 0
        said = capsys.readouterr().out
        assert "Test meter, unit 7" in said
        assert "30 V" in said
        assert max(map(len, said.splitlines())) <= 100


@pytest.mark.asyncio
async def test_a_parameter_that_the_profile_needs_is_asked_for(
    profile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await read("modbus-tcp://127.0.0.1:1", "--profile", profile) == 64
    assert "the profile needs --parameter channel=…" in capsys.readouterr().err
    assert await read("modbus-tcp://127.0.0.1:1") == 64
    assert "--profile is missing: name a shipped profile" in capsys.readouterr().err


@pytest.mark.asyncio
async def test_reads_a_device_of_a_site_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "device_profiles").mkdir()
    (tmp_path / "device_profiles" / "meter.yaml").write_text(PROFILE)
    (tmp_path / "kinds.yaml").write_text(
        "kinds: {meter: {title: {en: Meter}, points: {voltage: {type: number, unit: V, means: {en: voltage}}}}}"
    )
    async with modbus() as port:
        (tmp_path / "site.yaml").write_text(SITE.format(port=port))
        assert await read(tmp_path, "meter-1", "--json") == 0, capsys.readouterr().err
    points = json.loads(capsys.readouterr().out)["points"]
    assert [each["point"] for each in points] == ["voltage", "wide", "odd"], "also what no asset uses"
    assert await read(tmp_path, "meter-2") == 64
    assert 'did you mean "meter-1"' in capsys.readouterr().err
