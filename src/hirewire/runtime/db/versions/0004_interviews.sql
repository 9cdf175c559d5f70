-- Interviews, who interviews, and who is interviewed. Safe before the deploy.
CREATE TABLE interviews (
  id uuid NOT NULL PRIMARY KEY,
  employer_id uuid NOT NULL,
  title text NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  zone text NOT NULL,
  media_type text NOT NULL,
  language text,
  country text,
  ats_name text NOT NULL,
  employer_name text,
  lobby_token text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL,
  canceled_at timestamptz
);

CREATE INDEX interviews_by_start ON interviews (employer_id, starts_at, id);

CREATE INDEX interviews_by_end ON interviews (employer_id, ends_at, id);

CREATE INDEX interviews_by_media ON interviews (employer_id, media_type, id);

CREATE TABLE interviewers (
  id uuid NOT NULL PRIMARY KEY,
  interview_id uuid NOT NULL REFERENCES interviews (id),
  place integer NOT NULL,
  email text NOT NULL,
  email_key text NOT NULL,
  name text,
  UNIQUE (interview_id, email_key)
);

CREATE INDEX interviewers_by_interview ON interviewers (interview_id, place);

CREATE INDEX interviewers_by_address ON interviewers (email_key, interview_id);

CREATE TABLE interviewees (
  id uuid NOT NULL PRIMARY KEY,
  interview_id uuid NOT NULL UNIQUE REFERENCES interviews (id),
  name text NOT NULL,
  email text NOT NULL,
  lobby_token text NOT NULL UNIQUE
);
