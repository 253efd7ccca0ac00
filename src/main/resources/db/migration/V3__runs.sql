-- The gateway's own schema: sessions, runs, their transcripts and their event logs.

CREATE SCHEMA IF NOT EXISTS ai;

-- One row per running process. A run belongs to the replica that drives it; when the replica's time is over, its runs
-- are orphans.
CREATE TABLE ai.replicas (
    id          uuid PRIMARY KEY,
    started_at  timestamptz NOT NULL,
    alive_until timestamptz NOT NULL
);

-- A conversation of one user with one agent or team. active_run is the run that may write now; turn counts the runs
-- that were allowed to, which gives them their serial order.
CREATE TABLE ai.sessions (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text        NOT NULL CHECK (kind IN ('agent', 'team')),
    owner_id   text        NOT NULL,
    user_id    text        NOT NULL,
    session_id text        NOT NULL,
    tenant_id  text,
    state      json        NOT NULL,
    turn       integer     NOT NULL,
    active_run uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (kind, owner_id, user_id, session_id)
);

CREATE TABLE ai.runs (
    id                 uuid PRIMARY KEY,
    session            bigint      NOT NULL REFERENCES ai.sessions ON DELETE CASCADE,
    turn               integer,
    status             text        NOT NULL
        CHECK (status IN ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled')),
    model              text        NOT NULL,
    key_id             integer,
    request            json        NOT NULL,
    replica            uuid,
    error_code         text,
    error_message      text,
    input_tokens       bigint      NOT NULL DEFAULT 0,
    output_tokens      bigint      NOT NULL DEFAULT 0,
    cache_read_tokens  bigint      NOT NULL DEFAULT 0,
    cache_write_tokens bigint      NOT NULL DEFAULT 0,
    reasoning_tokens   bigint      NOT NULL DEFAULT 0,
    usage_estimated    boolean     NOT NULL DEFAULT false,
    last_seq           integer     NOT NULL DEFAULT 0,
    created_at         timestamptz NOT NULL,
    started_at         timestamptz,
    finished_at        timestamptz
);
CREATE INDEX runs_session_turn ON ai.runs (session, turn DESC);
CREATE INDEX runs_unfinished ON ai.runs (replica) WHERE status IN ('queued', 'running');
CREATE INDEX runs_finished_at ON ai.runs (finished_at) WHERE last_seq > 0;

-- The transcript, append-only: what the model is shown again, and the checkpoint of a run.
CREATE TABLE ai.messages (
    run_id     uuid        NOT NULL REFERENCES ai.runs ON DELETE CASCADE,
    seq        integer     NOT NULL,
    role       text        NOT NULL CHECK (role IN ('user', 'assistant', 'tool')),
    body       json        NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (run_id, seq)
);

-- What users attached, once per session and content.
CREATE TABLE ai.attachments (
    session    bigint      NOT NULL REFERENCES ai.sessions ON DELETE CASCADE,
    sha256     text        NOT NULL,
    mime_type  text        NOT NULL,
    data       bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (session, sha256)
);

-- The event log of a run: each row holds consecutive events. Kept for a while after the run has ended.
CREATE TABLE ai.run_segments (
    run_id    uuid    NOT NULL REFERENCES ai.runs ON DELETE CASCADE,
    first_seq integer NOT NULL,
    last_seq  integer NOT NULL,
    events    json    NOT NULL,
    PRIMARY KEY (run_id, first_seq)
);

-- What agents remember of a user, shared by all agents of that user.
CREATE TABLE ai.memories (
    id         uuid PRIMARY KEY,
    user_id    text        NOT NULL,
    memory     text        NOT NULL,
    topics     text[]      NOT NULL,
    input      text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX memories_user ON ai.memories (user_id, created_at);
