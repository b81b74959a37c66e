-- Receipts on their way: one row for each way, which stays so that none is made twice.

CREATE TABLE delivery (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE CHECK (length(message_id) BETWEEN 1 AND 100),
    tx_id      TEXT NOT NULL REFERENCES session (tx_id) ON DELETE CASCADE,
    way        TEXT NOT NULL CHECK (length(way) <= 20),
    is_done    INTEGER NOT NULL DEFAULT 0 CHECK (is_done IN (0, 1))
) STRICT;

CREATE INDEX delivery_owed ON delivery (way, number) WHERE is_done = 0;
