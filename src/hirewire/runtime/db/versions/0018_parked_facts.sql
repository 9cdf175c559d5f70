-- Facts that a durable listener gave up, for an operator to decide about. Safe before the deploy.
-- Each is a copy: the log may forget its own meanwhile. A retry_at is an operator's wish, which
-- the listener sees to where it runs.
CREATE TABLE parked_facts (
  listener text NOT NULL,
  id uuid NOT NULL,
  tx bigint NOT NULL,
  seq bigint NOT NULL,
  kind text NOT NULL,
  employer_id uuid,
  at timestamptz NOT NULL,
  body text NOT NULL,
  tries integer NOT NULL,
  last_error text NOT NULL,
  parked_at timestamptz NOT NULL,
  retry_at timestamptz,
  PRIMARY KEY (listener, id)
);
