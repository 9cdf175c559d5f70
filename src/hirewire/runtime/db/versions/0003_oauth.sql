-- The keys that tokens are signed with; private parts are sealed. Safe before the deploy.
CREATE TABLE oauth_keys (
  id text NOT NULL PRIMARY KEY,
  algorithm text NOT NULL,
  public bytea NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL,
  signs_from timestamptz NOT NULL,
  published_until timestamptz
);
