-- Samples that go with the end of a transaction (OCPP 1.6 StopTransaction.transactionData).

CREATE TABLE stop_sample (
    tx_id   TEXT    NOT NULL REFERENCES session (tx_id) ON DELETE CASCADE,
    place   INTEGER NOT NULL, -- from 1, of all that were taken
    reading TEXT    NOT NULL,
    PRIMARY KEY (tx_id, place)
) STRICT;
