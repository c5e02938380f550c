"""The store: one SQLite file, one writing connection on one thread, one transaction a tick."""
