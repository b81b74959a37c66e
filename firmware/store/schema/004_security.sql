-- The security log, what of it the central system has not heard yet, and the certificates.

CREATE TABLE security_event (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    kind      TEXT    NOT NULL, -- as the security whitepaper for OCPP 1.6 spells it
    at        TEXT    NOT NULL,
    tech_info TEXT    NOT NULL CHECK (length(tech_info) <= 255),
    is_owed   INTEGER NOT NULL CHECK (is_owed IN (0, 1))
) STRICT;
CREATE INDEX security_event_owed ON security_event (id) WHERE is_owed = 1;

-- private_key: of the station's own. The file has mode 0600.
CREATE TABLE certificate (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL UNIQUE,
    usage       TEXT NOT NULL,
    pem         TEXT NOT NULL CHECK (length(pem) <= 65536),
    private_key TEXT CHECK (length(private_key) <= 65536)
) STRICT;
