"""What Home Assistant is told, so that it finds each asset as one device with the right entities. Publishes nothing.

Source: https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload, and the schemas in
home-assistant/core, homeassistant/components/mqtt/schemas.py, sensor.py, binary_sensor.py and button.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway.data import version
from gateway.estate import Asset, Estate
from gateway.kinds import SITE, Kind
from gateway.northbound.entities import PROBLEM, Look, look_of
from gateway.northbound.topics import Topics
from gateway.outputs.wording import in_language

ORIGIN = "Touchpoint gateway"
PRESS = "PRESS"
ONLINE, OFFLINE = "online", "offline"
WORDS: Mapping[str, Mapping[str, str]] = {
    "verdict": {"zh": "违反条款", "en": "Violates a clause"},
    "tickets": {"zh": "未关闭工单", "en": "Open tickets"},
    "acknowledge": {"zh": "确认告警", "en": "Acknowledge alarms"},
}
NOTHING = "None"
"""What a template has to say for Home Assistant to show "unknown"."""
VERDICT = "{{ {'violated': 'ON', 'met': 'OFF'}.get(value_json.verdict, 'None') }}"
TICKETS = "{{ value_json.tickets | length }}"
ATTRIBUTES = (
    "{{ {'verdict': value_json.verdict, 'alarms': value_json.alarms, 'tickets': value_json.tickets} | tojson }}"
)
AVAILABLE = "{{ 'online' if value_json.available else 'offline' }}"
QOS = 1


def object_id(site: str, asset: str) -> str:
    """The asset among everything else that Home Assistant knows: letters, digits, _ and - only."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", f"touchpoint_{site}_{asset}")


def discovered(estate: Estate) -> list[str]:
    """The assets that are told of: those of the property, not its devices and lines."""
    return [name for name in estate.assets if "/" not in name]


class Discovery:
    """Writes what is told of the assets of one site."""

    def __init__(self, estate: Estate, topics: Topics, acknowledge: bool) -> None:
        self._estate, self._topics, self._acknowledge = estate, topics, acknowledge
        self._language = estate.languages[0]

    def topic(self, name: str) -> str:
        """Where it is told."""
        return self._topics.config(object_id(self._estate.site, name))

    def device(self, name: str) -> dict[str, Any]:
        """The payload for an asset; raises KeyError when there is none."""
        asset = self._estate.assets[name]
        kind, own_id = self._estate.kinds[asset.kind], object_id(self._estate.site, name)
        touchpoint = self._estate.touchpoints.get(asset.touchpoint)
        area = {"sa": in_language(touchpoint.title, self._language)} if touchpoint else {}
        return {
            "dev": {
                "ids": [own_id],
                "name": f"{in_language(asset.place, self._language)} ({name})",
                "mf": ORIGIN,
                "mdl": in_language(kind.title, self._language),
                **area,
            },
            "o": {"name": ORIGIN, "sw": version()},
            "availability": [{"topic": self._topics.status}],
            "qos": QOS,
            "cmps": {each["unique_id"]: each for each in self._components(asset, kind, own_id)},
        }

    def _components(self, asset: Asset, kind: Kind, own_id: str) -> list[dict[str, Any]]:
        made = [self._verdict(asset, own_id), self._tickets(asset, own_id)]
        made += [self._button(asset, own_id)] if self._acknowledge else []
        shown = [
            point for point in asset.ids if not point.startswith(SITE) and asset.ids[point] not in self._estate.fixed
        ]
        return made + [self._point(asset, kind, point, own_id) for point in shown]

    def _component(self, platform: str, unique_id: str, name: Mapping[str, str]) -> dict[str, Any]:
        return {"p": platform, "unique_id": unique_id, "name": in_language(name, self._language)}

    def _verdict(self, asset: Asset, own_id: str) -> dict[str, Any]:
        state = self._topics.state(asset.name)
        return self._component(PROBLEM.platform, f"{own_id}_verdict", WORDS["verdict"]) | {
            "device_class": PROBLEM.device_class,
            "state_topic": state,
            "value_template": VERDICT,
            "json_attributes_topic": state,
            "json_attributes_template": ATTRIBUTES,
        }

    def _tickets(self, asset: Asset, own_id: str) -> dict[str, Any]:
        return self._component("sensor", f"{own_id}_tickets", WORDS["tickets"]) | {
            "state_topic": self._topics.state(asset.name),
            "value_template": TICKETS,
            "state_class": "measurement",
        }

    def _button(self, asset: Asset, own_id: str) -> dict[str, Any]:
        return self._component("button", f"{own_id}_acknowledge", WORDS["acknowledge"]) | {
            "command_topic": self._topics.acknowledge(asset.name),
            "payload_press": PRESS,
            "retain": False,
        }

    def _point(self, asset: Asset, kind: Kind, point: str, own_id: str) -> dict[str, Any]:
        look, state = look_of(kind, point), self._topics.state(asset.name)
        made = self._component(look.platform, f"{own_id}_p_{point.replace('.', '_')}", kind.means(point))
        made |= {"state_topic": state, "value_template": _template(point, look)}
        made |= {"device_class": look.device_class} if look.device_class else {}
        made |= {"unit_of_measurement": look.unit} if look.unit else {}
        made |= {"state_class": "measurement"} if kind.type_of(point) == "number" else {}
        made |= {"entity_category": "diagnostic"} if look.device_class == "timestamp" else {}
        # Both must say so: the gateway is there, and so is one of the asset's devices.
        own = {
            "topic": state,
            "value_template": AVAILABLE,
            "payload_available": ONLINE,
            "payload_not_available": OFFLINE,
        }
        return made | {"availability": [{"topic": self._topics.status}, own], "availability_mode": "all"}


def _template(point: str, look: Look) -> str:
    """Home Assistant's template for a point's value; what is not known is said to be unknown."""
    value = f"value_json.points['{point}'].value"
    if look.platform == "binary_sensor":
        on, off = ("OFF", "ON") if look.inverted else ("ON", "OFF")
        said = f"{{'True': '{on}', 'False': '{off}'}}.get({value} | string, '{NOTHING}')"
        return f"{{{{ {said} }}}}"
    if look.device_class == "timestamp":
        return f"{{{{ ({value} | as_datetime).isoformat() if {value} is not none else '{NOTHING}' }}}}"
    if look.factor != 1.0:
        return f"{{{{ ({value} * {look.factor:g}) | round(6) if {value} is not none else '{NOTHING}' }}}}"
    return f"{{{{ {value} if {value} is not none else '{NOTHING}' }}}}"
