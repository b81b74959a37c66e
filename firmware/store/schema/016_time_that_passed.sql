-- How long the station was seen to run until a row was written, whatever its clock said.

ALTER TABLE limit_change ADD COLUMN now_s REAL NOT NULL DEFAULT 0;
ALTER TABLE limit_change ADD COLUMN ran_s REAL NOT NULL DEFAULT 0;
ALTER TABLE grid_event ADD COLUMN now_s REAL NOT NULL DEFAULT 0;
ALTER TABLE grid_event ADD COLUMN ran_s REAL NOT NULL DEFAULT 0;

CREATE INDEX limit_change_ran ON limit_change (ran_s);
CREATE INDEX grid_event_ran ON grid_event (ran_s);
