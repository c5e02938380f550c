-- Work that is announced ahead, and what became of it.
CREATE TABLE works (
    site TEXT NOT NULL,
    id INTEGER NOT NULL,
    asset TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (site, id)
) WITHOUT ROWID;
