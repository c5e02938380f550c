"""What may go wrong in a month, family by family: faults, how long they last, and what is then truly wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from simulators.month_things import FAMILIES, OVERDUE_AFTER_S, Thing
from simulators.month_truth import Truth, has, plant

HOUR = 3600.0
DAY = 86_400.0
FOR_GOOD = (1e9, 1e9)
HOURS = (3 * HOUR, 20 * HOUR)
LEAK_FROM_MPA = 0.11
"""How far above the limit a cylinder is whose leak is to reach it within the month."""
SLOW_LEAK_DAYS = 33
"""A leak of a third of a kPa a day takes a month to be seen."""

Span = tuple[float, float]
Given = Mapping[str, float]


@dataclass(frozen=True)
class Trouble:
    """A fault and what is then wrong. `lasts` and `short`, in seconds, are for the true fault and for the near miss.

    `grows` gives the parameters of a fault that grows, so that it is surely beyond its limit after that many days;
    `mild` those of one that is still within it after that many. Only a thing that `fits` can have it, and is made so
    that it `starts` from there.
    """

    fault: str
    truths: Sequence[Truth]
    lasts: Span = HOURS
    short: Span | None = None
    grows: Callable[[float], Given] = lambda days: {}
    mild: Callable[[float], Given] | None = None
    fits: Callable[[Thing], bool] = lambda thing: True
    starts: Given = field(default_factory=dict)
    least_days: float = 0.0


def _state(clause: str, fault: str, delay: float, short: Span | None = None, lasts: Span = HOURS) -> Trouble:
    """A state that must be told once it has lasted for `delay` seconds."""
    return Trouble(fault, [Truth(clause, has(fault), allowed=delay)], lasts, short)


def _unjudged(family: str) -> Trouble:
    """A device that is not heard for two and a half beats, and two minutes of patience."""
    silence = 2.5 * FAMILIES[family].beat + 120
    truth = Truth("asset.judgeable", has("silent"), allowed=silence)
    return Trouble("silent", [truth], (silence + HOUR, silence + DAY), (0.2 * silence, 0.5 * silence))


def _failed_sensor(clauses: Sequence[str], patience: float, short: Span) -> Trouble:
    truths = [Truth(clause, has("sensor_failed"), allowed=patience) for clause in clauses]
    return Trouble("sensor_failed", truths, HOURS, short)


def _is_open(door: Thing) -> float:
    return float(not door.plant.contact_closed)


def _held(clause: str, smoke_door: str, allowed: float, short: Span) -> Trouble:
    truth = Truth(clause, _is_open, allowed=allowed)
    return Trouble(
        "held_open", [truth], (200.0, 5 * HOUR), short, fits=lambda door: door.facts["smoke_door"] == smoke_door
    )


def _dark(clause: str, light_sensor: bool, allowed: float) -> Trouble:
    truth = Truth(clause, has("car_dark"), allowed=allowed)
    return Trouble("car_dark", [truth], HOURS, (5.0, 45.0), fits=lambda lift: lift.light_sensor is light_sensor)


DOORS = [
    Trouble(
        "forced_open",
        [
            Truth("access-door.forced-open", lambda door: has("forced_open")(door) * _is_open(door)),
            Truth(
                "access-door.smoke-door-closed",
                lambda door: _is_open(door) * (door.facts["smoke_door"] == "yes"),
                allowed=60.0,
            ),
        ],
        (60.0, 3 * HOUR),
    ),
    _held("access-door.held-open", "no", 120.0, (30.0, 100.0)),
    _held("access-door.smoke-door-closed", "yes", 60.0, (10.0, 40.0)),
    Trouble(
        "wearing_closer",
        # From opening to latched: 1.5 s to push, 1 to 3 s in the door, and the closer's time, a tenth more or less.
        [
            Truth(
                "access-door.closes-properly",
                plant(lambda door: 3.46 + 0.975 * (door.closing + door.worn("wearing_closer"))),
                25.0,
                3.3,
                counter="openings",
                counted=4,
            )
        ],
        FOR_GOOD,
        grows=lambda days: {"seconds_per_day": 20.0 / days},
        mild=lambda days: {"seconds_per_day": 7.0 / days},
    ),
    Trouble(
        "slam",
        [Truth("access-door.closes-gently", has("slam"), counter="openings", counted=11)],
        (2 * DAY, 4 * DAY),
    ),
    _state("access-door.reader-online", "reader_offline", 60.0, (5.0, 45.0)),
    _state("access-door.reader-intact", "reader_tamper", 5.0, (1.0, 3.0)),
    Trouble(
        "lock_stuck",
        [
            Truth(
                "access-door.lock-relocks",
                plant(lambda door: float(door.unlocked and door.contact_closed)),
                allowed=20.0,
            )
        ],
        HOURS,
        (2.0, 12.0),
    ),
    Trouble(
        "jammed",
        [Truth("access-door.lock-lets-in", plant(lambda door: door.fruitless), 2.5)],
        (HOUR, 8 * HOUR),
        (5.0, 30.0),
    ),
    _unjudged("access-door"),
]  # fmt: skip


GATES = [
    Trouble(
        "wearing_motor",
        [
            Truth(
                "barrier-gate.opens-in-time", plant(lambda gate: gate.opening + gate.worn("wearing_motor")), 6.0, 0.2,
                counter="operations", counted=3,
            ),
            Truth(
                "barrier-gate.opening-slows", plant(lambda gate: gate.opening + gate.worn("wearing_motor")), 5.1, 0.4,
                allowed=HOUR, counter="operations", counted=3,
            ),
        ],
        FOR_GOOD,
        grows=lambda days: {"seconds_per_day": 3.0 / days},
        mild=lambda days: {"seconds_per_day": 0.8 / days},
    ),
    Trouble(
        "limit_switch",
        [Truth("barrier-gate.motor-runs-in-time", has("limit_switch"), counter="operations", counted=3)],
        (DAY, 2 * DAY),
    ),
    _state("barrier-gate.not-stuck", "stuck_halfway", 60.0, (5.0, 45.0)),
    _state("barrier-gate.no-fault", "motor_fault", 5.0, (1.0, 3.0)),
    _state("barrier-gate.boom-intact", "boom_struck", 2.0, (0.3, 1.2)),
    _state("barrier-gate.loop-clear", "loop_stuck", 600.0, (120.0, 500.0)),
    _state("barrier-gate.reader-online", "reader_offline", 60.0, (5.0, 45.0)),
    _unjudged("barrier-gate"),
]  # fmt: skip
LIGHTS = [
    _state("emergency-light.battery-healthy", "battery_failed", 30.0),
    _state("emergency-light.battery-healthy", "charger_failed", 30.0, (3.0, 20.0)),
    Trouble(
        "weak_charger",
        [Truth("emergency-light.battery-charged", plant(lambda light: light.battery_low), allowed=DAY)],
        (30 * HOUR, 50 * HOUR),
        (8 * HOUR, 20 * HOUR),
    ),
    _state("emergency-light.lamp-healthy", "lamp_failed", 30.0, (3.0, 20.0)),
    _state("emergency-light.mains-present", "mains_failure", 30.0, (0.2, 25.0), (120.0, 2 * HOUR)),
    Trouble(
        "switched_off",
        [Truth("emergency-light.lit", has("switched_off"), allowed=600.0)],
        HOURS,
        (60.0, 500.0),
        fits=lambda light: light.facts["maintained"] == "yes",
    ),
    _state("emergency-light.self-test-passed", "self_test_failed", 600.0, (30.0, 400.0)),
    _unjudged("emergency-light"),
]
# The gas follows the sensor's place up to an hour and a half later: 2 K, or 9 kPa, when the day swings by 6 K; noise
# and digits are 3 kPa more. A reading comes once an hour, and a minute of it is asked for.
SURE_MPA, TOLD_S = 0.012, HOUR + 60.0


def _kpa_per_day(bottle: Thing) -> float:
    return float(bottle.plant.active["leak"]["kpa_per_day"]) if "leak" in bottle.plant.active else 0.0


# A trend is asked for once a month is seen; of a leak that is urgent for another reason, both may be told.
LEAKS_SLOWLY = Truth("extinguisher.slow-leak", _kpa_per_day, 0.33, 0.05, 31.5 * DAY)
LEAKS_SOON = replace(LEAKS_SLOWLY, clause="extinguisher.leaks-soon")
LEAKS_SLOWLY_PERHAPS = replace(LEAKS_SLOWLY, allowed=FOR_GOOD[0])
LEAKS_SOON_PERHAPS = replace(LEAKS_SOON, allowed=FOR_GOOD[0])
EXTINGUISHERS = [
    Trouble(
        "leak",
        [
            Truth("extinguisher.pressure-low", plant(lambda bottle: -bottle.p20_mpa), -1.0, SURE_MPA, TOLD_S),
            LEAKS_SLOWLY_PERHAPS,
            LEAKS_SOON_PERHAPS,
        ],
        FOR_GOOD,
        grows=lambda days: {"kpa_per_day": 1000 * (LEAK_FROM_MPA + SURE_MPA) / days},
        starts={"fill": 1.0 + LEAK_FROM_MPA},
    ),
    Trouble(
        "leak",
        [
            LEAKS_SOON,
            LEAKS_SLOWLY_PERHAPS,
        ],
        FOR_GOOD,
        grows=lambda days: {"kpa_per_day": 2.5},
        least_days=SLOW_LEAK_DAYS,
    ),
    Trouble(
        "leak",
        [LEAKS_SLOWLY],
        FOR_GOOD,
        grows=lambda days: {"kpa_per_day": 0.45},
        mild=lambda days: {"kpa_per_day": 0.25},
        least_days=SLOW_LEAK_DAYS,
    ),
    Trouble(
        "discharged",
        [Truth("extinguisher.pressure-critical", has("discharged"), allowed=TOLD_S)],
        (3 * HOUR, 20 * HOUR),
    ),
    Trouble("over_pressure", [Truth("extinguisher.pressure-high", has("over_pressure"), allowed=TOLD_S)]),
    _state("extinguisher.present", "removed", 300.0, (20.0, 240.0)),
    _state("extinguisher.unobstructed", "obstructed", 600.0, (60.0, 500.0)),
    _failed_sensor(["asset.judgeable"], 120.0, (20.0, 90.0)),
    _unjudged("extinguisher"),
]
LIFTS = [
    _state("lift.no-entrapment", "entrapment", 30.0, (3.0, 20.0), (120.0, HOUR)),
    _state("lift.no-fault", "controller_fault", 10.0, (1.0, 7.0)),
    Trouble(
        "wearing_guides",
        [
            Truth(
                "lift.ride-vibration",
                plant(lambda lift: lift.ride_vibration_mm_s),
                3.2,
                0.4,
                counter="runs",
                counted=4,
            )
        ],
        FOR_GOOD,
        grows=lambda days: {"mm_s_per_day": 2.2 / days},
        mild=lambda days: {"mm_s_per_day": 0.8 / days},
    ),
    Trouble(
        "drifting_level",
        [
            Truth("lift.levelling", plant(lambda lift: lift.worn("drifting_level")), 10.0, 5.0, 11.0, "runs", 2),
            Truth("lift.levelling-unsafe", plant(lambda lift: lift.worn("drifting_level")), 20.0, 5.0, 11.0, "runs", 2),
        ],
        FOR_GOOD,
        grows=lambda days: {"mm_per_day": 17.0 / days},
        mild=lambda days: {"mm_per_day": 4.0 / days},
    ),
    Trouble(
        "mislevelled", [Truth("lift.levelling-unsafe", has("mislevelled"), allowed=11.0, counter="runs", counted=2)]
    ),
    _state("lift.call-button-free", "call_button_stuck", 120.0, (10.0, 80.0)),
    Trouble(
        "wrong_floor_shown",
        [Truth("lift.floor-display", has("wrong_floor_shown"), allowed=16.0, counter="runs", counted=2)],
    ),
    _dark("lift.car-light", True, HOUR + 60.0),
    _dark("lift.car-light-on", False, 60.0),
    Trouble(
        "dimming",
        [Truth("lift.car-light", plant(lambda lift: -lift.car_lux), -100.0, 4.0, HOUR + 60.0)],
        FOR_GOOD,
        grows=lambda days: {"lux_per_day": 70.0 / days},
        mild=lambda days: {"lux_per_day": 40.0 / days},
        fits=lambda lift: lift.light_sensor,
    ),
    _state("lift.position-known", "position_lost", 0.0),
    _state("lift.call-button-healthy", "call_button_faulty", 10.0, (1.0, 7.0)),
    Trouble(
        "visit_missed",
        [Truth("lift.maintained", lambda lift: lift.plant.now - lift.visited, OVERDUE_AFTER_S - 1.0)],
        FOR_GOOD,
    ),
    _state("lift.in-service", "stopped_for_work", 600.0, (60.0, 500.0)),
    _unjudged("lift"),
]  # fmt: skip
TROUBLES: Mapping[str, Sequence[Trouble]] = {
    "access-door": DOORS,
    "barrier-gate": GATES,
    "emergency-light": LIGHTS,
    "extinguisher": EXTINGUISHERS,
    "lift": LIFTS,
}
