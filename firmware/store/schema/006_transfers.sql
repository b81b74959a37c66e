-- Files that come and go: the update that was ordered, the log that is sent, the statuses that
-- are still owed. Each is one text that its owner reads.

CREATE TABLE transfer (
    name TEXT PRIMARY KEY,
    text TEXT NOT NULL CHECK (length(text) <= 65536)
) STRICT;
