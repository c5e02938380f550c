"""A coverage as plain data: the one shape that JSON, CSV, the API and the printed page are made from."""

from __future__ import annotations

from collections import Counter
from typing import Any

from gateway.coverage.answers import Answer, Item
from gateway.coverage.survey import ClauseCover, Coverage, TouchpointCover, Watch, basis_in_force
from gateway.coverage.wording import differences, required
from gateway.estate import Changed, Estate
from gateway.standards.standard import Basis, Clause


def summary(coverage: Coverage) -> dict[str, Any]:
    """The site's figures, without any asset."""
    estate, standard = coverage.estate, coverage.estate.standard
    return {
        "site": estate.site,
        "title": dict(estate.title),
        "standard": standard.version,
        "complete": coverage.complete,
        "answers": _counts(coverage.counts),
        "touchpoint_states": {state.value: count for state, count in coverage.states.items()},
        "assets": sum(len(each.assets) for each in coverage.touchpoints),
        "assets_without_clause": sum(len(each.idle) for each in coverage.touchpoints),
        "clauses": len(standard.clauses),
        "basis": dict(coverage.bases()),
        "touchpoints": [_touchpoint(estate, each) for each in coverage.touchpoints],
        "watches": [_watch(estate, each) for each in coverage.watches],
        "changed": [_changed(estate, name, each) for name, each in estate.changed.items()],
        "off": [_off(estate, name) for name in estate.off],
    }


def whole(coverage: Coverage) -> dict[str, Any]:
    """The summary and every clause on every asset."""
    return {**summary(coverage), "items": [item(*each) for each in coverage.items()]}


def item(touchpoint: TouchpointCover, clause: ClauseCover, found: Item) -> dict[str, Any]:
    """One clause on one asset; ``named`` is false where the clause does not speak of the asset's touchpoint."""
    return {
        "touchpoint": touchpoint.slug,
        "clause": clause.name,
        "asset": found.asset.name,
        "place": dict(found.asset.place),
        "named": clause.named,
        "answer": found.answer,
        "sources": [{"device": each.device, "point": each.point, "protocol": each.protocol} for each in found.sources],
        "records": list(found.records),
        "missing": [
            {"point": each.point, "record": each.record, "serves": each.serves or None} for each in found.missing
        ],
        "why": dict(found.why) if found.why else None,
    }


def _counts(counts: Counter[Answer]) -> dict[str, int]:
    return {answer.value: counts[answer] for answer in Answer}


def _touchpoint(estate: Estate, cover: TouchpointCover) -> dict[str, Any]:
    return {
        "touchpoint": cover.slug,
        "title": dict(cover.touchpoint.title),
        "numbers": dict(cover.touchpoint.numbers),
        "state": cover.state,
        "answers": _counts(cover.counts),
        "assets": [asset.name for asset in cover.assets],
        "assets_without_clause": [asset.name for asset in cover.idle],
        "clauses": [_clause(estate, each) for each in cover.clauses],
        "off": list(cover.off),
    }


def _clause(estate: Estate, cover: ClauseCover) -> dict[str, Any]:
    return {
        **_terms(estate, cover.name, cover.clause, cover.basis),
        "changed": cover.changed is not None,
        "own": cover.own,
        "named": cover.named,
        "answers": _counts(cover.counts),
    }


def _terms(estate: Estate, name: str, clause: Clause, basis: Basis) -> dict[str, Any]:
    return {
        "clause": name,
        "title": dict(clause.title),
        "kind": clause.applies_to,
        "requires": dict(required(estate, clause)),
        "priority": clause.priority,
        "basis": basis.model_dump(),
    }


def _watch(estate: Estate, watch: Watch) -> dict[str, Any]:
    return {**_terms(estate, watch.name, watch.clause, watch.basis), "count": watch.count}


def _changed(estate: Estate, name: str, changed: Changed) -> dict[str, Any]:
    clause = estate.standard.clauses[name]
    return {
        "clause": name,
        "title": dict(changed.shipped.title),
        "basis": basis_in_force(clause, changed).model_dump(),
        "shipped_basis": changed.shipped.basis.model_dump(),
        "figures": differences(changed.shipped, clause),
        "reason": changed.reason,
        "until": changed.until.isoformat() if changed.until else None,
    }


def _off(estate: Estate, name: str) -> dict[str, Any]:
    off = estate.off[name]
    such = sum(asset.kind == off.clause.applies_to for asset in estate.assets.values())
    return {
        **_terms(estate, name, off.clause, off.clause.basis),
        "reason": off.reason,
        "until": off.until.isoformat(),
        "touchpoints": list(off.clause.touchpoints),
        "assets": such,
    }
