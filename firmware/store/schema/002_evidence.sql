-- Results of self-tests, traces of the flight recorder, and how often each fault came since ever.

CREATE TABLE self_test (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    evse_id     INTEGER NOT NULL, -- 0: the station itself
    test        INTEGER NOT NULL,
    at          TEXT    NOT NULL,
    result      INTEGER NOT NULL, -- as in firmware/safety/selftest.py
    value       INTEGER, -- in the test's unit; NULL where there is none
    low         INTEGER,
    high        INTEGER,
    duration_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX self_test_newest ON self_test (evse_id, test, number);

CREATE TABLE trace (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    evse_id  INTEGER NOT NULL,
    at       TEXT    NOT NULL,
    trace_id INTEGER NOT NULL, -- ring 1's own, begins again when it restarts
    cause    INTEGER NOT NULL, -- code of a fault; 255: somebody asked
    rows     BLOB    NOT NULL CHECK (length(rows) <= 65536)
) STRICT;
CREATE INDEX trace_newest ON trace (evse_id, number);

-- Only grows, also when the history of faults is cut short.
CREATE TABLE fault_count (
    evse_id INTEGER NOT NULL,
    fault   TEXT    NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (evse_id, fault)
) STRICT, WITHOUT ROWID;
INSERT INTO fault_count (evse_id, fault, count)
    SELECT evse_id, fault, COUNT(*) FROM fault GROUP BY evse_id, fault;
