-- Which limit bound at an EVSE, from when on; the next row of the EVSE ends it.

CREATE TABLE limit_change (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    evse_id   INTEGER NOT NULL,
    at        TEXT NOT NULL,
    source    TEXT NOT NULL CHECK (length(source) <= 40),
    current_a REAL NOT NULL,
    reason    TEXT NOT NULL CHECK (length(reason) <= 255),
    changes   INTEGER NOT NULL CHECK (changes >= 1)
) STRICT;

CREATE INDEX limit_change_at ON limit_change (at);
