-- Installed charging profiles. They outlive a reboot (OCPP 1.6 errata 3.37).

CREATE TABLE charging_profile (
    id      TEXT PRIMARY KEY, -- a number, but the central system may choose it of any size
    profile TEXT NOT NULL CHECK (length(profile) <= 65536)
) STRICT;
