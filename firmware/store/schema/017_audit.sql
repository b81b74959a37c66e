-- Who asked for which change, when, and what came of it.

CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at     TEXT NOT NULL,
    who    TEXT NOT NULL CHECK (length(who) <= 255),
    role   TEXT NOT NULL CHECK (length(role) <= 255),
    way    TEXT NOT NULL CHECK (length(way) <= 255),
    action TEXT NOT NULL CHECK (length(action) <= 255),
    detail TEXT NOT NULL CHECK (length(detail) <= 255),
    result TEXT NOT NULL CHECK (length(result) <= 255)
) STRICT;
