"""When the sun rises and sets, and when civil dawn and dusk are, anywhere on the earth. Pure arithmetic.

By the formulas of NOAA's solar calculator (after J. Meeus, Astronomical Algorithms), good to a minute or two below 65
degrees of latitude; on a flat horizon at sea level, as almanacs have it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from math import acos, asin, cos, degrees, radians, sin, tan

from gateway.standards.windows import SunEvent

ELEVATION = {"dawn": -6.0, "sunrise": -0.833, "sunset": -0.833, "dusk": -6.0}
"""Degrees of the sun's centre over the horizon: 0.833 are its radius and the refraction at the horizon."""
SECONDS_A_DEGREE = 240.0
"""In which the earth turns by one degree."""
ROUNDS = 3
CENTURY, JULIAN_1970, JULIAN_2000 = 36525.0, 2440587.5, 2451545.0
REMEMBERED = 4096


@lru_cache(REMEMBERED)
def sun_event(event: SunEvent, day: date, latitude: float, longitude: float) -> float | None:
    """The moment of ``event`` (seconds since 1970) around the noon of ``day`` there; None when there is none that day.

    ``latitude`` and ``longitude`` in degrees north and east. The day is the sun's own: dawn and sunrise come up to
    twelve hours before its noon, sunset and dusk up to twelve hours after it, whatever the clock on the wall says then.
    """
    mean_noon = datetime.combine(day, time(12), UTC).timestamp() - longitude * SECONDS_A_DEGREE
    side = 1.0 if event in ("sunset", "dusk") else -1.0
    height, north = sin(radians(ELEVATION[event])), radians(latitude)
    moment = mean_noon
    for _ in range(ROUNDS):  # the sun moves on while the hours pass
        declination, ahead = _sun(moment)
        cosine = (height - sin(north) * sin(declination)) / (cos(north) * cos(declination))
        if not -1.0 <= cosine <= 1.0:
            return None
        moment = mean_noon - ahead + side * degrees(acos(cosine)) * SECONDS_A_DEGREE
    return moment


def _sun(moment: float) -> tuple[float, float]:
    """The sun's declination in radians, and by how many seconds it is ahead of the clock (the equation of time)."""
    t = (moment / 86400.0 + JULIAN_1970 - JULIAN_2000) / CENTURY
    mean = radians((280.46646 + t * (36000.76983 + t * 0.0003032)) % 360.0)
    anomaly = radians(357.52911 + t * (35999.05029 - 0.0001537 * t))
    eccentricity = 0.016708634 - t * (0.000042037 + 0.0000001267 * t)
    centre = (
        sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t))
        + sin(2 * anomaly) * (0.019993 - 0.000101 * t)
        + sin(3 * anomaly) * 0.000289
    )
    node = radians(125.04 - 1934.136 * t)
    apparent = mean + radians(centre - 0.00569 - 0.00478 * sin(node))
    tilt = 23 + (26 + (21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))) / 60) / 60
    obliquity = radians(tilt + 0.00256 * cos(node))
    y = tan(obliquity / 2) ** 2
    equation = (
        y * sin(2 * mean)
        - 2 * eccentricity * sin(anomaly)
        + 4 * eccentricity * y * sin(anomaly) * cos(2 * mean)
        - 0.5 * y * y * sin(4 * mean)
        - 1.25 * eccentricity**2 * sin(2 * anomaly)
    )
    return asin(sin(obliquity) * sin(apparent)), degrees(equation) * SECONDS_A_DEGREE
