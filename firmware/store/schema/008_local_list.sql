-- The local authorisation list (OCPP 1.6 3.5.2, 2.0.1 D01); its version is in meta.

CREATE TABLE local_list (
    token    TEXT PRIMARY KEY, -- upper case
    status   TEXT NOT NULL,
    group_id TEXT,
    expires  TEXT
) STRICT;
