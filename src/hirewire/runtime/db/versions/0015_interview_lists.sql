-- Indexes for lists of interviews: one for each time, of all, of one media type, of what is canceled. Safe before the deploy.
DROP INDEX interviews_by_media;

CREATE INDEX interviews_by_media_start ON interviews (employer_id, media_type, starts_at, id);

CREATE INDEX interviews_by_media_end ON interviews (employer_id, media_type, ends_at, id);

CREATE INDEX interviews_canceled_by_start ON interviews (employer_id, starts_at, id)
WHERE canceled_at IS NOT NULL;

CREATE INDEX interviews_canceled_by_end ON interviews (employer_id, ends_at, id)
WHERE canceled_at IS NOT NULL;
