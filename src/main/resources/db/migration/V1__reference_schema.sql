-- The tables of the reference, as its setup script leaves them. On a database that the reference made, by script or by
-- application, only what is missing is added: existing columns, types, indexes and rows stay as they are. Names are
-- qualified because the search path here is the schema of the migration history.

create schema if not exists prompts;

-- Times are UTC whatever the session's time zone is; knowledge entries may be kept with a zone.
create or replace function public.update_updated_at_column() returns trigger language plpgsql as $$
begin
    if pg_typeof(new.updated_at) = 'timestamptz'::regtype then
        new.updated_at = now();
    else
        new.updated_at = now() at time zone 'UTC';
    end if;
    return new;
end;
$$;

create table if not exists public.api_keys (
    id           serial primary key,
    key_hash     varchar(64) not null unique,
    name         varchar(255) not null,
    owner_id     varchar(255),
    scopes       text,
    rate_limit   integer default 1000,
    expires_at   timestamp,
    last_used_at timestamp,
    created_at   timestamp not null default (now() at time zone 'UTC'),
    updated_at   timestamp not null default (now() at time zone 'UTC'),
    is_active    boolean not null default true
);

create table if not exists public.knowledge_entries (
    id                uuid primary key default gen_random_uuid(),
    tenant_id         varchar(255) not null,
    collection_id     varchar(255),
    file_id           uuid not null,
    original_filename varchar(500) not null,
    file_type         varchar(50) not null check (file_type in ('company', 'project')),
    content_type      varchar(200),
    gcs_path          varchar(1000),
    status            varchar(50) not null default 'pending'
        check (status in ('pending', 'processing', 'active', 'failed', 'deleted')),
    knowledge_status  varchar(50) not null default 'indexing'
        check (knowledge_status in ('indexing', 'indexed', 'failed', 'outdated')),
    metadata          jsonb,
    created_at        timestamptz default now(),
    updated_at        timestamptz default now(),
    constraint uq_knowledge_tenant_file unique (tenant_id, file_id)
);

create table if not exists public.user_tokens (
    id                   serial primary key,
    user_id              varchar(255) not null,
    integration_key      varchar(100) not null,
    provider             varchar(50) not null,
    token_type           varchar(20) not null check (token_type in ('oauth2', 'api_key', 'jwt')),
    encrypted_token_data text not null,
    scopes               text[],
    expires_at           timestamp,
    created_at           timestamp not null default (now() at time zone 'UTC'),
    updated_at           timestamp not null default (now() at time zone 'UTC'),
    is_active            boolean not null default true,
    constraint uq_user_token_integration unique (user_id, integration_key)
);

create table if not exists prompts.prompts (
    id          varchar(255) primary key,
    name        varchar(255) not null,
    template    text not null,
    description text,
    tags        text,
    tools       text,
    version     integer not null default 1,
    created_at  timestamp not null default (now() at time zone 'UTC'),
    updated_at  timestamp not null default (now() at time zone 'UTC'),
    is_active   boolean not null default true
);

create table if not exists public.skills (
    id            varchar primary key,
    name          varchar not null,
    description   text,
    instructions  text not null,
    category      varchar,
    "references"  text,
    scripts       text,
    allowed_tools text,
    tags          varchar,
    created_at    timestamp not null default (now() at time zone 'UTC'),
    updated_at    timestamp not null default (now() at time zone 'UTC'),
    is_active     boolean not null default true
);

create table if not exists public.execution_engines (
    id             varchar primary key,
    name           varchar not null,
    type           varchar not null check (type in ('code_agent', 'managed_agent', 'direct_ops', 'custom')),
    provider       varchar not null default 'anthropic',
    handler_config jsonb,
    description    text,
    is_default     boolean not null default false,
    created_at     timestamp not null default (now() at time zone 'UTC'),
    updated_at     timestamp not null default (now() at time zone 'UTC'),
    is_active      boolean not null default true
);

