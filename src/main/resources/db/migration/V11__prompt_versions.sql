-- What every prompt has been, names for some of it, and which prompts are copies of another back end's.

CREATE TABLE prompts.prompt_versions (
    prompt_id      varchar(255) NOT NULL,
    version        integer      NOT NULL,
    name           varchar(255) NOT NULL,
    template       text         NOT NULL,
    description    text,
    tags           text,
    tools          text,
    created_at     timestamp    NOT NULL,
    created_by_key integer,
    PRIMARY KEY (prompt_id, version)
);

INSERT INTO prompts.prompt_versions (prompt_id, version, name, template, description, tags, tools, created_at)
SELECT id, version, name, template, description, tags, tools, updated_at FROM prompts.prompts;

CREATE FUNCTION prompts.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of a prompt never changes';
END;
$$;
CREATE TRIGGER prompt_versions_never_change BEFORE UPDATE ON prompts.prompt_versions
    FOR EACH ROW EXECUTE FUNCTION prompts.refuse_change();

CREATE TABLE prompts.prompt_labels (
    prompt_id      varchar(255) NOT NULL,
    label          varchar(255) NOT NULL,
    version        integer      NOT NULL,
    updated_at     timestamp    NOT NULL,
    updated_by_key integer,
    PRIMARY KEY (prompt_id, label),
    FOREIGN KEY (prompt_id, version) REFERENCES prompts.prompt_versions (prompt_id, version)
);

-- The Python gateway and people with psql write prompts too: their changes are versions as well, and every replica hears
-- of them. A version that the gateway has written itself, with its author, is kept as it is.
CREATE FUNCTION prompts.prompt_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM pg_notify('prompt_changes', OLD.id);
        RETURN NULL;
    END IF;
    INSERT INTO prompts.prompt_versions (prompt_id, version, name, template, description, tags, tools, created_at)
    VALUES (NEW.id, NEW.version, NEW.name, NEW.template, NEW.description, NEW.tags, NEW.tools, NEW.updated_at)
    ON CONFLICT DO NOTHING;
    PERFORM pg_notify('prompt_changes', NEW.id);
    RETURN NULL;
END;
$$;
CREATE TRIGGER prompt_changed AFTER INSERT OR UPDATE OR DELETE ON prompts.prompts
    FOR EACH ROW EXECUTE FUNCTION prompts.prompt_changed();

-- A prompt with a row here is the last known copy of what the back end holds under its id.
CREATE TABLE prompts.prompt_copies (
    prompt_id    varchar(255) PRIMARY KEY,
    back_end     varchar(20)  NOT NULL,
    confirmed_at timestamptz  NOT NULL
);

-- The last quarter of an hour for which some replica has taken it upon itself to copy a back end's prompts.
CREATE TABLE prompts.prompt_pulls (
    back_end varchar(20) PRIMARY KEY,
    mark     timestamptz NOT NULL
);

-- Said by config; columns, so that the query that loads an agent can join by them.
ALTER TABLE public.agent_info
    ADD COLUMN prompt_version integer,
    ADD COLUMN prompt_label   varchar(255);

-- Tags are text that should be a JSON array; what is none has no tags.
CREATE FUNCTION prompts.has_tag(tags text, tag text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN jsonb_typeof(tags::jsonb) = 'array' AND jsonb_exists(tags::jsonb, tag);
EXCEPTION WHEN OTHERS THEN
    RETURN false;
END;
$$;
