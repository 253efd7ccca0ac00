-- What is indexed of knowledge entries: originals, chunks with their embeddings, jobs, and the feed by which the vector
-- stores, which are derived copies, follow.

-- The state of one entry's document. upload_hash is the SHA-256 of uploaded bytes: a document is kept once per tenant and
-- collection. generation is raised whenever the content is to be indexed anew; the chunks that count are those of
-- indexed_generation, others are being made. staged_hash and indexed_hash say of what (content, model, version of the
-- pipeline) the chunks of either were made.
CREATE TABLE ai.knowledge_documents (
    entry_id           uuid PRIMARY KEY REFERENCES public.knowledge_entries (id) ON DELETE CASCADE,
    tenant_id          varchar(255) NOT NULL,
    collection_id      varchar(255),
    file_id            uuid NOT NULL,
    upload_hash        text,
    size               bigint,
    generation         bigint NOT NULL DEFAULT 1,
    indexed_generation bigint,
    staged_hash        text,
    indexed_hash       text,
    embedding_model    text,
    dimension          integer,
    chunks             integer NOT NULL DEFAULT 0,
    tokens             bigint NOT NULL DEFAULT 0,
    done               integer NOT NULL DEFAULT 0,
    total              integer,
    error              text,
    indexed_at         timestamptz
);
CREATE UNIQUE INDEX knowledge_documents_upload
    ON ai.knowledge_documents (tenant_id, coalesce(collection_id, ''), upload_hash) WHERE upload_hash IS NOT NULL;
CREATE INDEX knowledge_documents_tenant ON ai.knowledge_documents (tenant_id, collection_id);

CREATE TABLE ai.knowledge_originals (
    entry_id uuid    NOT NULL REFERENCES ai.knowledge_documents ON DELETE CASCADE,
    part     integer NOT NULL,
    bytes    bytea   NOT NULL,
    PRIMARY KEY (entry_id, part)
);
ALTER TABLE ai.knowledge_originals ALTER bytes SET STORAGE EXTERNAL;

-- embedding: 32-bit floats, big-endian, of length 1. words is filled for stores that cannot search for words themselves.
CREATE TABLE ai.knowledge_chunks (
    entry_id   uuid    NOT NULL REFERENCES ai.knowledge_documents ON DELETE CASCADE,
    generation bigint  NOT NULL,
    idx        integer NOT NULL,
    text       text    NOT NULL,
    tokens     integer NOT NULL,
    metadata   jsonb   NOT NULL,
    embedding  bytea   NOT NULL,
    words      tsvector,
    PRIMARY KEY (entry_id, generation, idx)
);
ALTER TABLE ai.knowledge_chunks ALTER embedding SET STORAGE EXTERNAL;
CREATE INDEX knowledge_chunks_words ON ai.knowledge_chunks USING gin (words) WHERE words IS NOT NULL;

-- What is to be indexed: one job for each entry at most.
CREATE TABLE ai.knowledge_jobs (
    entry_id    uuid PRIMARY KEY REFERENCES ai.knowledge_documents ON DELETE CASCADE,
    generation  bigint      NOT NULL,
    attempts    integer     NOT NULL DEFAULT 0,
    run_at      timestamptz NOT NULL,
    owner       uuid,
    lease_until timestamptz
);
CREATE INDEX knowledge_jobs_due ON ai.knowledge_jobs (run_at);

-- The feed: the last change of every entry. Numbers are given out under the lock of the one row of knowledge_feed, so
-- that whoever has seen number n has seen everything before it. id tells databases apart.
CREATE TABLE ai.knowledge_feed (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    id          uuid   NOT NULL DEFAULT gen_random_uuid(),
    last_change bigint NOT NULL DEFAULT 0,
    pruned_to   bigint NOT NULL DEFAULT 0
);
INSERT INTO ai.knowledge_feed DEFAULT VALUES;

CREATE TABLE ai.knowledge_changes (
    entry_id   uuid PRIMARY KEY,
    change_id  bigint       NOT NULL UNIQUE,
    tenant_id  varchar(255) NOT NULL,
    file_id    uuid         NOT NULL,
    deleted    boolean      NOT NULL,
    changed_at timestamptz  NOT NULL DEFAULT now()
);

-- How far a store that all replicas share has come, and who writes to it.
CREATE TABLE ai.knowledge_followers (
    store       text PRIMARY KEY,
    position    bigint NOT NULL DEFAULT 0,
    owner       uuid,
    lease_until timestamptz
);

CREATE FUNCTION ai.knowledge_change(entry uuid, tenant text, file uuid, gone boolean) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
BEGIN
    UPDATE ai.knowledge_feed SET last_change = last_change + 1 RETURNING last_change INTO number;
    INSERT INTO ai.knowledge_changes (entry_id, change_id, tenant_id, file_id, deleted)
    VALUES (entry, number, tenant, file, gone)
    ON CONFLICT (entry_id) DO UPDATE
        SET change_id = excluded.change_id, deleted = excluded.deleted, changed_at = excluded.changed_at;
    PERFORM pg_notify('knowledge_change', number::text);
    RETURN number;
END;
$$;

-- Also when somebody else deletes the row of an entry.
CREATE FUNCTION ai.knowledge_document_deleted() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ai.knowledge_change(old.entry_id, old.tenant_id, old.file_id, true);
    RETURN NULL;
END;
$$;
CREATE TRIGGER knowledge_document_deleted AFTER DELETE ON ai.knowledge_documents
    FOR EACH ROW EXECUTE FUNCTION ai.knowledge_document_deleted();
