-- The name of this database's log, and facts of one employer in their order. Safe before the deploy.
CREATE TABLE log_epoch (
  singleton integer NOT NULL PRIMARY KEY CHECK (singleton = 1),
  epoch bigint NOT NULL
);

CREATE INDEX facts_employer ON facts (employer_id, tx, seq, kind);
