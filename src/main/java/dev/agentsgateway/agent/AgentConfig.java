package dev.agentsgateway.agent;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Length;
import dev.agentsgateway.http.Range;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.mcp.McpServerSettings;
import dev.agentsgateway.run.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How an agent works, kept as JSON in {@code agent_info.config}. Members that the reference does not have are left out
 * where they have no value.
 *
 * @param model          the model for requests that name none
 * @param fallbackModels asked in this order when the model gives no answer
 */
record AgentConfig(
        @Default("true") boolean enableMemory,
        @Default("true") boolean enableHistory,
        @Default("3") int numHistoryRuns,
        @Default("false") boolean enableReasoning,
        @Default("1") int reasoningMinSteps,
        @Default("10") int reasoningMaxSteps,
        @JsonInclude(JsonInclude.Include.NON_NULL) WorkerConfig workerConfig,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Description("Used by requests that name no model")
        ModelId model,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Description("Asked in this order when the model gives no answer")
        List<ModelId> fallbackModels,

        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Description("Names of tools whose calls wait for a person's yes, besides those that always do")
        List<String> confirmTools,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Description("What one run of the agent may use")
        RunLimits limits,

        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Length(max = 100)
        @Description("Ids of skills that the model may load")
        List<String> skills,

        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Description("Whether messages are checked; what is null is as the server is set up")
        Boolean guardrails,

        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Range(min = 1, max = Integer.MAX_VALUE)
        @Description("The version of the prompt that is always used")
        Integer promptVersion,

        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Length(min = 1, max = 255)
        @Description("The label of the prompt's version that is used, wherever it points")
        String promptLabel,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Description("The model that reasons; the agent's when null")
        ModelId reasoningModel,

        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Description("Whether the model is told what is remembered of the user")
        Boolean addMemories,

        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Description("Whether each run is searched for what is worth remembering, by a model call of its own")
        Boolean extractMemories,

        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Range(min = 1000, max = 100_000_000)
        @Description("The size of the context in tokens at which old tool results are shortened and old runs left out")
        Integer contextTokens) {
    static final Set<String> MEMBERS = Stream.of(AgentConfig.class.getRecordComponents())
            .map(component -> PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(component.getName()))
            .collect(Collectors.toUnmodifiableSet());

    static final AgentConfig DEFAULT = new AgentConfig(
            true, true, 3, false, 1, 10, null, null, null, null, null, null, null, null, null, null, null, null, null);

    /** How the agent's worker is set up when a supervisor runs it; checked and kept for it. */
    record WorkerConfig(
            @Default("[]") List<McpServer> mcpServers,
            @Default("[]") List<Hook> hooks,
            Permissions permissions,
            String executionEnginePreference,
            @Default("\"linux_worker_pool\"") String workerPool,
            @Default("[]") List<String> allowedTools,
            @Default("[]") List<String> allowedCommands) {}

    record McpServer(
            @Required @Length(min = 1, max = 255) String name,
            @Default("\"stdio\"") String type,
            String command,
            @Default("[]") List<String> args,
            @Default("{}") Map<String, String> env,
            String url,
            @Default("{}") Map<String, String> headers,
            String description,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Description("The only tools that are offered; all when null")
            List<String> includeTools,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Description("Tools that are not offered")
            List<String> excludeTools,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Description("Tools whose calls wait for a person's yes")
            List<String> confirmTools,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Description("How the gateway gets a token for the server")
            McpOauth oauth,

            @JsonInclude(JsonInclude.Include.NON_NULL)
            @Range(min = 1, max = 3600)
            @Description("For one call; 10 when null")
            Integer timeoutSeconds) {
        McpServerSettings settings() {
            return new McpServerSettings(
                    name,
                    type,
                    command,
                    args,
                    env,
                    url,
                    headers,
                    includeTools == null ? null : Set.copyOf(includeTools),
                    excludeTools == null ? Set.of() : Set.copyOf(excludeTools),
                    confirmTools == null ? Set.of() : Set.copyOf(confirmTools),
                    oauth == null ? null : oauth.settings(),
                    timeoutSeconds == null ? McpServerSettings.DEFAULT_TIMEOUT : Duration.ofSeconds(timeoutSeconds));
        }

        /** Without what may be secret. */
        @Override
        public String toString() {
            return "McpServer[" + name + ", " + type + "]";
        }
    }

    /** The client credentials grant (RFC 6749, section 4.4). */
    record McpOauth(
            @Required @Length(min = 1, max = 2000) String tokenUrl,
            @Required @Length(min = 1, max = 2000) String clientId,
            @Required @Length(min = 1, max = 4000) String clientSecret,
            @JsonInclude(JsonInclude.Include.NON_NULL) String scope) {
        McpServerSettings.Oauth settings() {
            return new McpServerSettings.Oauth(tokenUrl, clientId, clientSecret, scope);
        }

        @Override
        public String toString() {
            return "McpOauth[***]";
        }
    }

    record Hook(
            @Required String event,
            @Default("\"\"") String matcher,
            @Default("\"command\"") String hookType,
            @Default("\"\"") String commandOrUrl,
            @Default("30") int timeout) {}

    record Permissions(
            @Default("[]") List<String> allow,
            @Default("[]") List<String> deny,
            @Default("[]") List<String> ask) {}

    /** Narrows the operator's limits; what is not given, or is more than the operator allows, is the operator's. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record RunLimits(
            @Range(min = 1, max = 10_000) Integer maxModelTurns,
            @Range(min = 1, max = 7 * 86_400) Integer timeoutSeconds,
            @Range(min = 1, max = 86_400) Integer toolTimeoutSeconds,

            @Range(min = 1, max = 100_000_000) @Description("Text and tool arguments of one answer of the model")
            Integer maxOutputChars) {
        Limits within(Limits most) {
            return new Limits(
                    least(maxModelTurns, most.modelTurns()),
                    least(timeoutSeconds, most.wallClock()),
                    least(toolTimeoutSeconds, most.toolTimeout()),
                    least(maxOutputChars, most.outputChars()),
                    most.resultChars());
        }

        private static int least(Integer wanted, int most) {
            return wanted == null ? most : Math.min(wanted, most);
        }

        private static Duration least(Integer seconds, Duration most) {
            return seconds == null || most.compareTo(Duration.ofSeconds(seconds)) < 0
                    ? most
                    : Duration.ofSeconds(seconds);
        }
    }

    /** What clients see: all but the worker's configuration, which may hold secrets. */
    AgentConfig shown() {
        return new AgentConfig(
                enableMemory,
                enableHistory,
                numHistoryRuns,
                enableReasoning,
                reasoningMinSteps,
                reasoningMaxSteps,
                null,
                model,
                fallbackModels,
                confirmTools,
                limits,
                skills,
                guardrails,
                promptVersion,
                promptLabel,
                reasoningModel,
                addMemories,
                extractMemories,
                contextTokens);
    }

    /** @throws HttpException 422 when members do not fit each other */
    AgentConfig checked() {
        if (reasoningMinSteps < 0) {
            throw refused("reasoning_min_steps", "0 or more is needed", reasoningMinSteps);
        }
        if (reasoningMaxSteps < 1 || reasoningMaxSteps < reasoningMinSteps) {
            throw refused(
                    "reasoning_max_steps",
                    "1 or more is needed, and no less than reasoning_min_steps",
                    reasoningMaxSteps);
        }
        return this;
    }

    private static HttpException refused(String member, String why, int value) {
        return HttpException.invalidValue(List.of("body", "config", member), why, Integer.toString(value));
    }

    /** Whether neither a version nor a label is named. */
    boolean followsCurrentPrompt() {
        return promptVersion == null && promptLabel == null;
    }

    /** @param most what the operator allows */
    Limits limits(Limits most) {
        return limits == null ? most : limits.within(most);
    }

    List<McpServerSettings> mcpServers() {
        return workerConfig == null
                ? List.of()
                : workerConfig.mcpServers().stream().map(McpServer::settings).toList();
    }

    Set<String> toolsToConfirm() {
        return confirmTools == null ? Set.of() : Set.copyOf(confirmTools);
    }
}
