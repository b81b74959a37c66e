-- Reservations. They outlive a reboot (OCPP 1.6 5.13, 2.0.1 H01).

CREATE TABLE reservation (
    id          TEXT PRIMARY KEY, -- a number, but the central system may choose it of any size
    reservation TEXT NOT NULL CHECK (length(reservation) <= 4096)
) STRICT;
