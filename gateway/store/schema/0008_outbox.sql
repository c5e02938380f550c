-- When a delivery was set aside or discarded. What is set aside is looked for often, and is little.
ALTER TABLE outbox ADD COLUMN moved_at REAL NOT NULL DEFAULT 0;
CREATE INDEX outbox_aside ON outbox (output, id) WHERE state = 'set-aside';

-- The outputs of which it was told that they take nothing, and not yet that they do again.
CREATE TABLE output_troubles (
    site TEXT NOT NULL,
    output TEXT NOT NULL,
    since REAL NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (site, output)
) WITHOUT ROWID;

-- Links that were used, until they would have expired anyway: none counts twice.
CREATE TABLE used_links (
    site TEXT NOT NULL,
    nonce TEXT NOT NULL,
    until REAL NOT NULL,
    PRIMARY KEY (site, nonce)
) WITHOUT ROWID;
