-- Messages of no transaction wait in the same queue: clock-aligned samples of a free connector
-- (OCPP 1.6 3.7, 3.16.2). Only then is tx_id NULL.

CREATE TABLE outbox_10 (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    tx_id      TEXT    REFERENCES session (tx_id) DEFERRABLE INITIALLY DEFERRED,
    kind       TEXT    NOT NULL,
    is_sample  INTEGER NOT NULL,
    message_id TEXT    NOT NULL UNIQUE,
    fact       TEXT    NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    is_offline INTEGER NOT NULL CHECK (is_offline IN (0, 1))
) STRICT;
INSERT INTO outbox_10 SELECT id, tx_id, kind, is_sample, message_id, fact, attempts, is_offline
    FROM outbox ORDER BY id;
DROP TABLE outbox;
ALTER TABLE outbox_10 RENAME TO outbox;
CREATE INDEX outbox_tx ON outbox (tx_id);
CREATE INDEX outbox_kind ON outbox (kind, is_sample, id);
