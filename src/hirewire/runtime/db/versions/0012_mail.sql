-- Mails, from the change that calls for one until some time after it left. Safe before the deploy.
-- One for each matter, version of it, kind and person. What it says stays until it is settled;
-- what its reader knows by it stays longer, for the next one to tell what is new.
CREATE TABLE mails (
  id uuid NOT NULL PRIMARY KEY,
  about_id uuid NOT NULL,
  sequence integer NOT NULL,
  kind text NOT NULL,
  recipient text NOT NULL,
  email text NOT NULL,
  name text,
  message_id text NOT NULL UNIQUE,
  state text NOT NULL,
  tries integer NOT NULL,
  last_error text,
  created_at timestamptz NOT NULL,
  useful_until timestamptz NOT NULL,
  settled_at timestamptz,
  body text,
  told text,
  UNIQUE (about_id, sequence, kind, recipient)
);

CREATE INDEX mails_by_state ON mails (state, useful_until);
