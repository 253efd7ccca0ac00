-- Lists. Runs and memories are listed by their ids, which are ordered by time: that needs no further index on rows that
-- every chat writes. No index holds a column that a chat changes.

CREATE INDEX runs_rare ON ai.runs (status, id) WHERE status IN ('paused', 'failed', 'cancelled');

CREATE INDEX sessions_user ON ai.sessions (user_id, id);
CREATE INDEX sessions_session ON ai.sessions (session_id);
CREATE INDEX sessions_realm ON ai.sessions (realm, id) WHERE realm <> '';

-- As with sessions: the tenant of the API key in whose run something was remembered, '' for keys that are bound to none.
ALTER TABLE ai.memories ADD COLUMN IF NOT EXISTS realm text NOT NULL DEFAULT '';
DROP INDEX IF EXISTS ai.memories_user;
CREATE INDEX memories_user ON ai.memories (user_id, id);
