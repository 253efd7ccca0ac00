-- What each limited API key has used of its current hour. One row per key: a new hour overwrites the old one. block is
-- the size of the block of permits that was handed out last, so that the statement that takes it can return it.
create table ai.rate_limits (
    key_id       integer primary key,
    window_start timestamptz not null,
    taken        bigint not null,
    block        bigint not null
);

-- Recording a use does not count as a change of the key. Whoever writes last_used_at decides on updated_at himself, as
-- the reference's application does.
create or replace trigger update_api_keys_updated_at before update on public.api_keys
    for each row when (old.last_used_at is not distinct from new.last_used_at)
    execute function public.update_updated_at_column();
