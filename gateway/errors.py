"""Every exception of the gateway, drawn as one tree; knows nothing else.

GatewayError
├── DocumentError        a file says something that cannot be: carries every Problem at once
├── StoreError           a database that this program cannot use
├── Unreachable          a service that was asked for does not answer
├── Refused              an action that the present state does not allow
└── DeliveryFailure      an output could not deliver
    ├── TemporaryFailure     worth trying again
    └── PermanentFailure     will never succeed as it is
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

FORMULA_FAULTS = (ArithmeticError, LookupError, TypeError, ValueError, AttributeError)
"""What a faulty formula or clause can raise; caught around one evaluation, so that its neighbours go on."""


class GatewayError(Exception):
    """The root: whatever the gateway raises on purpose."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in one file; ``line`` counts from 1, 0 means the file as a whole."""

    file: str
    line: int
    where: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.where}: {self.message}" if self.where else f"{place}: {self.message}"


class DocumentError(GatewayError):
    """A set of files that cannot be used, with everything that is wrong in them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


class StoreError(GatewayError):
    """The database cannot be used; the message says why. Starting again would not mend it."""


class Unreachable(GatewayError):
    """A service that was asked for does not answer."""


class Refused(GatewayError):
    """The present state does not allow what was asked; the message says why."""


class DeliveryFailure(GatewayError):
    """An output could not deliver."""


class TemporaryFailure(DeliveryFailure):
    """The receiver may take it later: try again."""


class PermanentFailure(DeliveryFailure):
    """The receiver will never take this: set it aside."""
