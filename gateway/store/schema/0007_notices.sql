-- What people are still to be told, and what they were told: rows by part (event, entry, thread, line, sent) and key.
CREATE TABLE notices (
    site TEXT NOT NULL,
    part TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (site, part, key)
) WITHOUT ROWID;
