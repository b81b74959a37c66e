-- What a payment terminal was asked to hold, and what became of it; each name is given once.

CREATE TABLE payment (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    reference  TEXT NOT NULL UNIQUE CHECK (length(reference) BETWEEN 1 AND 36),
    state      TEXT NOT NULL CHECK (length(state) BETWEEN 1 AND 20),
    is_open    INTEGER NOT NULL CHECK (is_open IN (0, 1)),
    evse_id    INTEGER NOT NULL CHECK (evse_id >= 1),
    card       TEXT NOT NULL CHECK (length(card) <= 20),
    held       INTEGER NOT NULL CHECK (held >= 1),
    currency   TEXT NOT NULL CHECK (length(currency) = 3),
    asked_at   TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    tx_id      TEXT,
    claimed    INTEGER CHECK (claimed >= 1),
    note       TEXT NOT NULL CHECK (length(note) <= 200)
) STRICT;

CREATE INDEX payment_open ON payment (number) WHERE is_open = 1;
