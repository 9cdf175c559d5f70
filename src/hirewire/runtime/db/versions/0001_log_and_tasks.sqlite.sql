-- The log of facts, the cursors of its listeners, and the task queue. Safe before the deploy.
CREATE TABLE facts (
  seq integer PRIMARY KEY AUTOINCREMENT,
  tx bigint NOT NULL DEFAULT 0,
  id uuid NOT NULL UNIQUE,
  kind text NOT NULL,
  employer_id uuid,
  at timestamptz NOT NULL,
  body text NOT NULL
);

CREATE INDEX facts_position ON facts (tx, seq);

CREATE TABLE listeners (
  name text NOT NULL PRIMARY KEY,
  tx bigint NOT NULL,
  seq bigint NOT NULL
);

CREATE TABLE tasks (
  id uuid NOT NULL PRIMARY KEY,
  name text NOT NULL,
  key text,
  payload text NOT NULL,
  due_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  lease_id uuid,
  leased_until timestamptz,
  dead_at timestamptz,
  last_error text
);

CREATE UNIQUE INDEX tasks_waiting ON tasks (name, key)
WHERE lease_id IS NULL AND dead_at IS NULL;

CREATE INDEX tasks_due ON tasks (due_at, id) WHERE dead_at IS NULL;

CREATE INDEX tasks_leased ON tasks (leased_until) WHERE lease_id IS NOT NULL;

CREATE INDEX tasks_dead ON tasks (dead_at, id) WHERE dead_at IS NOT NULL;
