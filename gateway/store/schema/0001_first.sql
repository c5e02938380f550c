CREATE TABLE points (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (site, name)
);

-- A reading is kept when it changed. value is NULL for a bad reading, and bad says why.
-- point is a row of points; to have that checked would cost as much again as the rows themselves.
CREATE TABLE history (
    at REAL NOT NULL,
    point INTEGER NOT NULL,
    value,
    bad TEXT,
    PRIMARY KEY (at, point)
) WITHOUT ROWID;

CREATE TABLE alarms (
    site TEXT NOT NULL,
    asset TEXT NOT NULL,
    clause TEXT NOT NULL,
    phase TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (site, asset, clause)
) WITHOUT ROWID;

CREATE TABLE tickets (
    site TEXT NOT NULL,
    id INTEGER NOT NULL,
    asset TEXT NOT NULL,
    clause TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_at REAL NOT NULL,
    closed_at REAL,
    body TEXT NOT NULL,
    PRIMARY KEY (site, id)
) WITHOUT ROWID;

-- The last line of defence against a doubled ticket.
CREATE UNIQUE INDEX one_open_ticket ON tickets (site, asset, clause) WHERE state <> 'closed';

CREATE TABLE events (
    site TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    at REAL NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (site, sequence)
) WITHOUT ROWID;

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    output TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    tries INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    UNIQUE (site, output, sequence)
);
CREATE INDEX outbox_waiting ON outbox (output, id) WHERE state = 'waiting';

CREATE TABLE memories (
    point INTEGER PRIMARY KEY REFERENCES points (id),
    body TEXT NOT NULL
);

CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    at REAL NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    data TEXT NOT NULL,
    hash TEXT NOT NULL
);

-- MQTT messages that were committed; one that comes again was not seen acknowledged by its broker.
CREATE TABLE receipts (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    site TEXT NOT NULL,
    key TEXT NOT NULL
);
