-- How many interviews an employer has that start on each day (UTC, since 1970), kept by triggers. Safe before the deploy.
-- A count is the sum of its shards, so that those who schedule at once seldom wait.
CREATE TABLE interview_counts (
  employer_id uuid NOT NULL,
  day integer NOT NULL,
  media_type text NOT NULL,
  is_canceled boolean NOT NULL,
  shard integer NOT NULL,
  many integer NOT NULL,
  PRIMARY KEY (employer_id, day, media_type, is_canceled, shard)
);

INSERT INTO interview_counts
SELECT employer_id, floor(extract(epoch FROM starts_at) / 86400)::integer, media_type,
       canceled_at IS NOT NULL, 0, count(*)
FROM interviews GROUP BY 1, 2, 3, 4;

-- Rows are locked in one order, so that nobody waits for whom they keep waiting.
CREATE FUNCTION count_interview() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO interview_counts AS c
  SELECT employer_id, day, media_type, is_canceled, shard, sum(many) FROM (
    SELECT OLD.employer_id, floor(extract(epoch FROM OLD.starts_at) / 86400)::integer AS day,
           OLD.media_type, OLD.canceled_at IS NOT NULL AS is_canceled, -1 AS many
    WHERE TG_OP <> 'INSERT'
    UNION ALL
    SELECT NEW.employer_id, floor(extract(epoch FROM NEW.starts_at) / 86400)::integer,
           NEW.media_type, NEW.canceled_at IS NOT NULL, 1
    WHERE TG_OP <> 'DELETE'
  ) AS changes, (SELECT floor(random() * 4)::integer AS shard) AS drawn
  GROUP BY employer_id, day, media_type, is_canceled, shard HAVING sum(many) <> 0
  ORDER BY employer_id, day, media_type, is_canceled, shard
  ON CONFLICT (employer_id, day, media_type, is_canceled, shard)
  DO UPDATE SET many = c.many + excluded.many; RETURN NULL; END $$;

CREATE TRIGGER interview_counted AFTER INSERT OR DELETE ON interviews
FOR EACH ROW EXECUTE FUNCTION count_interview();

CREATE TRIGGER interview_counted_anew AFTER UPDATE OF starts_at, canceled_at ON interviews
FOR EACH ROW
WHEN (OLD.starts_at <> NEW.starts_at OR (OLD.canceled_at IS NULL) <> (NEW.canceled_at IS NULL))
EXECUTE FUNCTION count_interview();
