-- People, employers, memberships and apps. Safe before the deploy.
CREATE TABLE people (
  id uuid NOT NULL PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL,
  email_key text NOT NULL UNIQUE,
  password_hash text,
  created_at timestamptz NOT NULL
);

CREATE TABLE employers (
  id uuid NOT NULL PRIMARY KEY,
  legacy_id text NOT NULL UNIQUE,
  name text NOT NULL,
  country text NOT NULL,
  currency text NOT NULL,
  time_zone text NOT NULL,
  moderation_status text NOT NULL,
  master_id uuid REFERENCES employers (id),
  created_at timestamptz NOT NULL
);

CREATE INDEX employers_of_master ON employers (master_id, id);

CREATE TABLE memberships (
  person_id uuid NOT NULL REFERENCES people (id),
  employer_id uuid NOT NULL REFERENCES employers (id),
  role text NOT NULL,
  PRIMARY KEY (person_id, employer_id)
);

CREATE INDEX members_of_employer ON memberships (employer_id, person_id);

-- The lists of an app's terms are JSON; app_origins repeats its trusted domains, to be looked up.
CREATE TABLE apps (
  id text NOT NULL PRIMARY KEY,
  owner_employer_id uuid NOT NULL REFERENCES employers (id),
  name text NOT NULL,
  grant_types text NOT NULL,
  redirect_uris text NOT NULL,
  trusted_domains text NOT NULL,
  scopes text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE INDEX apps_of_employer ON apps (owner_employer_id, id);

CREATE TABLE app_origins (
  origin text NOT NULL,
  app_id text NOT NULL REFERENCES apps (id),
  PRIMARY KEY (origin, app_id)
);

CREATE INDEX origins_of_app ON app_origins (app_id);

CREATE TABLE app_secrets (
  id uuid NOT NULL PRIMARY KEY,
  app_id text NOT NULL REFERENCES apps (id),
  digest bytea NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE INDEX secrets_of_app ON app_secrets (app_id, id);
