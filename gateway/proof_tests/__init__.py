"""Proof tests and discharges: followed by their readings, judged by evidence alone, told as entries of the log book."""
