package dev.agentsgateway.agent;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.PythonJson;
import dev.agentsgateway.model.Usage;
import dev.agentsgateway.run.EventFormat;
import dev.agentsgateway.run.Guard;
import dev.agentsgateway.run.Reasoned;
import dev.agentsgateway.run.RunEvent;
import dev.agentsgateway.run.RunEvents;
import dev.agentsgateway.run.RunIdentity;
import dev.agentsgateway.run.RunMetrics;
import dev.agentsgateway.run.ToolExecution;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * The native wire format of agent runs: server-sent events named {@code message}, one JSON object each, with the event's
 * number as id. Members and their order are the reference's. One instance writes one stream; for one thread.
 */
public final class AgentEvents implements EventFormat.Writer {
    private static final String HEAD = "event: message\nid: ";
    private static final String DATA = "\ndata: ";
    private static final String END = "\n\n";

    /** The members that all events of the run have alike, written once: most of what a stream consists of. */
    private final String common;

    private interface Members {
        void write(JsonGenerator out) throws IOException;
    }

    public AgentEvents(RunIdentity run) {
        ObjectNode members = Json.object()
                .put("agent_id", run.ownerId())
                .put("agent_name", run.name())
                .put("run_id", run.runId().toString())
                .put("session_id", run.sessionId())
                .put("nested_depth", 0);
        String object = new String(PythonJson.write(members), StandardCharsets.US_ASCII);
        common = ", " + object.substring(1, object.length() - 1);
    }

