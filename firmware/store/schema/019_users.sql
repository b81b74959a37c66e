-- People of this charger, their cards, and whose each session was.

CREATE TABLE local_user (
    number      INTEGER PRIMARY KEY,
    name        TEXT NOT NULL CHECK (length(name) <= 60),
    valid_from  TEXT,
    valid_until TEXT,
    budget_wh   INTEGER,
    is_removed  INTEGER NOT NULL CHECK (is_removed IN (0, 1))
) STRICT;

CREATE TABLE user_card (
    card        TEXT PRIMARY KEY, -- upper case
    user_number INTEGER NOT NULL REFERENCES local_user (number) ON DELETE CASCADE
) STRICT;
CREATE INDEX user_card_user ON user_card (user_number);

ALTER TABLE session ADD COLUMN user_number INTEGER
    REFERENCES local_user (number) ON DELETE SET NULL;
CREATE INDEX session_user ON session (user_number, started_at) WHERE user_number IS NOT NULL;

-- A session is of the user whose card it had first, whatever becomes of that card.
CREATE TRIGGER session_of_user AFTER INSERT ON session WHEN NEW.id_token IS NOT NULL
BEGIN
    UPDATE session SET user_number =
        (SELECT user_number FROM user_card WHERE card = upper(NEW.id_token))
    WHERE number = NEW.number;
END;
CREATE TRIGGER session_gets_user AFTER UPDATE OF id_token ON session
WHEN NEW.user_number IS NULL AND NEW.id_token IS NOT NULL AND OLD.id_token IS NULL
BEGIN
    UPDATE session SET user_number =
        (SELECT user_number FROM user_card WHERE card = upper(NEW.id_token))
    WHERE number = NEW.number;
END;
