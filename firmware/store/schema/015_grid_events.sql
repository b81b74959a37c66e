-- What happened to the orders of the grid operator, as a chain of digests.

CREATE TABLE grid_event (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    at          TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (length(kind) <= 40),
    commanded_w INTEGER NOT NULL,
    measured_w  INTEGER,
    source      TEXT NOT NULL CHECK (length(source) <= 40),
    reason      TEXT NOT NULL CHECK (length(reason) <= 255),
    previous    TEXT NOT NULL CHECK (length(previous) = 64),
    digest      TEXT NOT NULL CHECK (length(digest) = 64)
) STRICT;

CREATE INDEX grid_event_at ON grid_event (at);
