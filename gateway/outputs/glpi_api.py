"""GLPI's REST API: one session, renewed when it has expired; answers bounded in time and size, and classified.

Source: https://github.com/glpi-project/glpi/blob/10.0/bugfixes/apirest.md, and src/Api/API.php there, which answers it.
An error is a list of a code, ``ERROR_SESSION_TOKEN_INVALID``, and a sentence; only the code is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs.http import Answer, Query, Receiver, token_of, with_query

LARGEST_ANSWER = 1024 * 1024
"""Bytes; the longest that is asked for is some 200 followups."""
SUCCESS = range(200, 300)
UNAUTHORIZED, MULTI_STATUS = 401, 207
OF_THE_ITEM = {400, 413, 422}
"""What was sent is wrong. Anything else may pass, or is cured by a person: rights, tokens, addresses, GLPI itself."""
CURABLE = frozenset({
    "ERROR_APP_TOKEN_PARAMETERS_MISSING", "ERROR_WRONG_APP_TOKEN_PARAMETER", "ERROR_NOT_ALLOWED_IP",
    "ERROR_SESSION_TOKEN_MISSING", "ERROR_LOGIN_PARAMETERS_MISSING", "ERROR_RIGHT_MISSING",
})  # fmt: skip
"""Codes that GLPI answers with 400 too, but that tell nothing of what was sent."""
_CODE = re.compile(r"ERROR_[A-Z_]{1,60}")


class GlpiApi:
    """``settings``: ``url`` of apirest.php, ``user_token``, ``app_token`` if its API client has one, ``timeout``."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._receiver = Receiver({name: settings[name] for name in ("url", "timeout") if name in settings})
        self.url, self.timeout = self._receiver.url.rstrip("/"), self._receiver.timeout
        self._login = {"authorization": f"user_token {token_of(settings, 'user_token')}"}
        self._always = {"content-type": "application/json"}
        if app_token := token_of(settings, "app_token"):
            self._always["app-token"] = app_token
        self._session = ""

    async def ask(self, method: str, path: str, query: Query = (), told: Mapping[str, Any] | None = None) -> Any:
        """The JSON of an answer of 2xx; raises TemporaryFailure and PermanentFailure, which repeat nothing secret."""
        status, answer = await self._in_session(method, path, query, told)
        if status == UNAUTHORIZED:  # nothing was done: the session has expired, and a new one may do it
            self._session = ""
            status, answer = await self._in_session(method, path, query, told)
        return judge(status, answer)

    async def _in_session(self, method: str, path: str, query: Query, told: Mapping[str, Any] | None) -> Answer:
        if not self._session:
            self._session = await self._begin()
        return await self._exchange(method, path, query, told, {"session-token": self._session})

    async def _begin(self) -> str:
        """A new session; that there is none is no fault of what is to be sent in it."""
        try:
            found = judge(*await self._exchange("GET", "initSession", (), None, self._login))
        except PermanentFailure as failure:
            raise TemporaryFailure(f"no session: {failure}") from None
        token = found.get("session_token") if isinstance(found, dict) else None
        if not isinstance(token, str) or not token:
            raise TemporaryFailure("no session: the answer has no session_token")
        return token

    async def _exchange(
        self, method: str, path: str, query: Query, told: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Answer:
        body = b"" if told is None else orjson.dumps(told)  # a GET with a body is refused
        url = with_query(f"{self.url}/{path}", query)
        return await self._receiver.exchange(method, url, body, {**self._always, **headers}, LARGEST_ANSWER)

    async def close(self) -> None:
        """Close the connection; GLPI forgets the session by itself."""
        await self._receiver.close()
        self._session = ""


def judge(status: int, answer: bytes | None) -> Any:
    """The JSON of an answer that tells of success; raises TemporaryFailure and PermanentFailure."""
    told = _json(answer)
    code = _code(told)
    said = f"answered {status}{f' with {code}' if code else ''}"
    if status in SUCCESS and status != MULTI_STATUS and not code:
        if told is None:
            raise TemporaryFailure(f"{said} and no JSON")
        return told
    if status in OF_THE_ITEM and code not in CURABLE:
        raise PermanentFailure(said)
    raise TemporaryFailure(said)


def _json(answer: bytes | None) -> Any:
    try:
        return orjson.loads(answer or b"")
    except orjson.JSONDecodeError:
        return None


def _code(told: Any) -> str:
    """The code of an error; "" for an answer that is none."""
    first = told[0] if isinstance(told, list) and told else None
    return first if isinstance(first, str) and _CODE.fullmatch(first) else ""
