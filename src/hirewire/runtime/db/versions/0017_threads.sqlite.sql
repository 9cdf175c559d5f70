-- Threads that are listed, read, edited and answered by link. Safe before the deploy.
-- The posting is as whoever started the thread names it. posting_id never held anything.
ALTER TABLE conversations ADD COLUMN posting text;

ALTER TABLE conversations ADD COLUMN candidate_key text NOT NULL DEFAULT '';

-- When something was last said, in milliseconds since 1970: what lists are ordered by.
ALTER TABLE conversations ADD COLUMN active_ms bigint NOT NULL DEFAULT 0;

ALTER TABLE conversations ADD COLUMN candidate_count integer NOT NULL DEFAULT 0;

ALTER TABLE conversations ADD COLUMN start_app_id text;

ALTER TABLE conversations ADD COLUMN start_key text;

ALTER TABLE conversations ADD COLUMN start_digest bytea;

-- How many messages of the candidate there are up to this one, itself included.
ALTER TABLE conversation_messages ADD COLUMN candidate_seq integer NOT NULL DEFAULT 0;

ALTER TABLE conversation_messages ADD COLUMN attachments text;

ALTER TABLE conversation_messages ADD COLUMN request_digest bytea;

ALTER TABLE conversation_messages ADD COLUMN revision integer NOT NULL DEFAULT 0;

ALTER TABLE conversation_messages ADD COLUMN edited_at timestamptz;

ALTER TABLE conversation_messages ADD COLUMN deleted_at timestamptz;

UPDATE conversation_messages SET candidate_seq = (
  SELECT count(*) FROM conversation_messages earlier
  WHERE earlier.conversation_id = conversation_messages.conversation_id
    AND earlier.position <= conversation_messages.position AND earlier.side = 'CANDIDATE'
);

UPDATE conversations SET
  candidate_key = lower(candidate_email),
  candidate_count = (
    SELECT count(*) FROM conversation_messages m
    WHERE m.conversation_id = conversations.id AND m.side = 'CANDIDATE'
  ),
  active_ms = coalesce((
    SELECT max(sent_at / 1000) FROM conversation_messages m
    WHERE m.conversation_id = conversations.id
  ), created_at / 1000);

DROP INDEX conversations_employer;

CREATE INDEX conversations_by_activity ON conversations (employer_id, active_ms, id);

-- Of one candidate there are few threads: sorting them costs less than moving each in an index
-- with every message.
CREATE INDEX conversations_by_candidate ON conversations (employer_id, candidate_key);

CREATE INDEX conversations_by_posting ON conversations (employer_id, posting, active_ms, id)
WHERE posting IS NOT NULL;

CREATE UNIQUE INDEX conversations_by_start_key
ON conversations (employer_id, start_app_id, start_key) WHERE start_key IS NOT NULL;

CREATE INDEX deleted_messages ON conversation_messages (conversation_id, position)
WHERE deleted_at IS NOT NULL;

CREATE TABLE conversation_participants (
  conversation_id uuid NOT NULL REFERENCES conversations (id),
  person_id uuid NOT NULL,
  employer_id uuid NOT NULL,
  role text NOT NULL,
  added_at timestamptz NOT NULL,
  PRIMARY KEY (conversation_id, person_id)
) WITHOUT ROWID;

CREATE INDEX participants_by_person ON conversation_participants (person_id, employer_id);

-- How far somebody has read: a person, an app for itself, or the candidate.
CREATE TABLE conversation_marks (
  conversation_id uuid NOT NULL REFERENCES conversations (id),
  reader text NOT NULL,
  message_id uuid NOT NULL,
  position integer NOT NULL,
  candidate_seq integer NOT NULL,
  read_at timestamptz NOT NULL,
  PRIMARY KEY (conversation_id, reader)
) WITHOUT ROWID;

-- The candidate's ways in: SHA-256 digests, never the tokens of the links themselves.
CREATE TABLE conversation_links (
  digest bytea NOT NULL PRIMARY KEY,
  conversation_id uuid NOT NULL REFERENCES conversations (id),
  made_at timestamptz NOT NULL
) WITHOUT ROWID;

CREATE INDEX links_of_conversation ON conversation_links (conversation_id);
