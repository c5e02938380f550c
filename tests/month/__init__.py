"""A simulated month, replayed and judged, beside what the simulators know to be true."""
