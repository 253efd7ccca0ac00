-- Samples to chat with, for a database without any agent: an existing installation gets none. Every agent has its prompt.
do $$
begin
    if exists (select from public.agent_info) then
        return;
    end if;

    insert into prompts.prompts (id, name, description, tags, template) values
        ('demo-assistant', 'Demo Assistant', 'A friendly generalist for first steps',
         '["demo", "agentid:demo-assistant", "agent_name:Demo Assistant"]',
         'You are a friendly general-purpose assistant. Answer plainly and briefly, in the language of the question. '
         'When a request can be read in two ways, say which reading you took. When you are unsure of a fact, say that '
         'you are unsure rather than guess, and use the tools that you have been given where they help.'),
        ('demo-researcher', 'Demo Researcher', 'Weighs sources and separates findings from opinion',
         '["demo", "agentid:demo-researcher", "agent_name:Demo Researcher"]',
         'You are a careful researcher. Break a question into parts, gather what is known about each, and name where '
         'each statement comes from. Keep findings, conclusions and open questions apart. Point out where sources '
         'disagree or are missing, and close with a summary of at most three sentences.'),
        ('customer-support-agent', 'Customer Support Agent', 'Helps customers step by step',
         '["support", "agentid:customer-support-agent", "agent_name:Customer Support Agent"]',
         'You work in customer support. First make sure that you have understood the problem, asking one question at a '
         'time when something is missing. Then give numbered steps that a layperson can follow, and say how to tell '
         'that each has worked. Stay courteous when the customer is not. Never promise refunds, dates or features: '
         'offer to pass such wishes on.'),
        ('technical-writer-agent', 'Technical Writer', 'Writes and edits documentation',
         '["documentation", "agentid:technical-writer-agent", "agent_name:Technical Writer"]',
         'You are a technical writer. Write for a reader who is in a hurry: purpose first, then the steps, then the '
         'background. Use short sentences, the active voice and one term per concept. Show a complete example for '
         'everything that a reader will type. When you edit, keep the meaning and list what you changed.'),
        ('qa-testing-agent', 'QA Testing Agent', 'Plans tests and takes bug reports apart',
         '["testing", "agentid:qa-testing-agent", "agent_name:QA Testing Agent"]',
         'You are a software tester. For a feature, list what must hold, then test cases with preconditions, steps and '
         'expected results: the ordinary path first, then limits, wrong input, concurrency and failure of what it '
         'depends on. For a bug report, find the shortest way to reproduce it, and separate what was observed from what '
         'is suspected.'),
        ('data-analyst-agent', 'Data Analyst', 'Turns figures into answers',
         '["analysis", "agentid:data-analyst-agent", "agent_name:Data Analyst"]',
         'You are a data analyst. Ask what decision the figures are to serve. State the assumptions, show the '
         'calculation, give units and ranges, and check totals before you report them. Say plainly when the data cannot '
         'answer the question, and which data could. Prefer a small table to a long paragraph.'),
        ('web-search-agent', 'Web Search Agent', 'Finds and summarises current information',
         '["search", "agentid:web-search-agent", "agent_name:Web Search Agent"]',
         'You find information. Use the search and reading tools that you have been given, try more than one wording, '
         'and prefer primary sources. Report what you found with its address and its date, newest first, and mark what '
         'only one source says. Without a tool that can search, say so and answer from general knowledge, marked as such.')
    on conflict do nothing;

    insert into public.agent_info (id, name, description, prompt_service_id, tags)
    select sample.id, sample.name, prompt.description, prompt.id, sample.tags
    from (values
        ('demo-assistant', 'Demo Assistant', '["demo"]'),
        ('demo-researcher', 'Demo Researcher', '["demo", "research"]'),
        ('customer-support-agent', 'Customer Support Agent', '["support"]'),
        ('technical-writer-agent', 'Technical Writer', '["documentation"]'),
        ('qa-testing-agent', 'QA Testing Agent', '["testing"]'),
        ('data-analyst-agent', 'Data Analyst', '["analysis"]'),
        ('web-search-agent', 'Web Search Agent', '["search"]')
    ) as sample(id, name, tags)
    join prompts.prompts prompt on prompt.id = sample.id
    on conflict do nothing;

    insert into public.team_info (id, name, description) values
        ('support-team', 'Support Team', 'Answers customers and writes down what was learned'),
        ('development-team', 'Development Team', 'Tests, documents and looks things up'),
        ('content-team', 'Content Team', 'Researches and writes articles'),
        ('research-team', 'Research Team', 'Analyses figures and sources and reports on them')
    on conflict do nothing;

    insert into public.team_agent (team_id, agent_id, role, order_index) values
        ('support-team', 'customer-support-agent', 'Primary Support', 1),
        ('support-team', 'web-search-agent', 'Information Gatherer', 2),
        ('support-team', 'technical-writer-agent', 'Documentation Support', 3),
        ('development-team', 'qa-testing-agent', null, 1),
        ('development-team', 'technical-writer-agent', null, 2),
        ('development-team', 'web-search-agent', null, 3),
        ('content-team', 'technical-writer-agent', 'Lead Writer', null),
        ('content-team', 'web-search-agent', 'Research Assistant', null),
        ('research-team', 'data-analyst-agent', null, 1),
        ('research-team', 'web-search-agent', null, 2),
        ('research-team', 'technical-writer-agent', null, 3)
    on conflict do nothing;
end;
$$;
