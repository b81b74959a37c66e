-- Central systems that were changed at run time, by slot; 0 is one on trial for slot 1.

CREATE TABLE central_system (
    slot   INTEGER PRIMARY KEY CHECK (slot BETWEEN 0 AND 16),
    system TEXT NOT NULL CHECK (length(system) <= 65536)
) STRICT;

-- Whose books a transaction stands in: those of the central system to which its begin was sent.
ALTER TABLE session ADD COLUMN books TEXT;
