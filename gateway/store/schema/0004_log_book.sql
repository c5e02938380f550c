-- The log book of proof tests and discharges: only ever added to, each row's hash covers the row and the hash before it.
CREATE TABLE log_book (
    site TEXT NOT NULL,
    id INTEGER NOT NULL,
    asset TEXT NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    started_at REAL NOT NULL,
    ended_at REAL NOT NULL,
    lasted REAL NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    UNIQUE (site, id)
);
CREATE TRIGGER log_book_stands BEFORE UPDATE ON log_book BEGIN SELECT raise(ABORT, 'the log book is never changed'); END;
CREATE TRIGGER log_book_stays BEFORE DELETE ON log_book BEGIN SELECT raise(ABORT, 'the log book is never changed'); END;

-- The discharges that go on, as far as they were seen, and their curves so far.
CREATE TABLE runs (
    site TEXT NOT NULL,
    asset TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (site, asset)
) WITHOUT ROWID;
CREATE TABLE samples (
    site TEXT NOT NULL,
    asset TEXT NOT NULL,
    started_at REAL NOT NULL,
    at REAL NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (site, asset, started_at, at)
) WITHOUT ROWID;
