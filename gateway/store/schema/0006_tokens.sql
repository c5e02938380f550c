-- Who may command devices over the API. Of a token's secret only the SHA-256 is kept.
CREATE TABLE tokens (
    site TEXT NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    revoked_at REAL,
    last_used_at REAL,
    PRIMARY KEY (site, id),
    UNIQUE (site, name)
) WITHOUT ROWID;
