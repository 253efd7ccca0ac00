-- Notifications of tool calls that wait for a person: one for each channel, until it is sent, given up or no use.

-- The id is what receivers know a message by, however often it is tried. attempts counts the tries and is the fence of
-- the one in progress; next_at is when the next one may begin: after the pause between two tries, or after the time that
-- one in progress may take.
CREATE TABLE ai.notifications (
    id          uuid PRIMARY KEY,
    requirement uuid        NOT NULL REFERENCES ai.requirements ON DELETE CASCADE,
    channel     text        NOT NULL,
    state       text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'dropped')),
    attempts    integer     NOT NULL DEFAULT 0,
    next_at     timestamptz NOT NULL,
    last_error  text,
    created_at  timestamptz NOT NULL,
    finished_at timestamptz,
    UNIQUE (requirement, channel)
);
CREATE INDEX notifications_due ON ai.notifications (next_at) WHERE state = 'pending';
CREATE INDEX notifications_finished ON ai.notifications (finished_at) WHERE state <> 'pending';

-- Keys that the gateway made for itself and all its replicas share.
CREATE TABLE ai.own_keys (
    name       text PRIMARY KEY,
    key        bytea       NOT NULL,
    created_at timestamptz NOT NULL
);
