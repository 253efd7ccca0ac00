-- Runs that outlive their process: takeover with fencing, tool starts, confirmations, and keys bound to tenants.

-- realm is the tenant of the API key that works in the session, '' for keys that are bound to none: two tenants never
-- meet in one session, whatever ids they choose.
ALTER TABLE ai.sessions ADD COLUMN realm text NOT NULL DEFAULT '';
ALTER TABLE ai.sessions DROP CONSTRAINT sessions_kind_owner_id_user_id_session_id_key;
ALTER TABLE ai.sessions ADD CONSTRAINT sessions_key UNIQUE (owner_id, user_id, session_id, kind, realm);

-- fence is raised whenever another driver takes the run; who drives with an older one writes nothing any more.
-- takeovers counts those since the run last made progress. epochs[n] is the number of the first event that was written
-- after the n-th takeover: what an earlier driver stored from there on is void.
ALTER TABLE ai.runs
    ADD COLUMN name text NOT NULL DEFAULT '',
    ADD COLUMN fence integer NOT NULL DEFAULT 1,
    ADD COLUMN takeovers integer NOT NULL DEFAULT 0,
    ADD COLUMN epochs integer[] NOT NULL DEFAULT '{}',
    ADD COLUMN usage json,
    ADD COLUMN background boolean NOT NULL DEFAULT false,
    ADD COLUMN cancel_requested boolean NOT NULL DEFAULT false;

ALTER TABLE ai.run_segments ADD COLUMN epoch integer NOT NULL DEFAULT 0;
ALTER TABLE ai.run_segments DROP CONSTRAINT run_segments_pkey;
ALTER TABLE ai.run_segments ADD PRIMARY KEY (run_id, first_seq, epoch);

-- Calls that must not be executed twice, from the moment at which they may have begun.
CREATE TABLE ai.tool_starts (
    run_id     uuid        NOT NULL REFERENCES ai.runs ON DELETE CASCADE,
    seq        integer     NOT NULL,
    started_at timestamptz NOT NULL,
    PRIMARY KEY (run_id, seq)
);

-- A tool call that waits, or waited, for a person. seq is the place of its result in the run's transcript. The id is
-- also the public job id's short form. via: commit, api or page.
CREATE TABLE ai.requirements (
    id                uuid PRIMARY KEY,
    run_id            uuid        NOT NULL REFERENCES ai.runs ON DELETE CASCADE,
    seq               integer     NOT NULL,
    call_id           text        NOT NULL,
    tool_name         text        NOT NULL,
    arguments         json        NOT NULL,
    created_at        timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    decision          text CHECK (decision IN ('approved', 'denied', 'expired', 'cancelled')),
    decided_arguments json,
    note              text,
    decided_via       text CHECK (decided_via IN ('commit', 'api', 'page')),
    decided_by_key    integer,
    decided_at        timestamptz,
    UNIQUE (run_id, seq)
);
CREATE INDEX requirements_pending ON ai.requirements (expires_at) WHERE decision IS NULL;
CREATE INDEX requirements_created ON ai.requirements (created_at);
