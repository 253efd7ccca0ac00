-- Direct calls of toolkits that wait for their confirmation, and what became of them.

-- realm is the tenant of the API key that asked for the call, '' for keys that are bound to none. Whoever sets decision
-- executes the call, or not: nobody sets it twice. outcome is null until the call has ended; a call that was confirmed and
-- has none is in progress, or its process died and nobody knows.
CREATE TABLE ai.held_calls (
    id             uuid PRIMARY KEY,
    agent_id       text        NOT NULL,
    user_id        text        NOT NULL,
    session_id     text        NOT NULL,
    realm          text        NOT NULL,
    toolkit        text        NOT NULL,
    method         text        NOT NULL,
    arguments      json        NOT NULL,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    decision       text CHECK (decision IN ('confirmed', 'denied')),
    decided_at     timestamptz,
    decided_by_key integer,
    note           text,
    outcome        text CHECK (outcome IN ('success', 'error'))
);
CREATE INDEX held_calls_expires ON ai.held_calls (expires_at);
