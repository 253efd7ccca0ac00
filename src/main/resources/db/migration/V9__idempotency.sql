-- Idempotency-Keys of requests that started runs, kept for a while.

-- key_id is the API key that asked, 0 for none. body is the SHA-256 of the route, what it names and the request's body.
-- The run may have been deleted with its session; the key is kept, so that it is not run again.
CREATE TABLE ai.idempotency_keys (
    key_id     integer     NOT NULL,
    key        text        NOT NULL,
    body       text        NOT NULL,
    run_id     uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (key_id, key)
);
CREATE INDEX idempotency_keys_created ON ai.idempotency_keys (created_at);

-- The runs that have a session or wait for it are found among the unfinished ones.
DROP INDEX ai.runs_unfinished;
CREATE INDEX runs_unfinished ON ai.runs (replica, session) WHERE status IN ('queued', 'running');