    @Override
    public byte[] frames(RunEvents.Batch batch) {
        try {
            List<RunEvent> events = batch.events();
            ByteArrayOutputStream out = new ByteArrayOutputStream(events.size() * 448);
            try (JsonGenerator json = PythonJson.generator(out)) {
                for (int i = 0; i < events.size(); i++) {
                    json.writeRaw(HEAD);
                    json.writeRaw(batch.id(i).toString());
                    json.writeRaw(DATA);
                    write(json, events.get(i));
                    json.writeRaw(END);
                }
            }
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public byte[] data(RunEvent event) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream(448);
            try (JsonGenerator json = PythonJson.generator(out)) {
                write(json, event);
            }
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(JsonGenerator out, RunEvent event) throws IOException {
        switch (event) {
            case RunEvent.Started started ->
                event(out, event, "RunStarted", json -> {
                    json.writeStringField("model", started.model());
                    json.writeStringField("model_provider", started.provider());
                });
            case RunEvent.ReasoningStarted _ -> event(out, event, "ReasoningStarted", _ -> {});
            case RunEvent.ReasoningStepped stepped ->
                event(out, event, "ReasoningStep", json -> {
                    json.writeObjectField("content", stepped.step());
                    json.writeStringField("content_type", "ReasoningStep");
                    json.writeStringField("reasoning_content", stepped.content());
                });
            case RunEvent.ReasoningCompleted completed ->
                event(out, event, "ReasoningCompleted", json -> {
                    json.writeObjectFieldStart("content");
                    json.writeObjectField("reasoning_steps", completed.steps());
                    json.writeEndObject();
                    json.writeStringField("content_type", "ReasoningSteps");
                });
            case RunEvent.PreHookStarted started ->
                event(out, event, "PreHookStarted", json -> hook(json, started.hook(), started.input()));
            case RunEvent.PreHookCompleted completed ->
                event(out, event, "PreHookCompleted", json -> hook(json, completed.hook(), completed.input()));
            case RunEvent.ModelRequestStarted started ->
                event(out, event, "ModelRequestStarted", json -> {
                    json.writeStringField("model", started.model());
                    json.writeStringField("model_provider", started.provider());
                });
            case RunEvent.Content content ->
                event(out, event, "RunContent", json -> {
                    json.writeStringField("content", content.text());
                    json.writeBooleanField("workflow_agent", false);
                    json.writeStringField("content_type", "str");
                    json.writeStringField("reasoning_content", content.reasoning());
                    providerData(json, content.responseId());
                });
            case RunEvent.ModelRequestCompleted completed ->
                event(out, event, "ModelRequestCompleted", json -> modelRequest(json, completed));
            case RunEvent.ToolCallStarted started ->
                event(out, event, "ToolCallStarted", json -> tools(json, started.tool()));
            case RunEvent.ToolCallCompleted completed ->
                event(out, event, "ToolCallCompleted", json -> {
                    json.writeStringField("content", caption(completed.tool()));
                    tools(json, completed.tool());
                });
            case RunEvent.ToolCallFailed failed ->
                event(out, event, "ToolCallError", json -> {
                    tools(json, failed.tool());
                    json.writeStringField("error", failed.tool().result());
                });
            case RunEvent.Continued _ -> event(out, event, "RunContinued", _ -> {});
            case RunEvent.StepRestarted restarted ->
                event(out, event, "StepRestarted", json -> json.writeStringField("content", restarted.content()));
            case RunEvent.Paused paused -> event(out, event, "RunPaused", json -> paused(json, paused));
            case RunEvent.ContentCompleted _ -> event(out, event, "RunContentCompleted", _ -> {});
            case RunEvent.Completed completed -> event(out, event, "RunCompleted", json -> completed(json, completed));
            case RunEvent.Failed failed ->
                event(out, event, "RunError", json -> {
                    json.writeStringField("content", failed.message());
                    json.writeStringField("error_type", errorType(failed.code()));
                    json.writeStringField("error_id", failed.code());
                });
            case RunEvent.Cancelled cancelled ->
                event(out, event, "RunCancelled", json -> json.writeStringField("reason", cancelled.reason()));
        }
    }

    private void event(JsonGenerator out, RunEvent event, String name, Members members) throws IOException {
        out.writeStartObject();
        out.writeNumberField("created_at", event.at() / 1000);
        out.writeStringField("event", name);
        out.writeRaw(common);
        members.write(out);
        out.writeEndObject();
    }

    private static void hook(JsonGenerator out, String name, String input) throws IOException {
        out.writeStringField("pre_hook_name", name);
        out.writeObjectFieldStart("run_input");
        out.writeStringField("input_content", input);
        out.writeEndObject();
    }

    private static String errorType(String code) {
        return code.equals(Guard.PROMPT_INJECTION) ? "input_check_error" : "run_error";
    }

    private static void providerData(JsonGenerator out, String responseId) throws IOException {
        if (responseId != null) {
            out.writeObjectFieldStart("model_provider_data");
            out.writeStringField("id", responseId);
            out.writeEndObject();
        }
    }

    private static void modelRequest(JsonGenerator out, RunEvent.ModelRequestCompleted completed) throws IOException {
        Usage usage = completed.usage();
        out.writeStringField("model", completed.model());
        out.writeStringField("model_provider", completed.provider());
        out.writeNumberField("input_tokens", usage.input());
        out.writeNumberField("output_tokens", usage.output());
        out.writeNumberField("total_tokens", usage.total());
        if (completed.timeToFirstToken() != null) {
            out.writeNumberField("time_to_first_token", completed.timeToFirstToken());
        }
        out.writeNumberField("reasoning_tokens", usage.reasoning());
        out.writeNumberField("cache_read_tokens", usage.cacheRead());
        out.writeNumberField("cache_write_tokens", usage.cacheWrite());
    }

    private static void completed(JsonGenerator out, RunEvent.Completed completed) throws IOException {
        out.writeStringField("content", completed.content());
        out.writeStringField("content_type", "str");
        Reasoned reasoned = completed.reasoned();
        String reasoning = (reasoned == null ? "" : reasoned.text()) + completed.reasoning();
        if (!reasoning.isEmpty()) {
            out.writeStringField("reasoning_content", reasoning);
        }
        if (reasoned != null) {
            out.writeObjectField("reasoning_steps", reasoned.steps());
            out.writeObjectField("reasoning_messages", reasoned.messages());
        }
        providerData(out, completed.responseId());
        if (completed.references() != null) {
            out.writeFieldName("references");
            out.writeTree(completed.references());
        }
        out.writeObjectField("session_state", completed.sessionState());
        out.writeObjectField("metrics", metrics(completed.metrics()));
    }

    private static void paused(JsonGenerator out, RunEvent.Paused paused) throws IOException {
        out.writeStringField("content", paused.content());
        out.writeArrayFieldStart("tools");
        for (ToolExecution tool : paused.tools()) {
            out.writeTree(tool(tool));
        }
        out.writeEndArray();
        out.writeArrayFieldStart("requirements");
        for (RunEvent.Requested requested : paused.requirements()) {
            out.writeStartObject();
            out.writeStringField("id", requested.id().toString());
            out.writeStringField(
                    "created_at", Instant.ofEpochMilli(requested.createdAt()).toString());
            out.writeFieldName("tool_execution");
            out.writeTree(tool(requested.tool()));
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static void tools(JsonGenerator out, ToolExecution tool) throws IOException {
        out.writeArrayFieldStart("tools");
        out.writeTree(tool(tool));
        out.writeEndArray();
    }

    /** {@code name(key=value, …) completed in 0.0012s. }, the blank at the end included. */
    static String caption(ToolExecution tool) {
        StringBuilder text = new StringBuilder(tool.name()).append('(');
        String separator = "";
        for (var argument : tool.arguments().properties()) {
            text.append(separator).append(argument.getKey()).append('=');
            text.append(words(argument.getValue()));
            separator = ", ";
        }
        double seconds = (tool.endedAt() - tool.startedAt()) / 1000.0;
        return text.append(") completed in ")
                .append(String.format(Locale.ROOT, "%.4f", seconds))
                .append("s. ")
                .toString();
    }

    /** Null and booleans read as they do in the reference. */
    private static String words(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> value.textValue();
            case NULL -> "None";
            case BOOLEAN -> value.booleanValue() ? "True" : "False";
            default -> value.toString();
        };
    }

    /** The tool object of streams: all 20 members, always. */
    static ObjectNode tool(ToolExecution tool) {
        ObjectNode object = Json.object();
        object.put("tool_call_id", tool.callId());
        object.put("tool_name", tool.name());
        object.set("tool_args", tool.arguments());
        object.put("tool_call_error", tool.error());
        object.set("result", ToolResults.parse(tool.result()));
        if (tool.endedAt() == 0) {
            object.putNull("metrics");
        } else {
            object.putObject("metrics")
                    .put("start_time", tool.startedAt() / 1000.0)
                    .put("end_time", tool.endedAt() / 1000.0)
                    .put("duration", (tool.endedAt() - tool.startedAt()) / 1000.0);
        }
        object.putNull("child_run_id");
        object.put("stop_after_tool_call", false);
        object.put("created_at", tool.startedAt() / 1000);
        object.put("requires_confirmation", tool.requiresConfirmation());
        object.put("confirmed", tool.confirmed());
        object.put("confirmation_note", tool.note());
        for (String absent : List.of(
                "requires_user_input",
                "user_input_schema",
                "user_feedback_schema",
                "answered",
                "external_execution_required",
                "external_execution_silent",
                "approval_type",
                "approval_id")) {
            object.putNull(absent);
        }
        return object;
    }

    /** The metrics object; members that are 0 or unknown are left out. */
    static ObjectNode metrics(RunMetrics metrics) {
        ObjectNode object = Json.object();
        tokens(object, metrics.usage());
        if (metrics.timeToFirstToken() != null) {
            object.put("time_to_first_token", metrics.timeToFirstToken());
        }
        object.put("duration", metrics.duration());
        if (metrics.usage().estimated()) {
            object.put("is_estimated", true);
        }
        if (!metrics.models().isEmpty()) {
            models(object.putObject("details").putArray("model"), metrics.models());
        }
        if (!metrics.reasoners().isEmpty()) {
            models(object.withObjectProperty("details").putArray("reasoning_model"), metrics.reasoners());
        }
        return object;
    }

    private static void models(ArrayNode models, List<RunMetrics.ModelUsage> used) {
        for (RunMetrics.ModelUsage model : used) {
            tokens(models.addObject(), model.usage()).put("id", model.model()).put("provider", model.provider());
        }
    }

    private static ObjectNode tokens(ObjectNode object, Usage usage) {
        positive(object, "input_tokens", usage.input());
        positive(object, "output_tokens", usage.output());
        positive(object, "total_tokens", usage.total());
        positive(object, "cache_read_tokens", usage.cacheRead());
        positive(object, "cache_write_tokens", usage.cacheWrite());
        positive(object, "reasoning_tokens", usage.reasoning());
        return object;
    }

    private static void positive(ObjectNode object, String name, long value) {
        if (value > 0) {
            object.put(name, value);
        }
    }
}
