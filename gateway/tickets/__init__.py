"""Maintenance tickets, closed only by measurement. Pure: handed the alarm and the time."""
