"""A property that can break: plants, the devices wired to them, and the wires. Knows no gateway."""
