-- The tables of the reference, as its setup script leaves them. On a database that the reference made, by script or by
-- application, only what is missing is added: existing columns, types, indexes and rows stay as they are. Names are
-- qualified because the search path here is the schema of the migration history.

create schema if not exists prompts;
create schema if not exists ai;

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
