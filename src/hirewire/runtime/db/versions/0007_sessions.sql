-- Who is signed in with which browser, and who tried too often. Safe before the deploy.
-- Only the SHA-256 of what a browser holds is kept.
CREATE TABLE sessions (
  id uuid NOT NULL PRIMARY KEY,
  digest bytea NOT NULL UNIQUE,
  person_id uuid NOT NULL REFERENCES people (id),
  authenticated_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);

CREATE INDEX sessions_of_person ON sessions (person_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Failed attempts to sign in, counted under an account's or an address's key.
CREATE TABLE sign_in_failures (
  key text NOT NULL PRIMARY KEY,
  failures integer NOT NULL,
  until timestamptz NOT NULL
);

CREATE INDEX sign_in_failures_by_expiry ON sign_in_failures (until);
