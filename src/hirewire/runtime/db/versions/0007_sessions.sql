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

-- Attempts to sign in that failed, or have yet to succeed, counted under an account's or a
-- client's key; the next one may begin at retry_at, and all are forgotten at until.
CREATE TABLE sign_in_failures (
  key text NOT NULL PRIMARY KEY,
  failures integer NOT NULL,
  retry_at timestamptz NOT NULL,
  was_told boolean NOT NULL DEFAULT false,
  until timestamptz NOT NULL
);

CREATE INDEX sign_in_failures_by_expiry ON sign_in_failures (until);

-- In which browsers a person has signed in before: strangers' failures do not count there.
CREATE TABLE known_browsers (
  person_id uuid NOT NULL REFERENCES people (id),
  browser_digest bytea NOT NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (person_id, browser_digest)
);

CREATE INDEX known_browsers_by_expiry ON known_browsers (until);
