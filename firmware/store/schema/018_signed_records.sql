-- What was signed of the begin and the end of a session; a page number is given once.

CREATE TABLE signed_record (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    page       INTEGER UNIQUE CHECK (page >= 1),
    tx_id      TEXT NOT NULL REFERENCES session (tx_id) ON DELETE CASCADE,
    context    TEXT NOT NULL CHECK (length(context) <= 40),
    format     TEXT NOT NULL CHECK (length(format) <= 40),
    text       TEXT NOT NULL CHECK (length(text) <= 16384),
    public_key TEXT NOT NULL CHECK (length(public_key) <= 4000)
) STRICT;

CREATE INDEX signed_record_tx ON signed_record (tx_id);
