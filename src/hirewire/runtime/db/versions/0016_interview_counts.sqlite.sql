-- How many interviews an employer has that start on each day (UTC, since 1970), kept by triggers. Safe before the deploy.
CREATE TABLE interview_counts (
  employer_id uuid NOT NULL,
  day integer NOT NULL,
  media_type text NOT NULL,
  is_canceled boolean NOT NULL,
  shard integer NOT NULL,
  many integer NOT NULL,
  PRIMARY KEY (employer_id, day, media_type, is_canceled, shard)
) WITHOUT ROWID;

INSERT INTO interview_counts
SELECT employer_id, (starts_at + 86400000000000000) / 86400000000 - 1000000, media_type,
       canceled_at IS NOT NULL, 0, count(*)
FROM interviews GROUP BY 1, 2, 3, 4;

-- Days before 1970 are counted down: whole numbers are divided towards zero.
CREATE TRIGGER interview_counted AFTER INSERT ON interviews
BEGIN
  INSERT INTO interview_counts
  VALUES (NEW.employer_id, (NEW.starts_at + 86400000000000000) / 86400000000 - 1000000,
          NEW.media_type, NEW.canceled_at IS NOT NULL, 0, 1)
  ON CONFLICT DO UPDATE SET many = many + 1; END;

CREATE TRIGGER interview_counted_anew AFTER UPDATE OF starts_at, canceled_at ON interviews
WHEN OLD.starts_at <> NEW.starts_at OR (OLD.canceled_at IS NULL) <> (NEW.canceled_at IS NULL)
BEGIN
  UPDATE interview_counts SET many = many - 1
  WHERE employer_id = OLD.employer_id AND media_type = OLD.media_type
    AND day = (OLD.starts_at + 86400000000000000) / 86400000000 - 1000000
    AND is_canceled = (OLD.canceled_at IS NOT NULL); INSERT INTO interview_counts
  VALUES (NEW.employer_id, (NEW.starts_at + 86400000000000000) / 86400000000 - 1000000,
          NEW.media_type, NEW.canceled_at IS NOT NULL, 0, 1)
  ON CONFLICT DO UPDATE SET many = many + 1; END;

CREATE TRIGGER interview_uncounted AFTER DELETE ON interviews
BEGIN
  UPDATE interview_counts SET many = many - 1
  WHERE employer_id = OLD.employer_id AND media_type = OLD.media_type
    AND day = (OLD.starts_at + 86400000000000000) / 86400000000 - 1000000
    AND is_canceled = (OLD.canceled_at IS NOT NULL); END;
