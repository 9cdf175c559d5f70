-- Links to threads by their age, to remove the old ones. Safe before the deploy.
CREATE INDEX links_by_age ON conversation_links (made_at);
