-- Threads between employers and candidates, and their messages. Safe before the deploy.
CREATE TABLE conversations (
  id uuid NOT NULL PRIMARY KEY,
  employer_id uuid NOT NULL,
  candidate_name text NOT NULL,
  candidate_email text NOT NULL,
  subject text,
  posting_id uuid,
  created_at timestamptz NOT NULL,
  message_count integer NOT NULL DEFAULT 0
);

CREATE INDEX conversations_employer ON conversations (employer_id, id);

CREATE TABLE conversation_messages (
  id uuid NOT NULL PRIMARY KEY,
  conversation_id uuid NOT NULL REFERENCES conversations (id),
  position integer NOT NULL,
  side text NOT NULL,
  sender_name text NOT NULL,
  person_id uuid,
  app_id text,
  text text NOT NULL,
  idempotency_key text,
  sent_at timestamptz NOT NULL,
  UNIQUE (conversation_id, position),
  UNIQUE (conversation_id, app_id, idempotency_key)
);
