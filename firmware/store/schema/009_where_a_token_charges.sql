-- EVSEs at which a token may charge, "1,3"; empty: at all (OCPP 2.0.1 C01.FR.20).

ALTER TABLE verdict ADD COLUMN evse_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE local_list ADD COLUMN evse_ids TEXT NOT NULL DEFAULT '';
