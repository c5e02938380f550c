-- What waits for outputs of readings: packed blocks, dropped oldest first when there are too many (see spooled.py).
-- sent_at is NULL while it waits. What has arrived is kept for some minutes: a database that is killed forgets its last
-- seconds, and is sent them again (again = 1).
CREATE TABLE spool (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    site TEXT NOT NULL,
    output TEXT NOT NULL,
    at REAL NOT NULL,
    readings INTEGER NOT NULL,
    body BLOB NOT NULL,
    sent_at REAL,
    again INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX spool_waiting ON spool (output, id) WHERE sent_at IS NULL;
CREATE INDEX spool_sent ON spool (output, id) WHERE sent_at IS NOT NULL;

-- Counts of readings: what waits and never arrived, what arrived and is kept, what was ever dropped, and what was
-- dropped since when in the present episode, which is told when it begins and when it is over.
CREATE TABLE spools (
    site TEXT NOT NULL,
    output TEXT NOT NULL,
    waiting INTEGER NOT NULL DEFAULT 0,
    sent INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0,
    dropping INTEGER NOT NULL DEFAULT 0,
    since REAL,
    told INTEGER NOT NULL DEFAULT 0,
    set_aside INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (site, output)
) WITHOUT ROWID;

-- Lines that the receiver refused for what they say; the last thousand are kept.
CREATE TABLE spool_set_aside (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    site TEXT NOT NULL,
    output TEXT NOT NULL,
    at REAL NOT NULL,
    line TEXT NOT NULL,
    error TEXT NOT NULL,
    UNIQUE (site, output, line)
);
