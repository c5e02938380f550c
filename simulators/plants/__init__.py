"""The physical things of a property, one file per family. They know no device, no wire and no gateway."""

from __future__ import annotations

from simulators.plants.access_door import AccessDoor
from simulators.plants.barrier_gate import BarrierGate
from simulators.plants.central_battery import CentralBattery
from simulators.plants.emergency_light import EmergencyLight
from simulators.plants.extinguisher import Extinguisher
from simulators.plants.lift import Lift
from simulators.plants.perimeter_zone import PerimeterZone
from simulators.plants.plant import Plant

FAMILIES: dict[str, type[Plant]] = {
    family.family: family
    for family in (AccessDoor, BarrierGate, CentralBattery, EmergencyLight, Extinguisher, Lift, PerimeterZone)
}

__all__ = [
    "FAMILIES", "AccessDoor", "BarrierGate", "CentralBattery", "EmergencyLight", "Extinguisher", "Lift",
    "PerimeterZone", "Plant",
]  # fmt: skip
