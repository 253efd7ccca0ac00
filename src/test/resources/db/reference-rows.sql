-- Rows in every table, with every column that the application would have filled.
insert into api_keys (key_hash, name, owner_id, scopes, rate_limit, expires_at, last_used_at, created_at, updated_at,
    is_active) values
    (repeat('a', 64), 'first key', 'owner-1', '["agents:read"]', 50, '2031-01-02 03:04:05.678901',
        '2024-05-06 07:08:09', '2024-01-01 00:00:00', '2024-02-02 00:00:00.5', true),
    (repeat('b', 64), 'revoked key', null, null, null, null, null, '2024-01-01 00:00:00', '2024-01-01 00:00:00', false);
insert into knowledge_entries (id, tenant_id, collection_id, file_id, original_filename, file_type, content_type,
    gcs_path, status, knowledge_status, metadata, created_at, updated_at) values
    ('00000000-0000-4000-8000-000000000001', 'tenant-1', null, '00000000-0000-4000-8000-00000000000a', 'handbook.pdf',
        'company', 'application/pdf', 'bucket/handbook.pdf', 'active', 'indexed', '{"pages": 12}',
        '2024-01-01 00:00:00', '2024-01-02 00:00:00'),
    ('00000000-0000-4000-8000-000000000002', 'tenant-1', 'collection-1', '00000000-0000-4000-8000-00000000000b',
        'notes.txt', 'project', null, null, 'deleted', 'outdated', null, '2024-01-01 00:00:00', '2024-01-01 00:00:00');
insert into user_tokens (user_id, integration_key, provider, token_type, encrypted_token_data, scopes, expires_at,
    created_at, updated_at, is_active) values
    ('user-1', 'google_calendar', 'google', 'oauth2', 'gAAAAABciphertext', array['read', 'write'],
        '2030-01-01 00:00:00', '2024-01-01 00:00:00', '2024-01-01 00:00:00', true);
insert into prompts.prompts (id, name, template, description, tags, tools, version, created_at, updated_at, is_active)
values
    ('clerk', 'Clerk', E'You file papers.\n  Carefully, {user_name}.', null, '["agentid:clerk", "role:filing"]',
        '[{"name": "file"}]', 7, '2024-01-01 00:00:00', '2024-03-01 00:00:00', true),
    ('retired', 'Retired', 'You are no longer used.', 'old', null, null, 1, '2024-01-01 00:00:00',
        '2024-01-01 00:00:00', false);
insert into skills (id, name, description, instructions, category, "references", scripts, allowed_tools, tags,
    created_at, updated_at, is_active) values
    ('filing', 'Filing', 'd', 'Sort by date.', 'office', '["https://example.org/filing"]', '[]', '["file"]', '["a"]',
        '2024-01-01 00:00:00', '2024-01-01 00:00:00', true);
insert into execution_engines (id, name, type, provider, handler_config, description, is_default, created_at,
    updated_at, is_active) values
    ('workshop', 'Workshop', 'custom', 'internal', '{"depth": 2}', null, false, '2024-01-01 00:00:00',
        '2024-01-01 00:00:00', true);
insert into execution_targets (id, name, type, connection_config, capacity, worker_pool, created_at, updated_at,
    is_active) values
    ('cellar', 'Cellar', 'ssh', '{"host": "cellar.example.org"}', '{"slots": 2}', 'cellar_pool', '2024-01-01 00:00:00',
        '2024-01-01 00:00:00', false);
insert into agent_info (id, name, description, version, prompt_service_id, tags, config, created_at, updated_at,
    is_active) values
    ('clerk', 'Clerk', 'files papers', '2.0', 'clerk', '["office"]', '{"enable_memory": false}', '2024-01-01 00:00:00',
        '2024-01-01 00:00:00', true),
    ('retired', 'Retired', null, '2.0', 'retired', null, null, '2024-01-01 00:00:00', '2024-01-01 00:00:00', false);
insert into team_info (id, name, description, version, created_at, updated_at, is_active, mode) values
    ('office', 'Office', null, '2.0', '2024-01-01 00:00:00', '2024-01-01 00:00:00', true, 'supervisor');
insert into team_agent (team_id, agent_id, role, order_index, created_at, is_active) values
    ('office', 'clerk', 'files', 1, '2024-01-01 00:00:00', true),
    ('office', 'retired', null, null, '2024-01-01 00:00:00', false),
    ('office', 'retired', null, null, '2024-01-02 00:00:00', false);
insert into token_usage (agent_id, session_id, user_id, model, prompt_tokens, completion_tokens, total_tokens,
    is_estimated, created_at) values
    ('clerk', 'session-1', 'user-1', 'some-model', 10, 5, 15, true, '2024-01-01 00:00:00');
insert into supervisor_runs (id, team_id, session_id, user_id, user_message, supervisor_response, worker_agent_id,
    execution_engine, status, execution_output, created_at, completed_at) values
    ('00000000-0000-4000-8000-000000000003', 'office', 'session-1', 'user-1', 'file this', '{"worker": "clerk"}',
        'clerk', 'workshop', 'completed', 'done', '2024-01-01 00:00:00', '2024-01-01 00:01:00');
insert into execution_jobs (id, supervisor_run_id, worker_config, prompt, execution_target, status, result,
    container_id, target_host, retry_count, memory_limit_mb, last_failure_reason, created_at, started_at, completed_at,
    timeout_at) values
    ('00000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-000000000003', '{"a": 1}', 'file', null,
        'completed', '{"ok": true}', 'c1', 'cellar', 1, 512, 'none', '2024-01-01 00:00:00', '2024-01-01 00:00:01',
        '2024-01-01 00:01:00', '2024-01-01 00:15:00');

-- What the agent library adds at run time.
create schema if not exists ai;
create table ai.a_clerk_agent (
    session_id varchar primary key, session_type varchar not null, agent_id varchar, team_id varchar,
    workflow_id varchar, user_id varchar, session_data jsonb, agent_data jsonb, team_data jsonb, workflow_data jsonb,
    metadata jsonb, runs jsonb, summary jsonb, created_at bigint not null, updated_at bigint);
insert into ai.a_clerk_agent (session_id, session_type, agent_id, user_id, runs, created_at) values
    ('session-1', 'agent', 'clerk', 'user-1', '[{"run_id": "r1", "content": "filed"}]', 1704067200);
create table ai.agno_memories (
    memory_id varchar primary key, memory jsonb not null, feedback text, input text, agent_id varchar, team_id varchar,
    user_id varchar, topics jsonb, created_at bigint not null, updated_at bigint);
insert into ai.agno_memories (memory_id, memory, user_id, created_at) values ('m1', '"likes tea"', 'user-1', 1704067200);
create table ai.agno_schema_versions (
    table_name varchar primary key, version varchar not null, created_at varchar not null, updated_at varchar);
insert into ai.agno_schema_versions values ('a_clerk_agent', '2.0.0', '2024-01-01', null);
