-- Authorization requests: those pushed ahead, and those on their way through the pages. Safe before the deploy.
-- Of what an app or a browser holds only the SHA-256 is kept.
CREATE TABLE oauth_pushed_requests (
  digest bytea NOT NULL PRIMARY KEY,
  app_id text NOT NULL,
  parameters text NOT NULL,
  expires_at timestamptz NOT NULL
);

CREATE INDEX pushed_requests_by_expiry ON oauth_pushed_requests (expires_at);

-- begun_in is the session that was there before anybody was asked, person_id whose answers these are.
CREATE TABLE oauth_interactions (
  id uuid NOT NULL PRIMARY KEY,
  browser_digest bytea NOT NULL,
  app_id text NOT NULL,
  parameters text NOT NULL,
  begun_at timestamptz NOT NULL,
  begun_in uuid,
  expires_at timestamptz NOT NULL,
  person_id uuid,
  employer_settled boolean NOT NULL DEFAULT false,
  employer_id uuid
);

CREATE INDEX interactions_by_expiry ON oauth_interactions (expires_at);

-- Ids of proofs and assertions that were used, so that none is good twice.
CREATE TABLE oauth_used_ids (
  digest bytea NOT NULL PRIMARY KEY,
  until timestamptz NOT NULL
);

CREATE INDEX used_ids_by_expiry ON oauth_used_ids (until);
