"""The log output: each event, or notice, as one structured line through the standard library's logging."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from gateway.outputs.output import Letterhead, only_settings
from gateway.outputs.wording import is_notice, notice_lines, sentence

LONGEST = 4000
"""Bytes of a notice."""
logger = logging.getLogger("touchpoint.events")


class Log:
    """Writes the sentence in the site's languages, a notice in its own; the record's ``event`` is the event."""

    def __init__(self, settings: Mapping[str, str], letterhead: Letterhead) -> None:
        only_settings(settings, ())
        self.languages = tuple(letterhead.languages)

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """Log it; cannot fail."""
        own = notice_lines(event, LONGEST) if is_notice(event) else [sentence(event, each) for each in self.languages]
        logger.info("%s", " | ".join(own), extra={"key": key, "event": event})

    async def close(self) -> None:
        """Nothing to let go of."""
