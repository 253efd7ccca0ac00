package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Range;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.http.UserId;
import java.time.OffsetDateTime;
import java.util.List;

/** {@code /v2/sessions}. */
public final class SessionRoutes implements Route.Source {
    private static final String TAG = "V2 Sessions";
    private static final String NOT_FOUND = "Session {id} not found";
    private static final String BUSY = "Session {id} has an active run";

    private final Sessions sessions;

    public SessionRoutes(Sessions sessions) {
        this.sessions = sessions;
    }

    record ListInput(
            @Query String agentId,
            @Query String teamId,
            @Query @UserId String userId,

            @Query @Description("The id that the client gave the session")
            String sessionId,

            @Query @Description("next_cursor of the page before")
            String cursor,

            @Query @Default("50") @Range(min = 1, max = 200) int limit) {}

    record OneInput(@Path String id) {}

    record MessagesInput(
            @Path String id,

            @Query @Description("next_cursor of the page before")
            String cursor,

            @Query @Default("50") @Range(min = 1, max = 200) int limit) {}

    /** A session as it is listed. */
    record SessionSummary(
            @Description("The gateway's own id: the same session_id of another user or agent is another session")
            String id,

            @Description("null for a team's session") String agentId,
            @Description("null for an agent's session") String teamId,
            @Description("The id that the client gave") String sessionId,
            String userId,
            String tenantId,
            @Description("Runs that have begun") int runCount,

            @Description("The run that works or is paused in it, null for none")
            String activeRunId,

            OffsetDateTime createdAt,
            @Description("Its last activity") OffsetDateTime updatedAt) {
        static SessionSummary of(SessionStore.Row row) {
            boolean agent = row.kind() == SessionKey.Kind.AGENT;
            return new SessionSummary(
                    Long.toString(row.id()),
                    agent ? row.ownerId() : null,
                    agent ? null : row.ownerId(),
                    row.sessionId(),
                    row.userId(),
                    row.tenantId(),
                    row.turn(),
                    row.activeRun() == null ? null : row.activeRun().toString(),
                    row.createdAt(),
                    row.updatedAt());
        }
    }

    record SessionList(
            List<SessionSummary> sessions,
            @Description("null on the last page") String nextCursor) {}

    record SessionView(
            String id,
            @Description("null for a team's session") String agentId,
            @Description("null for an agent's session") String teamId,
            String sessionId,
            String userId,
            String tenantId,
            int runCount,

            @Description("What users and models said") int messageCount,

            String activeRunId,

            @Description("What the session remembers as named values")
            JsonNode state,

            OffsetDateTime createdAt,
            OffsetDateTime updatedAt) {
        static SessionView of(SessionSummary summary, SessionStore.Details details) {
            return new SessionView(
                    summary.id(),
                    summary.agentId(),
                    summary.teamId(),
                    summary.sessionId(),
                    summary.userId(),
                    summary.tenantId(),
                    summary.runCount(),
                    details.messages(),
                    summary.activeRunId(),
                    Json.read(details.state()),
                    summary.createdAt(),
                    summary.updatedAt());
        }
    }

    record MessageList(
            @Description("run_id, seq, role, what was said, called or answered, created_at")
            List<ObjectNode> messages,

            @Description("null on the last page") String nextCursor) {}

    record Done(String id, String message) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(
                Route.get("/v2/sessions", ListInput.class)
                        .tag(TAG)
                        .summary("List sessions, newest first")
                        .scope("sessions:read")
                        .answers(200, SessionList.class)
                        .handle(this::list),
                Route.get("/v2/sessions/{id}", OneInput.class)
                        .tag(TAG)
                        .summary("Get a session with its state")
                        .scope("sessions:read")
                        .answers(200, SessionView.class)
                        .fails(404, NOT_FOUND)
                        .handle(this::get),
                Route.get("/v2/sessions/{id}/messages", MessagesInput.class)
                        .tag(TAG)
                        .summary("Read a session's messages, oldest first")
                        .scope("sessions:read")
                        .answers(200, MessageList.class)
                        .fails(404, NOT_FOUND)
                        .handle(this::messages),
                Route.delete("/v2/sessions/{id}", OneInput.class)
                        .tag(TAG)
                        .summary("Delete a session with its runs and transcripts")
                        .scope("sessions:write")
                        .answers(200, Done.class)
                        .fails(404, NOT_FOUND)
                        .fails(409, BUSY)
                        .handle(this::delete),
                Route.post("/v2/sessions/{id}/clear", OneInput.class)
                        .tag(TAG)
                        .summary("Empty a session: its runs, transcripts and state")
                        .scope("sessions:write")
                        .answers(200, Done.class)
                        .fails(404, NOT_FOUND)
                        .fails(409, BUSY)
                        .handle(this::clear));
    }

    private Answer list(Call<ListInput> call) {
        ListInput input = call.input();
        Owner owner = Owner.of(input.agentId(), input.teamId(), "a session");
        SessionStore.Wanted wanted =
                new SessionStore.Wanted(owner.kind(), owner.id(), input.userId(), input.sessionId());
        Page<SessionStore.Row> page = sessions.list(wanted, call.caller().reach(), input.cursor(), input.limit());
        return Answer.ok(new SessionList(page.map(SessionSummary::of), page.next()));
    }

    private Answer get(Call<OneInput> call) {
        SessionStore.Row session = sessions.get(call.input().id(), call.caller().reach());
        return Answer.ok(SessionView.of(SessionSummary.of(session), sessions.details(session)));
    }

    private Answer messages(Call<MessagesInput> call) {
        MessagesInput input = call.input();
        Page<SessionStore.MessageRow> page =
                sessions.messages(input.id(), call.caller().reach(), input.cursor(), input.limit());
        return Answer.ok(new MessageList(page.map(SessionRoutes::shown), page.next()));
    }

    private static ObjectNode shown(SessionStore.MessageRow row) {
        ObjectNode message = Json.object().put("run_id", row.runId().toString()).put("seq", row.seq());
        message.setAll(MessageJson.shown(row.role(), row.body(), row.createdAt()));
        return message;
    }

    private Answer delete(Call<OneInput> call) {
        String id = call.input().id();
        sessions.delete(id, call.caller().reach());
        return Answer.ok(new Done(id, "Session " + id + " deleted successfully"));
    }

    private Answer clear(Call<OneInput> call) {
        String id = call.input().id();
        sessions.clear(id, call.caller().reach());
        return Answer.ok(new Done(id, "Session " + id + " cleared"));
    }
}
