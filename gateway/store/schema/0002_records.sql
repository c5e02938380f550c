-- What people, or other systems, told of an asset: an inspection, a service. Told twice in the same words is told once.
CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    asset TEXT NOT NULL,
    record TEXT NOT NULL,
    at REAL NOT NULL,
    who TEXT NOT NULL,
    note TEXT NOT NULL,
    told_at REAL NOT NULL,
    UNIQUE (site, asset, record, at, who, note)
);
