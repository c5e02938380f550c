"""Sources: one guarded bus per Modbus line, one shared client per MQTT broker."""
