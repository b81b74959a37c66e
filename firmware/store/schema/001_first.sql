-- The first schema: sessions, the messages they owe, and what the station must remember.
-- Times are ISO 8601 text in UTC, so they sort. Energy is integer Wh.

CREATE TABLE session (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    tx_id           TEXT    NOT NULL UNIQUE CHECK (length(tx_id) BETWEEN 1 AND 64),
    evse_id         INTEGER NOT NULL,
    state           TEXT    NOT NULL CHECK (length(state) <= 65536),
    started_at      TEXT    NOT NULL,
    id_token        TEXT,
    energy_wh_start INTEGER NOT NULL,
    is_open         INTEGER NOT NULL CHECK (is_open IN (0, 1)),
    ended_at        TEXT,
    energy_wh_end   INTEGER,
    reason          TEXT,
    csms_tx_id      TEXT, -- a number, but the central system may choose it of any size
    start_discarded INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX session_open ON session (is_open, number);
CREATE INDEX session_csms ON session (csms_tx_id) WHERE csms_tx_id IS NOT NULL;

-- A message owed to the central system; rows are sent and deleted in order of id.
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    tx_id      TEXT    NOT NULL REFERENCES session (tx_id) DEFERRABLE INITIALLY DEFERRED,
    kind       TEXT    NOT NULL,
    is_sample  INTEGER NOT NULL,
    message_id TEXT    NOT NULL UNIQUE,
    fact       TEXT    NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    is_offline INTEGER NOT NULL CHECK (is_offline IN (0, 1))
) STRICT;
CREATE INDEX outbox_tx ON outbox (tx_id);
CREATE INDEX outbox_kind ON outbox (kind, is_sample, id);

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (length(value) <= 65536)
) STRICT;

CREATE TABLE verdict (
    token    TEXT PRIMARY KEY,
    status   TEXT NOT NULL,
    group_id TEXT,
    expires  TEXT,
    at       TEXT NOT NULL
) STRICT;
CREATE INDEX verdict_at ON verdict (at);

CREATE TABLE evse (
    evse_id    INTEGER PRIMARY KEY,
    in_service INTEGER NOT NULL CHECK (in_service IN (0, 1))
) STRICT;

CREATE TABLE fault (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    evse_id    INTEGER NOT NULL,
    fault      TEXT    NOT NULL,
    raised_at  TEXT    NOT NULL,
    cleared_at TEXT
) STRICT;
CREATE UNIQUE INDEX fault_active ON fault (evse_id, fault) WHERE cleared_at IS NULL;
CREATE INDEX fault_cleared ON fault (cleared_at, number);

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (length(value) <= 65536)
) STRICT;
