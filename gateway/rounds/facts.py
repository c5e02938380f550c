"""A task as plain data: the one shape that the API, the command line and the sheet to print are made from."""

from __future__ import annotations

from typing import Any

from gateway.clock import iso
from gateway.estate import Estate
from gateway.rounds.tasks import Task


def task_data(estate: Estate, task: Task, ahead: float = 0.0) -> dict[str, Any]:
    """Times are RFC 3339 in UTC, ``_s`` seconds; ``id`` is the asset and what is asked, joined by a colon.

    ``ahead``: by how many seconds the clock on the wall, which people read, is ahead of steady time.
    """
    item, check = task.item, task.check
    means = estate.kinds[item.asset.kind].meanings()
    touchpoint = estate.touchpoints.get(item.asset.touchpoint)
    return {
        "id": f"{item.asset.name}:{item.what}",
        "asset": item.asset.name, "asset_kind": item.asset.kind, "touchpoint": item.asset.touchpoint,
        "touchpoint_title": dict(touchpoint.title) if touchpoint else {}, "place": dict(item.asset.place),
        "what": item.what, "way": item.way, "title": dict(item.title),
        "state": task.state, "due": iso(task.due + ahead), "deadline": iso(task.deadline + ahead),
        "last": None if task.last is None else iso(task.last + ahead),
        "checklist": [dict(each) for each in item.checklist],
        "longer_than_s": item.limit,
        "clause": check.clause_id, "clause_title": dict(check.clause.title),
        "requires": check.requirement.explain(means), "priority": check.clause.priority.value,
        "action": dict(check.clause.action),
    }  # fmt: skip
