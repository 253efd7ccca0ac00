package dev.agentsgateway.app;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.admin.ApiKeyRoutes;
import dev.agentsgateway.admin.BackgroundTaskRoutes;
import dev.agentsgateway.admin.BackgroundTasks;
import dev.agentsgateway.admin.HealthRoutes;
import dev.agentsgateway.admin.PromptCacheRoutes;
import dev.agentsgateway.admin.QuarterHours;
import dev.agentsgateway.agent.AgentEvents;
import dev.agentsgateway.agent.AgentRoutes;
import dev.agentsgateway.agent.Agents;
import dev.agentsgateway.agent.CacheRoutes;
import dev.agentsgateway.agent.ChatRoutes;
import dev.agentsgateway.agent.Chats;
import dev.agentsgateway.agent.Commits;
import dev.agentsgateway.agent.DirectExecutor;
import dev.agentsgateway.agent.ModelId;
import dev.agentsgateway.agent.ToolkitCalls;
import dev.agentsgateway.agent.ToolkitRoutes;
import dev.agentsgateway.approval.ApprovalLinks;
import dev.agentsgateway.approval.ApprovalPageRoutes;
import dev.agentsgateway.approval.ApprovalRoutes;
import dev.agentsgateway.approval.Approvals;
import dev.agentsgateway.approval.notify.NotificationConfig;
import dev.agentsgateway.approval.notify.NotificationRoutes;
import dev.agentsgateway.approval.notify.Notifications;
import dev.agentsgateway.auth.ApiKeyGuard;
import dev.agentsgateway.auth.ApiKeys;
import dev.agentsgateway.auth.RateLimits;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.guardrail.Guardrails;
import dev.agentsgateway.http.Binder;
import dev.agentsgateway.http.HttpServer;
import dev.agentsgateway.http.InvalidValueException;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.http.outbound.OutboundGuard;
import dev.agentsgateway.mcp.McpTools;
import dev.agentsgateway.mcp.StdioCommands;
import dev.agentsgateway.model.Models;
import dev.agentsgateway.model.Provider;
import dev.agentsgateway.observability.Observability;
import dev.agentsgateway.prompt.PromptConfig;
import dev.agentsgateway.prompt.PromptService;
import dev.agentsgateway.run.EventRoutes;
import dev.agentsgateway.run.EventStreamer;
import dev.agentsgateway.run.MemoryRoutes;
import dev.agentsgateway.run.RequirementStore;
import dev.agentsgateway.run.RunEngine;
import dev.agentsgateway.run.RunOutcomes;
import dev.agentsgateway.run.RunQueries;
import dev.agentsgateway.run.RunRoutes;
import dev.agentsgateway.run.SessionKey;
import dev.agentsgateway.run.SessionRoutes;
import dev.agentsgateway.run.SessionTools;
import dev.agentsgateway.run.Sessions;
import dev.agentsgateway.skill.SkillRoutes;
import dev.agentsgateway.skill.SkillTools;
import dev.agentsgateway.skill.Skills;
import dev.agentsgateway.tool.ArgumentCheck;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolSpec;
import dev.agentsgateway.toolkit.datetime.ResolveDateTimeTool;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running gateway: everything is constructed and wired here, by hand. */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    /** For runs that are ended at the end of the drain time to be stored, and for their clients to be told. */
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(6);

    private final Config config;
    private final Database database;
    private final Models models;
    private final RunEngine engine;
    private final KnowledgeParts knowledge;
    private final Credentials credentials;
    private final HttpServer http;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean draining;

    /**
     * Starts everything; returns when requests are answered.
     *
     * @param observability closed by the caller, after this
     * @throws StartupException with every problem that was found, those of the configuration included; nothing is left
     *     running then
     */
    public static Gateway start(Config.Parsed parsed, Observability observability) throws StartupException {
        return start(parsed, observability, List.of());
    }

    /**
     * The same for a program that brings tools of its own.
     *
     * @param tools offered to every agent besides the built-in ones
     */
    public static Gateway start(Config.Parsed parsed, Observability observability, List<Tool> tools)
            throws StartupException {
        return new Startup(parsed).gateway(observability, tools);
    }

    /** Owns the database and the models from now on, also when it throws. */
    Gateway(Config config, Database database, Models models, Observability observability, List<Tool> tools)
            throws StartupException {
        this.config = config;
        this.database = database;
        this.models = models;
        parts.push(database);
        parts.push(models);
        try {
            Clock clock = Clock.systemUTC();
            ApiKeys keys = opened(new ApiKeys(database, clock));
            RateLimits rateLimits = opened(new RateLimits(database, clock));
            Credentials kept = Credentials.of(config);
            // Looks into the database while the rest is made.
            FutureTask<Credentials> complete = new FutureTask<>(() -> kept.withFirstKey(config, keys));
            Thread.ofVirtual().name("first-key").start(complete);
            NotificationConfig notifying = NotificationConfig.of(config.variables());
            ApprovalLinks links = ApprovalLinks.open(database, notifying.linkSecret(), () -> publicUrl(notifying));
            RequirementStore requirements = new RequirementStore();
            Notifications notifications = opened(new Notifications(
                    database, requirements, notifying.channels(), links, Notifications.Settings.DEFAULT));
            engine = opened(new RunEngine(
                    database, config.runs(), notifications, observability.telemetry(), observability.metrics()));
            database.observe(observability.metrics().pool(), observability.metrics()::groupCommit);
            observability.metrics().gauge("agentsgateway.http.connections", "Open HTTP connections", this::connections);
            List<Tool> offered = new ArrayList<>(tools);
            offered.add(new ResolveDateTimeTool(clock));
            McpTools mcp = opened(new McpTools(
                    OutboundGuard.of(config.variables())::resolve,
                    new StdioCommands(config.variables()),
                    McpTools.Settings.DEFAULT));
            knowledge = opened(new KnowledgeParts(config, database, clock));
            offered.add(knowledge.tool());
            ArgumentCheck arguments = new ArgumentCheck(specs(offered));
            Binder binder = binder(models);
            http = opened(new HttpServer(
                    config.http(),
                    Route.of(
                            () -> routes(clock, keys, binder, observability, offered, mcp, arguments),
                            () -> approvals(clock, requirements, links, notifications, arguments)),
                    new ApiKeyGuard(keys, rateLimits, config.authDisabled(), kept.adminSecret()),
                    binder,
                    observability.requests()));
            credentials = result(complete);
            http.start();
            notifications.start();
            knowledge.start();
        } catch (IOException e) {
            closeParts();
            throw new StartupException(List.of("HOST, PORT: " + e.getMessage()));
        } catch (DatabaseUnavailableException e) {
            closeParts();
            throw new StartupException(List.of("database: " + e.getMessage()));
        } catch (StartupException | RuntimeException e) {
            closeParts();
            throw e;
        }
    }

    private List<Route<?>> routes(
            Clock clock,
            ApiKeys keys,
            Binder binder,
            Observability observability,
            List<Tool> tools,
            McpTools mcp,
            ArgumentCheck arguments) {
        PromptService prompts = opened(new PromptService(database, PromptConfig.of(config.variables()), clock));
        BackgroundTasks tasks = opened(new BackgroundTasks(clock));
        Skills skills = new Skills(database, clock);
        Agents agents = new Agents(database, prompts, skills, binder, clock);
        RunQueries runs = new RunQueries(database);
        Sessions sessions = new Sessions(database);
        EventStreamer streamer = new EventStreamer(
                config.heartbeat(), config.http().limits().writeTimeout().dividedBy(2));
        Chats chats = new Chats(
                agents,
                models,
                engine,
                tools,
                mcp,
                config.defaultModel(),
                config.limits(),
                skills,
                Guardrails.load(config.guardrails()));
        DirectExecutor direct =
                new DirectExecutor(config.limits().toolTimeout(), observability.telemetry(), observability.metrics());
        ToolkitCalls toolkits = new ToolkitCalls(
                agents, database, tools, arguments, direct, config.runs().confirmationValidity());
        engine.takeOver(Map.of(SessionKey.Kind.AGENT, chats));
        prompts.start();
        tasks.create(
                "prompt-refresh",
                QuarterHours.INTERVAL,
                false,
                new QuarterHours(),
                () -> prompts.refresh().refresh(QuarterHours.mark(clock.instant())));
        tasks.create("idempotency-keys", Duration.ofMinutes(1), false, engine::dropExpiredKeys);
        return Route.of(
                new HealthRoutes(database, config.version(), () -> draining),
                new MetricsRoute(observability.metrics()),
                new ApiKeyRoutes(keys),
                new PromptCacheRoutes(prompts, clock),
                new BackgroundTaskRoutes(tasks),
                new AgentRoutes(agents, sessions),
                new ChatRoutes(
                        chats,
                        new Commits(agents, engine, arguments),
                        engine,
                        new RunOutcomes(database, engine),
                        streamer),
                new ToolkitRoutes(toolkits),
                new CacheRoutes(),
                new RunRoutes(engine, runs),
                new EventRoutes(engine, runs, streamer, Map.of(SessionKey.Kind.AGENT, AgentEvents::new)),
                new SessionRoutes(sessions),
                new MemoryRoutes(database),
                prompts,
                knowledge.entries(),
                knowledge.documents(),
                new SkillRoutes(skills));
    }

    private List<Route<?>> approvals(
            Clock clock,
            RequirementStore requirements,
            ApprovalLinks links,
            Notifications notifications,
            ArgumentCheck arguments) {
        Approvals approvals = new Approvals(database, requirements, engine.decisions(), clock);
        return Route.of(
                new ApprovalRoutes(approvals, arguments),
                new NotificationRoutes(approvals, notifications),
                new ApprovalPageRoutes(approvals, links));
    }

    private static List<ToolSpec> specs(List<Tool> tools) {
        List<ToolSpec> specs = new ArrayList<>(SessionTools.specs());
        specs.addAll(SkillTools.SPECS);
        tools.forEach(tool -> specs.add(tool.spec()));
        return specs;
    }

    /** Asked for when the port is known. */
    private String publicUrl(NotificationConfig notifying) {
        return notifying.publicUrl() == null ? "http://localhost:" + port() : notifying.publicUrl();
    }

    private static Credentials result(FutureTask<Credentials> complete) throws StartupException {
        try {
            return complete.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case StartupException startup -> throw startup;
                case RuntimeException unchecked -> throw unchecked;
                default -> throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the first key was looked for", e);
        }
    }

    private <T extends AutoCloseable> T opened(T part) {
        parts.push(part);
        return part;
    }

    /** What requests may contain beside JSON's own types. */
    static Binder binder(Models models) {
        return new Binder()
                .register(
                        ModelId.class,
                        value -> model(models, value),
                        Json.object()
                                .put("type", "string")
                                .put(
                                        "description",
                                        "A model of the catalogue (" + String.join(", ", models.publicIds())
                                                + "), another id of a known family, or provider/id"));
    }

    private static ModelId model(Models models, JsonNode value) {
        if (value.isTextual() && models.find(value.textValue()).isPresent()) {
            return new ModelId(value.textValue());
        }
        throw InvalidValueException.notOneOf(models.publicIds());
    }

    private int connections() {
        return http == null ? 0 : http.connections();
    }

    public int port() {
        return http.port();
    }

    Credentials credentials() {
        return credentials;
    }

    Config config() {
        return config;
    }

    String databaseDescription() {
        return database.description();
    }

    /** Where vectors are kept, and who makes them. */
    String vectorsDescription() {
        return knowledge.description();
    }

    /** What answers requests that name no model, and why. */
    String modelsDescription() {
        List<String> configured = new ArrayList<>();
        for (Provider provider : Provider.values()) {
            if (provider != Provider.DEMO && models.isConfigured(provider)) {
                configured.add(provider.displayName());
            }
        }
        String standard = models.defaultModel(null, null, config.defaultModel());
        return configured.isEmpty()
                ? standard + " (built in; set OPENAI_API_KEY, ANTHROPIC_API_KEY or GOOGLE_API_KEY for a real one)"
                : String.join(", ", configured) + "; default " + standard;
    }

    /**
     * Answers no new requests, lets running ones finish for as long as the configuration allows, then stops. Runs that
     * are not done by then are ended first, so that their streams can still say so. Idempotent.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        draining = true;
        Thread refusing = Thread.ofPlatform()
                .name("http-drain")
                .start(() -> http.stop(config.drain().plus(LAST_ANSWERS)));
        engine.drain(config.drain());
        try {
            refusing.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closeParts();
    }

    /** In the reverse order of opening: HTTP, runs, rate limits, keys, models, database. */
    private void closeParts() {
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("{} did not close cleanly", part.getClass().getSimpleName(), e);
            }
        }
    }
}
