-- The same asked again soon after is no line of its own; nobody pushes the others' lines out.

ALTER TABLE audit ADD COLUMN times INTEGER NOT NULL DEFAULT 1 CHECK (times >= 1);
ALTER TABLE audit ADD COLUMN last TEXT;
CREATE INDEX audit_by_who ON audit (who, action, number);
