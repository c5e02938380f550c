"""A year of scheduled tests on simulated luminaires, run by the real gateway, and held against the simulators' book."""
