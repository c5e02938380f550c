"""Random histories of a light with its own tests, and a plain model of what must come of them: loops over lists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from random import Random
from typing import Any

from gateway.proof_tests.evidence import IDLE, UNKNOWN, Look, Terms
from gateway.proof_tests.watch import SETTLING, Finished, Watch

START = 1_767_268_800.25
LIMIT = 900.0
TERMS = Terms("light.duration", LIMIT, has_lamp=True, has_flag=True, has_failed=True, step=120.0)
STEPS = (20.0, 45.0, 50.0, 60.0, 60.0)


def idle(at: float, **told: Any) -> Look:
    """Mains on, lamp dark; by default its last test is done, valid, not failed, and lasted 16 min."""
    return replace(Look(IDLE, at, False, None, True, False, 960.0), **told)


def history(random: Random) -> list[Look]:
    """An hour or so: rest, tests and failing mains, with lost readings, dark lamps, and steps that are too long."""
    looks: list[Look] = []
    at = START
    for _ in range(random.randint(1, 3)):
        looks += [idle(at := at + 10.0)] * random.randint(0, 1)
        runs = random.choice([IDLE, "duration", "duration", "duration", "duration", "discharge"])
        step = random.choice(STEPS)
        for _ in range(random.choice([3, int(random.choice([200.0, 880.0, 900.0, 960.0, 1000.0]) / step) + 2])):
            at += step
            looks.append(_seen(random, at, runs))
        at += random.choice([0.0, 0.0, 1.0, 45.0, 70.0, 400.0])
    return [*looks, idle(at + 10.0), idle(at + 10.0 + SETTLING)]


def _seen(random: Random, at: float, runs: str) -> Look:
    luck = random.random()
    if luck < 0.004:
        return Look(UNKNOWN, at)
    if runs == IDLE:
        return idle(at, done=random.choice([True, True, True, False, None]), failed=luck > 0.95)
    lit = False if luck > 0.998 else None if luck > 0.99 else True
    return Look(runs, at, lit, None, False, False, 0.0)


def play(looks: list[Look], restarts: frozenset[int] = frozenset()) -> list[Finished]:
    """What a watch makes of them, that is made anew, from what it stored, before each look of ``restarts``."""
    watch, finished = Watch("light"), []
    for number, look in enumerate(looks):
        if number in restarts:
            watch = Watch("light", watch.run, watch.samples, look.at)
        finished += watch.pass_time(look.at)
        finished += watch.see(look)
    return finished + watch.pass_time(looks[-1].at)


@dataclass(frozen=True)
class Group:
    """Looks in a row that showed the same going on, the one before them and those after them."""

    looks: list[Look]
    before: Look | None
    after: list[Look]


def groups(looks: list[Look]) -> list[Group]:
    """Every discharge that was seen to end."""
    known = [look for look in looks if look.runs != UNKNOWN]
    found, place = [], 0
    for runs, group in groupby(known, key=lambda look: look.runs):
        here = list(group)
        before, after = known[place - 1] if place else None, known[place + len(here) :]
        place += len(here)
        if runs != IDLE and after:
            found.append(Group(here, before, after))
    return found


def is_proven(group: Group) -> bool:
    """By the rules as they are told to people, without a state."""
    first, end = group.looks[0], group.after[0]
    if first.runs != "duration" or end.runs == "discharge":
        return False
    dark = [each.at for each in group.looks if each.lit is False and each.at > first.at + 5.0]
    until = dark[0] if dark else end.at
    lit = [look.at for look in group.looks if look.lit and look.at < until]
    moments = [*([group.before.at] if group.before else [0.0]), first.at, *lit, until]
    whole = all(later - at <= 60.0 for at, later in pairwise(moments))
    told = _last_word(group)
    word = bool(told.done) and told.failed is False and told.result is not None and told.result >= 960.0
    return whole and bool(lit) and lit[-1] - lit[0] > LIMIT and word


def _last_word(group: Group) -> Look:
    """What the device said last before the entry was written."""
    told = group.after[0]
    for look in group.after[1:]:
        if look.runs != IDLE or look.at >= group.after[0].at + SETTLING:
            break
        told = look
    return told
