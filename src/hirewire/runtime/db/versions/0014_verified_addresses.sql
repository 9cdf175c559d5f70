-- Whether a person has shown to read mail to their address. Safe before the deploy.
-- Those whom an operator registered are known to; who signs up themselves says so in the row.
ALTER TABLE people ADD COLUMN email_verified boolean NOT NULL DEFAULT true;
