"""The influx output: readings as line protocol to InfluxDB 2 or 3, or to victoria-metrics, at ``/api/v2/write``.

The only code that knows influxdb-client. Its own batching and retrying lose rows, so both are left to the spool.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from gateway.documents import parse_duration
from gateway.errors import DeliveryFailure, PermanentFailure, TemporaryFailure
from gateway.inbox import wake
from gateway.outputs.http import checked
from gateway.outputs.lines import PRECISION, PRECISIONS
from gateway.outputs.output import Letterhead, needed, only_settings
from gateway.outputs.spool import Lost, TooOld

Result = TypeVar("Result")

LIBRARY = "influxdb_client"
SAYS_NO = (400, 413, 422)
"""Answers to what the lines say. Any other may pass, or is cured by a person: a token, a bucket, an address."""
GRACE = 2.0
_BEYOND = re.compile(r"(?:beyond|outside) retention policy.*dropped=(\d+)", re.DOTALL)
"""What InfluxDB 1 (400), 2.0 (500) and 2 (422) say when they have written all but what is older than their retention.

Source: coordinator/points_writer.go of influxdb 1.3 and later, influxdata/docs-v2#6071; victoria-metrics says nothing.
"""
_STARTED = re.compile(r"^process_start_time_seconds (\S+)$", re.MULTILINE)


class Influx:
    """Settings: ``url``, ``org``, ``bucket``; ``token``, ``precision`` (s, ms, us, ns), ``timeout`` (10s).

    ``keep`` is the spool's.
    """

    def __init__(self, settings: Mapping[str, str], letterhead: Letterhead) -> None:
        only_settings(settings, ("url", "org", "bucket", "token", "precision", "keep", "timeout"))
        needed(settings, ("url", "org", "bucket"))
        if importlib.util.find_spec(LIBRARY) is None:
            raise ValueError("kind: influx needs influxdb-client: pip install 'touchpoint-gateway[influx]'")
        self._url = checked(settings["url"]).rstrip("/")
        self._org, self._bucket, self._token = settings["org"], settings["bucket"], settings.get("token", "")
        self.precision = settings.get("precision", PRECISION)
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision: {self.precision!r} is none of {', '.join(PRECISIONS)}")
        self._timeout = parse_duration(settings.get("timeout", "10s"))
        self._client: Any = None
        self._writer: Any = None
        self._busy = self._closed = False

    async def write(self, lines: Sequence[str]) -> None:
        """As Series says; the request is compressed, never redirected and never repeated."""
        await self._in_thread(lambda: self._post("\n".join(lines).encode()))

    async def started(self) -> float | None:
        """Its ``/metrics`` tells; None without that. Raises Lost when it cannot be reached."""
        try:
            said = await self._in_thread(self._metrics)
        except Lost:
            raise
        except DeliveryFailure:  # what is in front of it may answer anything to an address that it does not know
            return None
        found = _STARTED.search(said)
        try:
            return float(found[1]) if found else None
        except ValueError:
            return None

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """It takes readings, and no site can have it sent an event."""
        raise PermanentFailure(f"takes readings, not {key}")

    async def close(self) -> None:
        """Close the connection; a thread that still waits closes it in the end."""
        self._closed = True
        if not self._busy:
            self._let_go()

    def _let_go(self) -> None:
        client, self._client = self._client, None  # whoever comes first
        if client is not None:
            client.close()

    async def _in_thread(self, call: Callable[[], Result]) -> Result:
        """What the library does, which waits; whatever it raises is classified.

        A thread of our own, as a daemon: a receiver that does not answer must not hold up the exit.
        """
        if self._busy:
            raise TemporaryFailure("still waits for an answer")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()
        self._busy, self._closed = True, False
        threading.Thread(target=self._work, args=(call, loop, done), name="influx", daemon=True).start()
        try:
            # The library limits each wait; a receiver that drips bytes must be cut off too.
            return await asyncio.wait_for(done, self._timeout + GRACE)
        except TimeoutError:
            raise TemporaryFailure(f"no answer within {self._timeout:g} s") from None

    def _work(self, call: Callable[[], Result], loop: asyncio.AbstractEventLoop, done: asyncio.Future[Result]) -> None:
        try:
            result = call()
        except (TemporaryFailure, PermanentFailure) as failure:
            settle = partial(_settle, done, None, failure)
        except (OSError, ValueError) as failure:  # no URL, no text, a closed socket
            settle = partial(_settle, done, None, TemporaryFailure(type(failure).__name__))
        else:
            settle = partial(_settle, done, result, None)
        self._busy = False  # before it is looked: whoever closes meanwhile finds nobody busy, and lets go
        if self._closed:
            self._let_go()
        wake(loop, settle)

    def _post(self, body: bytes) -> None:
        self._ask(lambda client: self._writer.write(self._bucket, self._org, body, self.precision))

    def _metrics(self) -> str:
        said = self._ask(lambda client: client.api_client.rest_client.GET(f"{self._url}/metrics", headers={}))
        return str(said.data)

    def _ask(self, call: Callable[[Any], Any]) -> Any:
        """Neither the address nor what was answered is repeated in a failure."""
        exceptions = importlib.import_module("urllib3.exceptions")
        try:
            return call(self._opened())
        except self._library.rest.ApiException as refusal:
            if beyond := _BEYOND.search(_text(refusal.body)):
                raise TooOld(int(beyond[1])) from None
            said = f"answered {refusal.status}" if refusal.status else "no TLS with it"
            raise (PermanentFailure if refusal.status in SAYS_NO else TemporaryFailure)(said) from None
        except exceptions.HTTPError as error:
            # That no connection can be had counts as a time-out there.
            lost = not isinstance(error, exceptions.TimeoutError) or isinstance(error, exceptions.NewConnectionError)
            raise (Lost if lost else TemporaryFailure)(type(error).__name__) from None

    def _opened(self) -> Any:
        """The library's client; it takes 13 MB and 0.2 s, and is imported when the first line is written."""
        if self._client is None:
            self._client = self._library.InfluxDBClient(
                self._url, self._token or None, org=self._org, timeout=int(self._timeout * 1000), enable_gzip=True,
                retries=False,
            )  # fmt: skip
            options = importlib.import_module(f"{LIBRARY}.client.write_api").SYNCHRONOUS
            self._writer = self._client.write_api(write_options=options)
        return self._client

    @property
    def _library(self) -> Any:
        return importlib.import_module(LIBRARY)


def _text(body: object) -> str:
    return body.decode(errors="replace") if isinstance(body, bytes) else str(body)


def _settle(done: asyncio.Future[Any], result: object, failure: Exception | None) -> None:
    if done.done():
        return
    if failure:
        done.set_exception(failure)
    else:
        done.set_result(result)
