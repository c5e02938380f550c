"""A small site whose coverage is known by heart: two doors and a light."""

from __future__ import annotations

from pathlib import Path

from gateway.coverage import Coverage, Item, survey
from tests.sites import Site

DOOR_CLAUSES = """\
version: book 1
clauses:
  door.held:
    title: {zh: 门久开, en: Door held open}
    touchpoints: [unit-door]
    applies_to: door
    require: {point: held_open_time, at_most: 120 s}
    basis: {document: touchpoint standard, kind: proposed}
    priority: P3
    on_delay: 10min
    ticket: {trade: access}
    action: {zh: 关门, en: Shut it}
  door.intact:
    title: {zh: 完好, en: Intact}
    touchpoints: [unit-door, corridor]
    applies_to: door
    require: {none_true: [released, barred]}
    basis: {document: touchpoint standard, kind: text}
    priority: P2
    ticket: {trade: access}
    action: {zh: 修理, en: Repair it}
  device.answers:
    title: {zh: 应答, en: Device answers}
    applies_to: device
    require: {point: answers, equals: true}
    basis: {document: NFPA 10, kind: standard}
    priority: P2
    ticket: {trade: network}
    action: {zh: 检查, en: Check it}
"""


def site(folder: Path, *edits: tuple[str, str, str]) -> Site:
    """The site, with ``edits`` (file, old, new)."""
    made = Site(folder)
    (folder / "book" / "door.yaml").write_text(DOOR_CLAUSES, encoding="utf-8")
    for edit in edits:
        made.edit(*edit)
    return made


def covered(folder: Path, *edits: tuple[str, str, str]) -> Coverage:
    """The coverage of the site, with ``edits``."""
    return survey(site(folder, *edits).load().estate)


def item(coverage: Coverage, clause: str, asset: str) -> Item:
    """What is said of one clause on one asset."""
    (found,) = [each for _, cover, each in coverage.items() if (cover.name, each.asset.name) == (clause, asset)]
    return found
