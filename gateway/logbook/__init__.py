"""The log book of proof tests and discharges as people see it: as data, as a page to print, as curves."""
