"""Alarms: an asset that does not meet a clause. Pure: handed the verdict and the time."""