create table if not exists public.execution_targets (
    id                varchar primary key,
    name              varchar not null,
    type              varchar not null check (type in ('local', 'ssh', 'remote_service', 'managed_agents')),
    connection_config jsonb,
    capacity          jsonb,
    worker_pool       varchar not null default 'linux_worker_pool',
    created_at        timestamp not null default (now() at time zone 'UTC'),
    updated_at        timestamp not null default (now() at time zone 'UTC'),
    is_active         boolean not null default true
);

create table if not exists public.agent_info (
    id                varchar primary key,
    name              varchar not null,
    description       text,
    version           varchar not null default '2.0',
    prompt_service_id varchar not null,
    tags              varchar,
    config            text,
    created_at        timestamp not null default (now() at time zone 'UTC'),
    updated_at        timestamp not null default (now() at time zone 'UTC'),
    is_active         boolean not null default true
);

create table if not exists public.team_info (
    id          varchar primary key,
    name        varchar not null,
    description text,
    version     varchar not null default '2.0',
    mode        varchar not null default 'coordinate',
    created_at  timestamp not null default (now() at time zone 'UTC'),
    updated_at  timestamp not null default (now() at time zone 'UTC'),
    is_active   boolean not null default true
);

create table if not exists public.team_agent (
    id          serial primary key,
    team_id     varchar not null,
    agent_id    varchar not null,
    role        varchar,
    order_index integer,
    created_at  timestamp not null default (now() at time zone 'UTC'),
    is_active   boolean not null default true
);

create table if not exists public.token_usage (
    id                serial primary key,
    agent_id          varchar(255),
    session_id        varchar(255),
    user_id           varchar(255),
    model             varchar(100),
    prompt_tokens     integer default 0,
    completion_tokens integer default 0,
    total_tokens      integer default 0,
    is_estimated      boolean default false,
    created_at        timestamp not null default (now() at time zone 'UTC')
);

create table if not exists public.supervisor_runs (
    id                  uuid primary key default gen_random_uuid(),
    team_id             varchar not null,
    session_id          varchar,
    user_id             varchar,
    user_message        text not null,
    supervisor_response jsonb,
    worker_agent_id     varchar,
    execution_engine    varchar,
    status              varchar not null default 'pending',
    execution_output    text,
    created_at          timestamp not null default (now() at time zone 'UTC'),
    completed_at        timestamp
);

create table if not exists public.execution_jobs (
    id                  uuid primary key default gen_random_uuid(),
    supervisor_run_id   uuid,
    worker_config       jsonb not null,
    prompt              text not null,
    execution_target    jsonb,
    status              varchar not null default 'queued' check (status in
        ('queued', 'running', 'awaiting_approval', 'completed', 'failed', 'oom', 'failed_circuit_open')),
    result              jsonb,
    container_id        varchar,
    target_host         varchar,
    retry_count         integer default 0,
    memory_limit_mb     integer,
    last_failure_reason text,
    created_at          timestamp not null default (now() at time zone 'UTC'),
    started_at          timestamp,
    completed_at        timestamp,
    timeout_at          timestamp
);

-- Columns that came later to the reference.
alter table public.team_info add column if not exists mode varchar not null default 'coordinate';
alter table public.token_usage add column if not exists is_estimated boolean default false;

-- Defaults: the application's own tables have none, and the script's depend on the session's time zone.
alter table public.api_keys
    alter rate_limit set default 1000,
    alter created_at set default (now() at time zone 'UTC'),
    alter updated_at set default (now() at time zone 'UTC'),
    alter is_active set default true;
alter table public.knowledge_entries
    alter id set default gen_random_uuid(),
    alter status set default 'pending',
    alter knowledge_status set default 'indexing';
alter table public.user_tokens
    alter created_at set default (now() at time zone 'UTC'),
    alter updated_at set default (now() at time zone 'UTC'),
    alter is_active set default true;
