"""A call that waits, in a thread of its own. Knows no output."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def begin(name: str, call: Callable[[], Result]) -> Future[Result]:
    """Begin ``call``. As a daemon, unlike a pool's: a receiver that does not answer must not hold up the exit."""
    done: Future[Result] = Future()

    def work() -> None:
        try:
            result = call()
        except BaseException as fault:  # noqa: BLE001 - raised again by whoever asks for the result
            done.set_exception(fault)
        else:
            done.set_result(result)

    done.set_running_or_notify_cancel()
    threading.Thread(target=work, name=name, daemon=True).start()
    return done
