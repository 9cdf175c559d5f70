-- What people allowed apps, and the codes and refresh tokens that stand on it. Safe before the deploy.
-- Of codes and tokens only the SHA-256 is kept.
CREATE TABLE oauth_grants (
  id uuid NOT NULL PRIMARY KEY,
  person_id uuid NOT NULL,
  app_id text NOT NULL,
  scopes text NOT NULL,
  granted_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  revoked_at timestamptz
);

CREATE UNIQUE INDEX live_grant_of_person_and_app ON oauth_grants (person_id, app_id)
  WHERE revoked_at IS NULL;
CREATE INDEX grants_of_app ON oauth_grants (app_id, id);

-- A family is everything that came from one authorization: its code, and the tokens after it.
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
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revoked_because text
);

CREATE INDEX families_of_grant ON oauth_families (grant_id, id);
CREATE INDEX families_by_expiry ON oauth_families (expires_at);

CREATE TABLE oauth_codes (
  digest bytea NOT NULL PRIMARY KEY,
  family_id uuid NOT NULL REFERENCES oauth_families (id),
  redirect_uri text NOT NULL,
  nonce text,
  code_challenge text,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);

CREATE INDEX codes_of_family ON oauth_codes (family_id);
CREATE INDEX codes_by_expiry ON oauth_codes (expires_at);

-- A rotated token keeps its successor, sealed under a key that only its own text leads to.
CREATE TABLE oauth_refresh_tokens (
  digest bytea NOT NULL PRIMARY KEY,
  family_id uuid NOT NULL REFERENCES oauth_families (id),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  sealed_successor bytea
);

CREATE INDEX refresh_tokens_of_family ON oauth_refresh_tokens (family_id);

-- Ids of tokens, families and grants whose access tokens are good no more, until those expire.
CREATE TABLE oauth_revocations (
  id uuid NOT NULL PRIMARY KEY,
  until timestamptz NOT NULL
);

CREATE INDEX revocations_by_expiry ON oauth_revocations (until);
