-- Who is in a lobby, the sessions that took place, and what came of them. Safe before the deploy.
-- An interviewee's browser is known by the SHA-256 of what it holds; presence is a lease.
CREATE TABLE lobby_guests (
  id uuid NOT NULL PRIMARY KEY,
  interview_id uuid NOT NULL,
  digest bytea NOT NULL UNIQUE,
  name text NOT NULL,
  state text NOT NULL,
  knocked_at timestamptz NOT NULL,
  decided_at timestamptz,
  decided_by uuid,
  present_until timestamptz NOT NULL
);

CREATE INDEX guests_of_interview ON lobby_guests (interview_id, knocked_at);
CREATE INDEX guests_by_presence ON lobby_guests (present_until);

CREATE TABLE lobby_hosts (
  interview_id uuid NOT NULL,
  interviewer_id uuid NOT NULL,
  name text NOT NULL,
  present_until timestamptz NOT NULL,
  PRIMARY KEY (interview_id, interviewer_id)
);

CREATE INDEX hosts_by_presence ON lobby_hosts (present_until);

-- One for each session in which the interviewee was connected; at most one is open at a time.
CREATE TABLE interview_records (
  id uuid NOT NULL PRIMARY KEY,
  interview_id uuid NOT NULL,
  began_at timestamptz NOT NULL,
  ended_at timestamptz,
  recording_state text NOT NULL,
  recording_ready_at timestamptz
);

CREATE INDEX records_of_interview ON interview_records (interview_id, id);
CREATE UNIQUE INDEX open_record_of_interview ON interview_records (interview_id)
WHERE ended_at IS NULL;

CREATE TABLE interview_participants (
  record_id uuid NOT NULL REFERENCES interview_records (id),
  interviewer_id uuid NOT NULL,
  joined_at timestamptz NOT NULL,
  PRIMARY KEY (record_id, interviewer_id)
);

-- The author as the event names them, so that an outcome is read by itself.
CREATE TABLE interview_outcomes (
  record_id uuid NOT NULL REFERENCES interview_records (id),
  interviewer_id uuid NOT NULL,
  interviewer_email text NOT NULL,
  interviewer_name text,
  decision text NOT NULL,
  note text NOT NULL,
  entered_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (record_id, interviewer_id)
);
