-- A database whose tables the reference's application made (contract 14.4): no defaults, checks or triggers.
create schema prompts;

create table api_keys (
    id serial primary key, key_hash varchar(64) not null, name varchar(255) not null, owner_id varchar(255),
    scopes text, rate_limit integer, expires_at timestamp, last_used_at timestamp, created_at timestamp not null,
    updated_at timestamp not null, is_active boolean not null);
create index ix_api_keys_id on api_keys (id);
create unique index ix_api_keys_key_hash on api_keys (key_hash);
create index ix_api_keys_owner_id on api_keys (owner_id);
create index ix_api_keys_expires_at on api_keys (expires_at);
create index ix_api_keys_is_active on api_keys (is_active);

create table knowledge_entries (
    id uuid primary key, tenant_id varchar(255) not null, collection_id varchar(255), file_id uuid not null,
    original_filename varchar(500) not null, file_type varchar(50) not null, content_type varchar(200),
    gcs_path varchar(1000), status varchar(50) not null, knowledge_status varchar(50) not null, metadata jsonb,
    created_at timestamp not null, updated_at timestamp not null,
    constraint uq_knowledge_tenant_file unique (tenant_id, file_id));
create index ix_knowledge_entries_tenant_id on knowledge_entries (tenant_id);

create table user_tokens (
    id serial primary key, user_id varchar(255) not null, integration_key varchar(100) not null,
    provider varchar(50) not null, token_type varchar(20) not null, encrypted_token_data text not null,
    scopes varchar[], expires_at timestamp, created_at timestamp not null, updated_at timestamp not null,
    is_active boolean not null,
    constraint uq_user_token_integration unique (user_id, integration_key));
create index ix_user_tokens_user_id on user_tokens (user_id);

create table prompts.prompts (
    id varchar(255) primary key, name varchar(255) not null, template text not null, description text, tags text,
    tools text, version integer not null, created_at timestamp not null, updated_at timestamp not null,
    is_active boolean not null);
create index ix_prompts_prompts_id on prompts.prompts (id);

create table skills (
    id varchar primary key, name varchar not null, description text, instructions text not null, category varchar,
    "references" text, scripts text, allowed_tools text, tags varchar, created_at timestamp not null,
    updated_at timestamp not null, is_active boolean not null);
create index ix_skills_id on skills (id);

create table execution_engines (
    id varchar primary key, name varchar not null, type varchar not null, provider varchar not null,
    handler_config jsonb, description text, is_default boolean not null, created_at timestamp not null,
    updated_at timestamp not null, is_active boolean not null);
create index ix_execution_engines_is_active on execution_engines (is_active);

create table execution_targets (
    id varchar primary key, name varchar not null, type varchar not null, connection_config jsonb, capacity jsonb,
    worker_pool varchar not null, created_at timestamp not null, updated_at timestamp not null,
    is_active boolean not null);
create index ix_execution_targets_is_active on execution_targets (is_active);

create table agent_info (
    id varchar primary key, name varchar not null, description text, version varchar not null,
    prompt_service_id varchar not null, tags varchar, config text, created_at timestamp not null,
    updated_at timestamp not null, is_active boolean not null);
create index ix_agent_info_id on agent_info (id);
create index ix_agent_info_prompt_service_id on agent_info (prompt_service_id);

create table team_info (
    id varchar primary key, name varchar not null, description text, version varchar not null, mode varchar not null,
    created_at timestamp not null, updated_at timestamp not null, is_active boolean not null);
create index ix_team_info_id on team_info (id);

create table team_agent (
    id serial primary key, team_id varchar not null, agent_id varchar not null, role varchar, order_index integer,
    created_at timestamp not null, is_active boolean not null);
create index ix_team_agent_team_id on team_agent (team_id);
create index ix_team_agent_agent_id on team_agent (agent_id);

create table token_usage (
    id serial primary key, agent_id varchar, session_id varchar, user_id varchar, model varchar,
    prompt_tokens integer, completion_tokens integer, total_tokens integer, is_estimated boolean,
    created_at timestamp);
create index ix_token_usage_agent_id on token_usage (agent_id);
create index ix_token_usage_session_id on token_usage (session_id);

create table supervisor_runs (
    id uuid primary key, team_id varchar not null, session_id varchar, user_id varchar, user_message text not null,
    supervisor_response jsonb, worker_agent_id varchar, execution_engine varchar, status varchar not null,
    execution_output text, created_at timestamp not null, completed_at timestamp);
create index ix_supervisor_runs_team_id on supervisor_runs (team_id);

create table execution_jobs (
    id uuid primary key, supervisor_run_id uuid, worker_config jsonb not null, prompt text not null,
    execution_target jsonb, status varchar not null, result jsonb, container_id varchar, target_host varchar,
    retry_count integer, memory_limit_mb integer, last_failure_reason text, created_at timestamp not null,
    started_at timestamp, completed_at timestamp, timeout_at timestamp);
create index ix_execution_jobs_status on execution_jobs (status);
