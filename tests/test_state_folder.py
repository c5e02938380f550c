"""What other processes read of a running gateway: its lock, its port file, its secret."""

from __future__ import annotations

import fcntl
import stat
import threading
from pathlib import Path

import pytest

from gateway.app import lock, write_whole
from gateway.commands.running import is_at_work
from gateway.errors import Refused


def test_a_second_gateway_is_refused_and_none_is_kept_off_by_whoever_only_looks(tmp_path: Path) -> None:
    with lock(tmp_path):
        assert is_at_work(tmp_path)
        with pytest.raises(Refused, match="another gateway is at work"):
            lock(tmp_path)
    looking, looked = threading.Event(), threading.Event()

    def look() -> None:
        with (tmp_path / "gateway.lock").open() as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            looking.set()
            looked.wait(0.05)

    status = threading.Thread(target=look)
    status.start()
    looking.wait()
    with lock(tmp_path):
        status.join()
        assert is_at_work(tmp_path)
    assert not is_at_work(tmp_path)


def test_who_reads_a_file_while_it_is_written_sees_all_of_it_or_what_was_there_before(tmp_path: Path) -> None:
    file, seen, over = tmp_path / "gateway.json", set[str](), threading.Event()
    texts = ["a" * 100_000, "b" * 200_000]
    write_whole(file, texts[0], 0o600)

    def read() -> None:
        while not over.is_set():
            seen.add(file.read_text())

    reading = threading.Thread(target=read)
    reading.start()
    for number in range(300):
        write_whole(file, texts[number % 2], 0o600)
    over.set()
    reading.join()
    assert seen <= set(texts)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["gateway.json"]
