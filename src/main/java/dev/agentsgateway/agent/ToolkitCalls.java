package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Ids;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.http.Caller;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.tool.ArgumentCheck;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolContext;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolSpec;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Direct calls of toolkits, outside any run: only tools that name a toolkit can be reached. A call that needs a person's
 * yes is held, durably, until it is confirmed, denied or expired; it is taken once, whatever replica is asked. Thread-safe.
 */
public final class ToolkitCalls {
    private final Agents agents;
    private final Database database;
    private final ArgumentCheck check;
    private final DirectExecutor executor;
    private final Duration validity;
    private final HeldCallStore store = new HeldCallStore();
    private final Map<String, Map<String, Tool>> toolkits = new TreeMap<>();

    /**
     * @param tools    offered to every agent
     * @param validity how long a call is held
     */
    public ToolkitCalls(
            Agents agents,
            Database database,
            List<Tool> tools,
            ArgumentCheck check,
            DirectExecutor executor,
            Duration validity) {
        this.agents = agents;
        this.database = database;
        this.check = check;
        this.executor = executor;
        this.validity = validity;
        for (Tool tool : tools) {
            if (tool.toolkit() != null) {
                toolkits.computeIfAbsent(tool.toolkit(), _ -> new TreeMap<>())
                        .put(tool.spec().name(), tool);
            }
        }
    }

    /** Who wants what called. */
    record Wanted(
            String agentId,
            String toolkit,
            String method,
            String userId,
            String sessionId,
            Map<String, List<String>> parameters) {}

    /**
     * What came of a request.
     *
     * @param held   whether the call waits
     * @param result of an executed call: an object, or null
     */
    record Done(HeldCall call, boolean held, ObjectNode result) {}

    /**
     * Executes a call or holds it. A tool that itself demands a person's yes is always held. {@code skipConfirmation}
     * counts where only the agent's configuration wants one and the tool changes nothing.
     *
     * @throws HttpException 404 when there is no such agent, toolkit or method, 422 for arguments that do not fit, 500
     *     when the tool failed
     */
    Done run(Wanted wanted, boolean skipConfirmation, Caller caller) throws InterruptedException {
        Agent agent = agents.find(wanted.agentId()).orElseThrow(() -> AgentRoutes.notFound(wanted.agentId()));
        Tool tool = tool(wanted.toolkit(), wanted.method());
        ObjectNode arguments = new QueryArguments(tool.spec().parameters()).of(wanted.parameters());
        check(tool, arguments, List.of("query"));
        HeldCall call = new HeldCall(
                UUID.randomUUID(),
                wanted.agentId(),
                wanted.userId(),
                wanted.sessionId(),
                caller.reach().realm(),
                wanted.toolkit(),
                wanted.method(),
                arguments,
                null,
                null,
                false);
        boolean changesNothing = tool.spec().sideEffect() == ToolSpec.SideEffect.NONE;
        boolean byAgent = agent.config().toolsToConfirm().contains(wanted.method());
        if (tool.spec().confirm() || (byAgent && !(skipConfirmation && changesNothing))) {
            database.transact(handle -> {
                store.hold(handle, call, validity);
                return null;
            });
            return new Done(call, true, null);
        }
        try {
            return new Done(call, false, execute(tool, call, arguments));
        } catch (ToolException e) {
            throw new HttpException(500, "Failed to execute toolkit method: " + e.getMessage());
        }
    }

    /** What a person says of a held call; {@code arguments} are laid over the held ones, null for none. */
    record Verdict(
            String agentId,
            String executionId,
            String toolkit,
            String method,
            boolean confirmed,
            String note,
            ObjectNode arguments) {}

    /**
     * Executes a held call, or drops it when it is denied.
     *
     * @throws HttpException 404 when there is no such call for this caller, agent, toolkit and method, 410 when it was
     *     decided or expired, 422 for arguments that do not fit (it waits on then), 500 when the tool failed: a call
     *     that must not be executed twice is over then, any other waits on
     */
    Done confirm(Verdict verdict, Caller caller) throws InterruptedException {
        HeldCall call = find(verdict, caller).orElseThrow(() -> unknown(verdict.executionId()));
        if (call.decision() != null || call.over()) {
            throw gone(call);
        }
        if (!verdict.confirmed()) {
            take(call, HeldCall.Decision.DENIED, call.arguments(), verdict, caller);
            return new Done(call, false, null);
        }
        if (agents.find(call.agentId()).isEmpty()) {
            throw AgentRoutes.notFound(call.agentId());
        }
        Tool tool = tool(call.toolkit(), call.method());
        ObjectNode arguments = call.arguments().deepCopy();
        if (verdict.arguments() != null) {
            arguments.setAll(verdict.arguments());
        }
        check(tool, arguments, List.of("body", "args"));
        take(call, HeldCall.Decision.CONFIRMED, arguments, verdict, caller);
        return new Done(call, false, executeTaken(tool, call, arguments));
    }