alter table prompts.prompts
    alter version set default 1,
    alter created_at set default (now() at time zone 'UTC'),
    alter updated_at set default (now() at time zone 'UTC'),
    alter is_active set default true;
alter table public.skills
    alter created_at set default (now() at time zone 'UTC'),
    alter updated_at set default (now() at time zone 'UTC'),
    alter is_active set default true;
alter table public.execution_engines
    alter provider set default 'anthropic',
    alter is_default set default false,
    alter created_at set default (now() at time zone 'UTC'),
    alter updated_at set default (now() at time zone 'UTC'),
    alter is_active set default true;
alter table public.execution_targets
    alter worker_pool set default 'linux_worker_pool',
    alter created_at set default (now() at time zone 'UTC'),
    alter updated_at set default (now() at time zone 'UTC'),
    alter is_active set default true;
alter table public.agent_info
    alter version set default '2.0',
    alter created_at set default (now() at time zone 'UTC'),
    alter updated_at set default (now() at time zone 'UTC'),
    alter is_active set default true;
alter table public.team_info
    alter version set default '2.0',
    alter mode set default 'coordinate',
    alter created_at set default (now() at time zone 'UTC'),
    alter updated_at set default (now() at time zone 'UTC'),
    alter is_active set default true;
alter table public.team_agent
    alter created_at set default (now() at time zone 'UTC'),
    alter is_active set default true;
alter table public.token_usage
    alter prompt_tokens set default 0,
    alter completion_tokens set default 0,
    alter total_tokens set default 0,
    alter is_estimated set default false,
    alter created_at set default (now() at time zone 'UTC');
alter table public.supervisor_runs
    alter id set default gen_random_uuid(),
    alter status set default 'pending',
    alter created_at set default (now() at time zone 'UTC');
alter table public.execution_jobs
    alter id set default gen_random_uuid(),
    alter status set default 'queued',
    alter retry_count set default 0,
    alter created_at set default (now() at time zone 'UTC');

do $$
declare
    zoned constant boolean := (
        select data_type = 'timestamp with time zone' from information_schema.columns
        where table_schema = 'public' and table_name = 'knowledge_entries' and column_name = 'created_at');
    utc_now constant text := case when zoned then 'now()' else '(now() at time zone ''UTC'')' end;
begin
    execute format(
        'alter table public.knowledge_entries alter created_at set default %1$s, alter updated_at set default %1$s',
        utc_now);
end;
$$;

-- Indexes by the script's names, unless the application has made the same index by its own name.
do $$
declare
    wanted record;
begin
    for wanted in
        select * from (values
            ('public', 'api_keys', 'key_hash'), ('public', 'api_keys', 'owner_id'),
            ('public', 'api_keys', 'is_active'), ('public', 'api_keys', 'expires_at'),
            ('public', 'user_tokens', 'user_id'), ('public', 'user_tokens', 'integration_key'),
            ('public', 'user_tokens', 'expires_at'), ('public', 'user_tokens', 'created_at'),
            ('prompts', 'prompts', 'is_active'), ('prompts', 'prompts', 'created_at'),
            ('public', 'skills', 'is_active'), ('public', 'skills', 'category'), ('public', 'skills', 'created_at'),
            ('public', 'execution_engines', 'is_active'), ('public', 'execution_engines', 'type'),
            ('public', 'execution_engines', 'provider'),
            ('public', 'execution_targets', 'is_active'), ('public', 'execution_targets', 'worker_pool'),
            ('public', 'execution_targets', 'type'),
            ('public', 'agent_info', 'is_active'), ('public', 'agent_info', 'created_at'),
            ('public', 'agent_info', 'prompt_service_id'),
            ('public', 'team_info', 'is_active'), ('public', 'team_info', 'created_at'),
            ('public', 'team_agent', 'team_id'), ('public', 'team_agent', 'agent_id'),
            ('public', 'team_agent', 'is_active'),
            ('public', 'token_usage', 'agent_id'), ('public', 'token_usage', 'session_id'),
            ('public', 'token_usage', 'user_id'), ('public', 'token_usage', 'created_at'),
            ('public', 'supervisor_runs', 'team_id'), ('public', 'supervisor_runs', 'session_id'),
            ('public', 'supervisor_runs', 'user_id'), ('public', 'supervisor_runs', 'status'),
            ('public', 'supervisor_runs', 'created_at'),
            ('public', 'execution_jobs', 'supervisor_run_id'), ('public', 'execution_jobs', 'status'),
            ('public', 'execution_jobs', 'target_host'), ('public', 'execution_jobs', 'created_at')
        ) as indexes(in_schema, on_table, on_column)
    loop
        if to_regclass(format('%I.%I', wanted.in_schema, 'ix_' || wanted.on_table || '_' || wanted.on_column)) is null
        then
            execute format('create index if not exists %I on %I.%I (%I)',
                'idx_' || wanted.on_table || '_' || wanted.on_column,
                wanted.in_schema, wanted.on_table, wanted.on_column);
        end if;
    end loop;
    -- Here the script shortens the table's name.
    for wanted in
        select unnest(array['tenant_id', 'collection_id', 'file_id', 'status', 'knowledge_status', 'created_at'])
            as on_column
    loop
        if to_regclass(format('public.%I', 'ix_knowledge_entries_' || wanted.on_column)) is null then
            execute format('create index if not exists %I on public.knowledge_entries (%I)',
                'idx_knowledge_' || wanted.on_column, wanted.on_column);
        end if;
    end loop;
