"""Lists in parts: the caller hands the last id it has seen, so that nothing is skipped or repeated by a change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Annotated, Any, TypeVar

from fastapi import Query

Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=1000, description="how many at most")]
After = Annotated[str, Query(max_length=300, description="the `next` of the part before; empty for the first")]


def page(
    ordered: Iterable[tuple[str, Item]], after: str, limit: int, shown: Callable[[Item], dict[str, Any]]
) -> dict[str, Any]:
    """The part of ``ordered`` (ids ascending, already filtered) that follows ``after``."""
    found = list(islice(((key, item) for key, item in ordered if key > after), limit + 1))
    part = found[:limit]
    return {"items": [shown(item) for _, item in part], "next": part[-1][0] if len(found) > limit else None}
