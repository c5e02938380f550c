"""Reports of a period: work against its targets, and the health of the alarms. Pure, but for reading.py."""
