-- What the central system said of the price and the cost of a session, as it said it.

CREATE TABLE session_cost (
    tx_id TEXT PRIMARY KEY REFERENCES session (tx_id) ON DELETE CASCADE,
    told  TEXT NOT NULL CHECK (length(told) <= 65536)
) STRICT;
