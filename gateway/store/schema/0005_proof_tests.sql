-- The proof tests that the gateway itself runs, one for each asset, and those that are planned.
CREATE TABLE procedures (
    site TEXT NOT NULL,
    asset TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (site, asset)
) WITHOUT ROWID;

CREATE TABLE slots (
    site TEXT NOT NULL,
    asset TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (site, asset, kind)
) WITHOUT ROWID;
