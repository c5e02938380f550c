"""The touchpoint standard: clauses, their requirements and the verdicts they give. Pure: no I/O, no clock."""