end;
$$;

create index if not exists idx_team_agent_order on public.team_agent (team_id, order_index);
create index if not exists idx_execution_jobs_queue_poll
    on public.execution_jobs (status, target_host, created_at) where status = 'queued';

do $$
begin
    create unique index if not exists uq_team_agent_active on public.team_agent (team_id, agent_id) where is_active;
exception when unique_violation then
    raise warning 'team_agent holds an agent twice in one team: the index uq_team_agent_active is not made';
end;
$$;

create or replace trigger update_api_keys_updated_at before update on public.api_keys
    for each row execute function public.update_updated_at_column();
create or replace trigger update_knowledge_entries_updated_at before update on public.knowledge_entries
    for each row execute function public.update_updated_at_column();
create or replace trigger update_user_tokens_updated_at before update on public.user_tokens
    for each row execute function public.update_updated_at_column();
create or replace trigger trigger_prompts_updated_at before update on prompts.prompts
    for each row execute function public.update_updated_at_column();
create or replace trigger update_skills_updated_at before update on public.skills
    for each row execute function public.update_updated_at_column();
create or replace trigger update_execution_engines_updated_at before update on public.execution_engines
    for each row execute function public.update_updated_at_column();
create or replace trigger update_execution_targets_updated_at before update on public.execution_targets
    for each row execute function public.update_updated_at_column();
create or replace trigger update_agent_info_updated_at before update on public.agent_info
    for each row execute function public.update_updated_at_column();
create or replace trigger update_team_info_updated_at before update on public.team_info
    for each row execute function public.update_updated_at_column();

insert into public.execution_engines (id, name, type, provider, description, is_default) values
    ('claude_code', 'Claude Code', 'code_agent', 'anthropic', 'Coding agent that works in a container', true),
    ('anthropic_managed', 'Anthropic Managed', 'managed_agent', 'anthropic', 'Agents that Anthropic runs', false),
    ('openai_agents', 'OpenAI Agents', 'managed_agent', 'openai', 'Agents that OpenAI runs', false),
    ('google_agents', 'Google Agents', 'managed_agent', 'google', 'Agents that Google runs', false),
    ('direct_ops', 'Direct Operations', 'direct_ops', 'internal', 'Operations without a model', false)
on conflict do nothing;

insert into public.execution_targets (id, name, type, connection_config) values
    ('local', 'Local', 'local', '{}'),
    ('managed', 'Managed', 'managed_agents', '{}')
on conflict do nothing;