    private ObjectNode executeTaken(Tool tool, HeldCall call, ObjectNode arguments) throws InterruptedException {
        try {
            ObjectNode result = execute(tool, call, arguments);
            write(call, true);
            return result;
        } catch (ToolException e) {
            if (tool.spec().sideEffect() == ToolSpec.SideEffect.ONCE) {
                write(call, false);
            } else {
                database.transact(handle -> {
                    store.release(handle, call);
                    return null;
                });
            }
            throw new HttpException(500, "Failed to confirm toolkit method: " + e.getMessage());
        }
    }

    private void write(HeldCall call, boolean success) {
        database.transact(handle -> {
            store.end(handle, call.id(), success);
            return null;
        });
    }

    private Optional<HeldCall> find(Verdict verdict, Caller caller) {
        return Ids.parse(verdict.executionId())
                .flatMap(id -> database.with(handle -> store.find(handle, id)))
                .filter(call -> call.agentId().equals(verdict.agentId())
                        && call.toolkit().equals(verdict.toolkit())
                        && call.method().equals(verdict.method())
                        && caller.reach().covers(call.tenantId(), call.userId()));
    }

    private void take(HeldCall call, HeldCall.Decision decision, ObjectNode arguments, Verdict verdict, Caller caller) {
        boolean taken = database.transact(
                handle -> store.take(handle, call.id(), decision, arguments, verdict.note(), caller.keyId()));
        if (!taken) {
            throw gone(database.with(handle -> store.find(handle, call.id())).orElse(call));
        }
    }

    private ObjectNode execute(Tool tool, HeldCall call, ObjectNode arguments) throws InterruptedException {
        String id = call.id().toString();
        ToolContext context =
                new ToolContext(null, call.agentId(), call.sessionId(), call.userId(), call.tenantId(), null, null);
        JsonNode result = ToolResults.parse(executor.execute(tool, new ToolInput(id, id, arguments, context)));
        return switch (result) {
            case ObjectNode object -> object;
            case JsonNode none when none.isNull() -> null;
            default -> Json.object().set("result", result);
        };
    }

    private Tool tool(String toolkit, String method) {
        if (toolkits.isEmpty()) {
            throw HttpException.notFound("Agent has no tools configured");
        }
        Map<String, Tool> methods = toolkits.get(toolkit);
        if (methods == null) {
            throw HttpException.notFound(
                    "Toolkit '" + toolkit + "' not found in agent tools. Available: " + quoted(toolkits));
        }
        Tool tool = methods.get(method);
        if (tool == null) {
            throw HttpException.notFound("Method '" + method + "' not found in toolkit '" + toolkit
                    + "'. Available methods: " + quoted(methods));
        }
        return tool;
    }

    private static String quoted(Map<String, ?> names) {
        return names.keySet().stream().collect(Collectors.joining("', '", "['", "']"));
    }

    private void check(Tool tool, ObjectNode arguments, List<Object> where) {
        check.misfit(tool.spec().name(), arguments).ifPresent(misfit -> {
            throw HttpException.invalidValue(misfit.within(where), misfit.reason(), null);
        });
    }

    private static HttpException unknown(String id) {
        return HttpException.notFound(
                "Execution " + id + " not found in cache. It may have expired or been already executed.");
    }

    private static HttpException gone(HeldCall call) {
        if (call.decision() == null) {
            return new HttpException(410, "Execution " + call.id() + " has expired. Please initiate a new execution.");
        }
        String word = call.decision().name().toLowerCase(Locale.ROOT);
        boolean unknown = call.decision() == HeldCall.Decision.CONFIRMED && call.outcome() == null;
        return new HttpException(
                410,
                "Execution " + call.id() + " was already " + word + "."
                        + (unknown ? " Its outcome is not known; it may be in progress. It was not repeated." : ""));
    }
}
