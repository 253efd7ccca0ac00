package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Body;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.Length;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.http.UserId;
import java.util.List;
import java.util.Map;

/** {@code /v2/agents/{agent_id}/toolkit/…}: calls of a toolkit's methods by clients, without a model. */
public final class ToolkitRoutes implements Route.Source {
    private static final String TAG = "V2 Agents";
    private static final String NO_AGENT = "Agent {agent_id} not found";
    private static final String NO_TOOLKIT = "Toolkit 'X' not found in agent tools. Available: ['DateTimeToolkit']";
    private static final String NO_METHOD =
            "Method 'm' not found in toolkit 'DateTimeToolkit'. Available methods: ['resolve_datetime']";

    private final ToolkitCalls calls;

    public ToolkitRoutes(ToolkitCalls calls) {
        this.calls = calls;
    }

    record RunInput(
            @Path String agentId,
            @Query @Required String toolkitName,
            @Query @Required String methodName,
            @Query @Required @UserId String userId,
            @Query @Required String sessionId,

            @Query @Description("Has no effect; older clients send it")
            String organizerEmail,

            @Query
            @Default("\"gemini-2.5-pro\"")
            @Description("Has no effect, because no model is asked; older clients send it")
            ModelId model,

            @Query
            @Default("false")
            @Description(
                    "Counts where only the agent's confirm_tools want a confirmation and the method changes nothing")
            boolean skipConfirmation,

            @Query(rest = true)
            @Description("Every other parameter is an argument of the method; a repeated one is a list")
            Map<String, List<String>> arguments) {}

    record ConfirmInput(@Path String agentId, @Body Confirmation body) {}

    record Confirmation(
            @Required @Description("From the held answer") String executionId,
            @Required String toolkitName,
            @Required String methodName,

            @Description("false denies the call; null or absent confirms it")
            Boolean confirmed,

            @Length(max = 10_000) @Description("Kept with the decision")
            String confirmationNote,

            @Description("Laid over the held arguments") ObjectNode args) {}

    /** Either the call was executed or it is held. */
    sealed interface RunAnswer permits Executed, Held {}

    record Executed(
            @Description("success; status from toolkit/confirm; cancelled for a call that was denied")
            String status,

            String message,

            @Description("The method's answer; one that is no object stands in an object as result")
            ObjectNode result)
            implements RunAnswer {}

    /** A call that waits for {@code toolkit/confirm}. */
    record Held(
            String executionId,
            String toolkitName,
            String methodName,
            @Description("null") Boolean confirmed,
            @Description("null") String confirmationNote,
            ObjectNode args)
            implements RunAnswer {}

    @Override
    public List<Route<?>> routes() {
        return List.of(
                Route.get("/v2/agents/{agent_id}/toolkit/run", RunInput.class)
                        .tag(TAG)
                        .summary("Call a method of a toolkit directly, or hold it for its confirmation")
                        .scope("agents:run")
                        .answers(200, RunAnswer.class)
                        .fails(404, NO_AGENT)
                        .fails(404, NO_TOOLKIT)
                        .fails(404, NO_METHOD)
                        .fails(500, "Failed to execute toolkit method: {cause}")
                        .handle(this::run),
                Route.post("/v2/agents/{agent_id}/toolkit/confirm", ConfirmInput.class)
                        .tag(TAG)
                        .summary("Execute a held call, once, or deny it")
                        .scope("agents:run")
                        .answers(200, Executed.class)
                        .fails(
                                404,
                                "Execution {execution_id} not found in cache."
                                        + " It may have expired or been already executed.")
                        .fails(410, "Execution {execution_id} has expired. Please initiate a new execution.")
                        .fails(410, "Execution {execution_id} was already confirmed.")
                        .fails(500, "Failed to confirm toolkit method: {cause}")
                        .handle(this::confirm));
    }

    private Answer run(Call<RunInput> call) throws InterruptedException {
        RunInput input = call.input();
        ToolkitCalls.Done done = calls.run(
                new ToolkitCalls.Wanted(
                        input.agentId(),
                        input.toolkitName(),
                        input.methodName(),
                        input.userId(),
                        input.sessionId(),
                        input.arguments()),
                input.skipConfirmation(),
                call.caller());
        HeldCall made = done.call();
        RunAnswer answer = done.held()
                ? new Held(made.id().toString(), made.toolkit(), made.method(), null, null, made.arguments())
                : new Executed(
                        "success", "[toolkit/run] Method " + made.method() + " executed successfully", done.result());
        // Caches on the way do not know that the key is part of the question.
        return new Answer.Json(200, answer, Map.of("cache-control", "no-store"));
    }

    private Answer confirm(Call<ConfirmInput> call) throws InterruptedException {
        Confirmation body = call.input().body();
        boolean confirmed = !Boolean.FALSE.equals(body.confirmed());
        ToolkitCalls.Done done = calls.confirm(
                new ToolkitCalls.Verdict(
                        call.input().agentId(),
                        body.executionId(),
                        body.toolkitName(),
                        body.methodName(),
                        confirmed,
                        body.confirmationNote(),
                        body.args()),
                call.caller());
        String method = "[toolkit/confirm] Method " + done.call().method();
        return Answer.ok(
                confirmed
                        // The reference's word, which clients may look for.
                        ? new Executed("status", method + " executed successfully", done.result())
                        : new Executed("cancelled", method + " was not executed: it was denied", null));
    }
}
