-- What changes about interviews, and how much of their time was told. Safe before the deploy.
ALTER TABLE interviews ADD COLUMN sequence integer NOT NULL DEFAULT 0;

ALTER TABLE interviews ADD COLUMN changed_at timestamptz;

-- 0 while nothing was, 1 once their start was, 2 once their end was too. Nothing is told of
-- interviews that are older than this, unless they are rescheduled.
ALTER TABLE interviews ADD COLUMN told integer NOT NULL DEFAULT 0;
