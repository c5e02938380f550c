"""Device models, each encoded from its maker's table, over Modbus or MQTT. They know plants, never who reads them."""

from __future__ import annotations

from simulators.devices.came_gard_ptx import CameGardPtx
from simulators.devices.chirpstack import DraginoPsLb, MilesightEm310Tilt, MilesightEm500Pp, MilesightWs301
from simulators.devices.device import ModbusDevice, MqttDevice
from simulators.devices.intesis_dali import IntesisDali
from simulators.devices.invertek_elevator_core import InvertekElevatorCore
from simulators.devices.keller_33x import Keller33x
from simulators.devices.lift_monitors import EleonS1, LiftMonitorJson
from simulators.devices.pulsar_en54c_lcd import PulsarEn54cLcd
from simulators.devices.pzem_016 import Pzem016
from simulators.devices.rs485_pressure import Rs485Pressure
from simulators.devices.shelly_gen2 import ShellyGen2
from simulators.devices.uhppoted import Uhppoted
from simulators.devices.waveshare_relay_d import WaveshareRelayD
from simulators.devices.wb_mai6 import WbMai6
from simulators.devices.wb_mcm8 import WbMcm8
from simulators.devices.wb_ups_v3 import WbUpsV3, WbUpsV3Mqtt
from simulators.devices.witmotion_wtvb01 import WitmotionWtvb01
from simulators.devices.zigbee2mqtt_contact import Zigbee2mqttContact

MODBUS: dict[str, type[ModbusDevice]] = {
    "came-gard-ptx": CameGardPtx,
    "intesis-dali": IntesisDali,
    "invertek-elevator-core": InvertekElevatorCore,
    "keller-33x": Keller33x,
    "pulsar-en54c-lcd": PulsarEn54cLcd,
    "pzem-016": Pzem016,
    "rs485-pressure": Rs485Pressure,
    "waveshare-relay-d": WaveshareRelayD,
    "wb-mai6": WbMai6,
    "wb-mcm8": WbMcm8,
    "wb-ups-v3": WbUpsV3,
    "witmotion-wtvb01": WitmotionWtvb01,
}

MQTT: dict[str, type[MqttDevice]] = {
    "dragino-ps-lb": DraginoPsLb,
    "eleon-s1": EleonS1,
    "lift-monitor-json": LiftMonitorJson,
    "milesight-em310-tilt": MilesightEm310Tilt,
    "milesight-em500-pp": MilesightEm500Pp,
    "milesight-ws301": MilesightWs301,
    "shelly-gen2": ShellyGen2,
    "uhppoted-mqtt": Uhppoted,
    "wb-ups-v3-mqtt": WbUpsV3Mqtt,
    "zigbee2mqtt-contact": Zigbee2mqttContact,
}

__all__ = ["MODBUS", "MQTT", "ModbusDevice", "MqttDevice"]
