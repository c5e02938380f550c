-- Since when a clause cannot be judged whose patience lasts days: restarts do not begin it anew.
CREATE TABLE unknown (
    site TEXT NOT NULL,
    asset TEXT NOT NULL,
    clause TEXT NOT NULL,
    since REAL NOT NULL,
    PRIMARY KEY (site, asset, clause)
) WITHOUT ROWID;
