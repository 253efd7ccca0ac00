-- What is remembered of a user is there once: the same words, whatever their case, spaces and final stop, are one memory.
CREATE FUNCTION ai.memory_key(memory text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT md5(lower(btrim(regexp_replace(memory, '\s+', ' ', 'g'), ' .!'))) $$;
DELETE FROM ai.memories m USING ai.memories older
    WHERE older.user_id = m.user_id AND older.realm = m.realm AND older.id < m.id
        AND ai.memory_key(older.memory) = ai.memory_key(m.memory);
CREATE UNIQUE INDEX memories_once ON ai.memories (user_id, realm, ai.memory_key(memory));

-- Completed runs that are still to be searched for what is worth remembering. Whoever searches one moves due_at behind
-- the time that it needs; whoever is lost with it leaves it to others then.
CREATE TABLE ai.memory_extractions (
    run_id   uuid PRIMARY KEY REFERENCES ai.runs ON DELETE CASCADE,
    due_at   timestamptz NOT NULL,
    attempts integer     NOT NULL DEFAULT 0
);
CREATE INDEX memory_extractions_due ON ai.memory_extractions (due_at);

-- What the model thought in steps before it answered; null while it has not finished, or did not.
ALTER TABLE ai.runs ADD COLUMN reasoning json;
