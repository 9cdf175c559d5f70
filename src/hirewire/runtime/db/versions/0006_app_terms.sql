-- What else an app is allowed: how it proves itself, and how it is refused. Safe before the deploy.
ALTER TABLE apps ADD COLUMN is_public boolean NOT NULL DEFAULT false;
ALTER TABLE apps ADD COLUMN error_profile text NOT NULL DEFAULT 'documented';
ALTER TABLE apps ADD COLUMN rotates_refresh_tokens boolean NOT NULL DEFAULT true;
ALTER TABLE apps ADD COLUMN requires_pushed_requests boolean NOT NULL DEFAULT false;
ALTER TABLE apps ADD COLUMN requires_dpop boolean NOT NULL DEFAULT false;
ALTER TABLE apps ADD COLUMN jwks text NOT NULL DEFAULT '';
