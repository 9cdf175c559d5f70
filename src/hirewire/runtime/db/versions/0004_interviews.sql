-- Interviews, with the people in them: the interviewers as JSON. Safe before the deploy.
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
  canceled_at timestamptz,
  interviewers text NOT NULL,
  interviewee_id uuid UNIQUE,
  interviewee_name text,
  interviewee_email text,
  interviewee_token text UNIQUE
);

CREATE INDEX interviews_by_start ON interviews (employer_id, starts_at, id);

CREATE INDEX interviews_by_end ON interviews (employer_id, ends_at, id);

CREATE INDEX interviews_by_media ON interviews (employer_id, media_type, id);
