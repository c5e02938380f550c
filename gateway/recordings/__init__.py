"""Recorded readings from a gateway's database, a CSV file or InfluxDB line protocol, as one stream in order of time."""

from __future__ import annotations

from pathlib import Path

from gateway.estate import Estate
from gateway.recordings.database import DatabaseRecording
from gateway.recordings.recording import Recording
from gateway.recordings.text import TextRecording

SQLITE = b"SQLite format 3\0"


def open_recording(path: Path, estate: Estate) -> Recording:
    """Find out what ``path`` is, and check it whole; raises DocumentError or StoreError with what is wrong in it."""
    if path.is_file():
        with path.open("rb") as file:
            if file.read(len(SQLITE)) == SQLITE:
                return DatabaseRecording(path, estate)
    return TextRecording(path, estate)
