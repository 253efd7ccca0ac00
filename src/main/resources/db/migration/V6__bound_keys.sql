-- API keys that may act for one tenant or some users only; null for all. The checks keep a row that was changed by hand
-- from meaning something else than it says: the empty tenant is the realm of keys without one.
ALTER TABLE public.api_keys
    ADD COLUMN tenant_id varchar(255) CHECK (tenant_id <> ''),
    ADD COLUMN user_ids text[] CHECK (cardinality(user_ids) > 0 AND array_position(user_ids, NULL) IS NULL);

-- What is remembered of a user is kept apart by the tenant of the key that works for them, as sessions are.
ALTER TABLE ai.memories ADD COLUMN realm text NOT NULL DEFAULT '';
DROP INDEX ai.memories_user;
CREATE INDEX memories_user ON ai.memories (user_id, realm, created_at);
