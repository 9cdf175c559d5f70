-- What people allowed apps, and the codes and refresh tokens that stand on it. Safe before the deploy.
-- Of codes and tokens only the SHA-256 is kept.
CREATE TABLE oauth_grants (
  id uuid NOT NULL PRIMARY KEY,
  person_id uuid NOT NULL,
  app_id text NOT NULL,
  scopes text NOT NULL,
  refused text NOT NULL DEFAULT '',
  granted_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  revoked_at timestamptz
);

CREATE UNIQUE INDEX live_grant_of_person_and_app ON oauth_grants (person_id, app_id)
  WHERE revoked_at IS NULL;
CREATE INDEX revoked_grants ON oauth_grants (revoked_at) WHERE revoked_at IS NOT NULL;

-- A family is everything that came from one authorization: its code, and the tokens after it.
-- It has one row, so that it has one code and never more than one live refresh token.
CREATE TABLE oauth_families (
  id uuid NOT NULL PRIMARY KEY,
  grant_id uuid NOT NULL REFERENCES oauth_grants (id),
  person_id uuid NOT NULL,
  app_id text NOT NULL,
  scopes text NOT NULL,
  picked_employer_id uuid,
  employer_id uuid,
  authenticated_at timestamptz NOT NULL,
  proof_key text,
  redirect_uri text NOT NULL,
  nonce text,
  code_challenge text,
  code_digest bytea NOT NULL UNIQUE,
  code_expires_at timestamptz NOT NULL,
  redeemed_at timestamptz,
  refresh_digest bytea,
  refresh_expires_at timestamptz,
  used_at timestamptz NOT NULL,
  kept_until timestamptz NOT NULL,
  revoked_at timestamptz,
  revoked_because text
);

CREATE INDEX families_of_grant ON oauth_families (grant_id, id);
CREATE INDEX families_by_expiry ON oauth_families (kept_until);

-- Refresh tokens that were rotated away. Each keeps its successor for a moment, sealed under a
-- key that only its own text leads to. No key points to the family: a row is written with every
-- refresh, and found by its digest alone.
CREATE TABLE oauth_consumed_tokens (
  digest bytea NOT NULL PRIMARY KEY,
  family_id uuid NOT NULL,
  consumed_at timestamptz NOT NULL,
  sealed_successor bytea
);

CREATE INDEX consumed_tokens_by_time ON oauth_consumed_tokens (consumed_at);

-- Ids of tokens, families and grants whose access tokens are good no more, until those expire.
CREATE TABLE oauth_revocations (
  id uuid NOT NULL PRIMARY KEY,
  until timestamptz NOT NULL
);

CREATE INDEX revocations_by_expiry ON oauth_revocations (until);
