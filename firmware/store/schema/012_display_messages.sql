-- Messages for the display. They outlive a reboot (OCPP 2.0.1 O01.FR.10).

CREATE TABLE display_message (
    id      TEXT PRIMARY KEY, -- a number, but the central system may choose it of any size
    message TEXT NOT NULL CHECK (length(message) <= 4096)
) STRICT;
