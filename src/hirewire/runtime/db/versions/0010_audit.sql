-- What people see of security events, written from the log of facts. Safe before the deploy.
-- An entry has its fact's id, and outlives it.
CREATE TABLE audit_entries (
  id uuid NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  at timestamptz NOT NULL,
  person_id uuid,
  employer_id uuid,
  app_id text,
  by_id uuid,
  details text NOT NULL
);

CREATE INDEX audit_of_person ON audit_entries (person_id, at, id);
CREATE INDEX audit_of_employer ON audit_entries (employer_id, at, id);
CREATE INDEX audit_by_age ON audit_entries (at);
