"""The log output: each event as one structured line through the standard library's logging."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from gateway.outputs.output import Letterhead, only_settings
from gateway.outputs.wording import sentence

logger = logging.getLogger("touchpoint.events")


class Log:
    """Writes the sentence in the site's languages; the event itself rides along as the record's ``event``."""

    def __init__(self, settings: Mapping[str, str], letterhead: Letterhead) -> None:
        only_settings(settings, ())
        self.languages = tuple(letterhead.languages)

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """Log it; cannot fail."""
        text = " | ".join(sentence(event, language) for language in self.languages)
        logger.info("%s", text, extra={"key": key, "event": event})

    async def close(self) -> None:
        """Nothing to let go of."""
