-- A database as the reference's setup script leaves it (contract 14.2, 14.3), in use, in another time zone than UTC.
create schema prompts;
create schema ai;

create function update_updated_at_column() returns trigger as $$
begin
    new.updated_at = now();
    return new;
end;
$$ language plpgsql;

create table api_keys (
    id serial primary key, key_hash varchar(64) not null unique, name varchar(255) not null, owner_id varchar(255),
    scopes text, rate_limit integer default 1000, expires_at timestamp, last_used_at timestamp,
    created_at timestamp not null default now(), updated_at timestamp not null default now(),
    is_active boolean not null default true);
create index idx_api_keys_key_hash on api_keys (key_hash);
create index idx_api_keys_owner_id on api_keys (owner_id);
create index idx_api_keys_is_active on api_keys (is_active);
create index idx_api_keys_expires_at on api_keys (expires_at);
create trigger update_api_keys_updated_at before update on api_keys
    for each row execute function update_updated_at_column();

create table knowledge_entries (
    id uuid primary key default gen_random_uuid(), tenant_id varchar(255) not null, collection_id varchar(255),
    file_id uuid not null, original_filename varchar(500) not null,
    file_type varchar(50) not null check (file_type in ('company', 'project')),
    content_type varchar(200), gcs_path varchar(1000),
    status varchar(50) not null default 'pending'
        check (status in ('pending', 'processing', 'active', 'failed', 'deleted')),
    knowledge_status varchar(50) not null default 'indexing'
        check (knowledge_status in ('indexing', 'indexed', 'failed', 'outdated')),
    metadata jsonb, created_at timestamptz default now(), updated_at timestamptz default now(),
    constraint uq_knowledge_tenant_file unique (tenant_id, file_id));
create index idx_knowledge_tenant_id on knowledge_entries (tenant_id);
create index idx_knowledge_status on knowledge_entries (status);
create trigger update_knowledge_entries_updated_at before update on knowledge_entries
    for each row execute function update_updated_at_column();

create table user_tokens (
    id serial primary key, user_id varchar(255) not null, integration_key varchar(100) not null,
    provider varchar(50) not null, token_type varchar(20) not null check (token_type in ('oauth2', 'api_key', 'jwt')),
    encrypted_token_data text not null, scopes text[], expires_at timestamp,
    created_at timestamp not null default now(), updated_at timestamp not null default now(),
    is_active boolean not null default true,
    constraint uq_user_token_integration unique (user_id, integration_key));
create trigger update_user_tokens_updated_at before update on user_tokens
    for each row execute function update_updated_at_column();

create table prompts.prompts (
    id varchar(255) primary key, name varchar(255) not null, template text not null, description text, tags text,
    tools text, version integer not null default 1, created_at timestamp not null default now(),
    updated_at timestamp not null default now(), is_active boolean not null default true);
create index idx_prompts_is_active on prompts.prompts (is_active);
create trigger trigger_prompts_updated_at before update on prompts.prompts
    for each row execute function update_updated_at_column();

create table skills (
    id varchar primary key, name varchar not null, description text, instructions text not null, category varchar,
    "references" text, scripts text, allowed_tools text, tags varchar, created_at timestamp not null default now(),
    updated_at timestamp not null default now(), is_active boolean not null default true);
create trigger update_skills_updated_at before update on skills
    for each row execute function update_updated_at_column();

create table execution_engines (
    id varchar primary key, name varchar not null,
    type varchar not null check (type in ('code_agent', 'managed_agent', 'direct_ops', 'custom')),
    provider varchar not null default 'anthropic', handler_config jsonb, description text,
    is_default boolean not null default false, created_at timestamp not null default now(),
    updated_at timestamp not null default now(), is_active boolean not null default true);
create trigger update_execution_engines_updated_at before update on execution_engines
    for each row execute function update_updated_at_column();

create table execution_targets (
    id varchar primary key, name varchar not null,
    type varchar not null check (type in ('local', 'ssh', 'remote_service', 'managed_agents')),
    connection_config jsonb, capacity jsonb, worker_pool varchar not null default 'linux_worker_pool',
    created_at timestamp not null default now(), updated_at timestamp not null default now(),
    is_active boolean not null default true);
create trigger update_execution_targets_updated_at before update on execution_targets
    for each row execute function update_updated_at_column();

create table agent_info (
    id varchar primary key, name varchar not null, description text, version varchar not null default '2.0',
    prompt_service_id varchar not null, tags varchar, config text, created_at timestamp not null default now(),
    updated_at timestamp not null default now(), is_active boolean not null default true);
create index idx_agent_info_is_active on agent_info (is_active);
create trigger update_agent_info_updated_at before update on agent_info
    for each row execute function update_updated_at_column();

create table team_info (
    id varchar primary key, name varchar not null, description text, version varchar not null default '2.0',
    mode varchar not null default 'coordinate', created_at timestamp not null default now(),
    updated_at timestamp not null default now(), is_active boolean not null default true);
create trigger update_team_info_updated_at before update on team_info
    for each row execute function update_updated_at_column();

create table team_agent (
    id serial primary key, team_id varchar not null, agent_id varchar not null, role varchar, order_index integer,
    created_at timestamp not null default now(), is_active boolean not null default true);
create unique index uq_team_agent_active on team_agent (team_id, agent_id) where is_active;

create table token_usage (
    id serial primary key, agent_id varchar(255), session_id varchar(255), user_id varchar(255), model varchar(100),
    prompt_tokens integer default 0, completion_tokens integer default 0, total_tokens integer default 0,
    is_estimated boolean default false, created_at timestamp not null default now());

create table supervisor_runs (
    id uuid primary key default gen_random_uuid(), team_id varchar not null, session_id varchar, user_id varchar,
    user_message text not null, supervisor_response jsonb, worker_agent_id varchar, execution_engine varchar,
    status varchar not null default 'pending', execution_output text, created_at timestamp not null default now(),
    completed_at timestamp);

create table execution_jobs (
    id uuid primary key default gen_random_uuid(), supervisor_run_id uuid, worker_config jsonb not null,
    prompt text not null, execution_target jsonb,
    status varchar not null default 'queued' check (status in
        ('queued', 'running', 'awaiting_approval', 'completed', 'failed', 'oom', 'failed_circuit_open')),
    result jsonb, container_id varchar, target_host varchar, retry_count integer default 0, memory_limit_mb integer,
    last_failure_reason text, created_at timestamp not null default now(), started_at timestamp,
    completed_at timestamp, timeout_at timestamp);
create index idx_execution_jobs_queue_poll on execution_jobs (status, target_host, created_at)
    where status = 'queued';

insert into execution_engines (id, name, type, provider, description, is_default) values
    ('claude_code', 'Claude Code', 'code_agent', 'anthropic', 'first applied wins', true),
    ('anthropic_managed', 'Anthropic Managed', 'managed_agent', 'anthropic', null, false),
    ('openai_agents', 'OpenAI Agents', 'managed_agent', 'openai', null, false),
    ('google_agents', 'Google Agents', 'managed_agent', 'google', null, false),
    ('direct_ops', 'Direct Ops', 'direct_ops', 'internal', null, false);
insert into execution_targets (id, name, type, connection_config) values
    ('local', 'Local', 'local', '{}'), ('managed', 'Managed', 'managed_agents', '{}');
