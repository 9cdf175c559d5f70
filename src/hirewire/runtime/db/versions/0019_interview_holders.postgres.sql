-- Who interviews in what, by the key of their address; a listener adds to it. Safe before the deploy.
CREATE TABLE interview_holders (
  key text NOT NULL,
  interview_id uuid NOT NULL,
  PRIMARY KEY (key, interview_id)
);

INSERT INTO interview_holders (key, interview_id)
SELECT DISTINCT lower((each.value ->> 'email') COLLATE "C"), i.id
FROM interviews AS i, jsonb_array_elements(i.interviewers::jsonb) AS each;
