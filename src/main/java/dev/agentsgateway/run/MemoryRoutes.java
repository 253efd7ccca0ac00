package dev.agentsgateway.run;

import dev.agentsgateway.common.Ids;
import dev.agentsgateway.common.Reach;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Body;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Length;
import dev.agentsgateway.http.NotNull;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Range;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.http.UserId;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;

/** {@code /v2/users/{user_id}/memories}: what agents remember of a user. */
public final class MemoryRoutes implements Route.Source {
    private static final String TAG = "V2 Memories";
    private static final String LIST = "memories";
    private static final String NOT_FOUND = "Memory {memory_id} not found";

    private final MemoryStore memories;

    public MemoryRoutes(Database database) {
        memories = new MemoryStore(database);
    }

    record ListInput(
            @Path @UserId String userId,

            @Query @Description("next_cursor of the page before")
            String cursor,

            @Query @Default("50") @Range(min = 1, max = 200) int limit) {}

    record AddInput(
            @Path @UserId @Length(max = 255) String userId,
            @Body NewMemory body) {}

    record OneInput(@Path @UserId String userId, @Path String memoryId) {}

    record EditInput(
            @Path @UserId String userId,
            @Path String memoryId,
            @Body MemoryChange body) {}

    record NewMemory(
            @Required @Length(min = 1, max = MemoryCalls.MEMORY_CHARS)
            String memory,

            @Default("[]") @Length(max = MemoryCalls.TOPICS)
            List<@Length(max = MemoryCalls.TOPIC_CHARS) String> topics) {}

    record MemoryChange(
            @NotNull @Length(min = 1, max = MemoryCalls.MEMORY_CHARS) @Description("Stays when left out")
            String memory,

            @NotNull @Length(max = MemoryCalls.TOPICS) @Description("Stay when left out")
            List<@Length(max = MemoryCalls.TOPIC_CHARS) String> topics) {}

    record MemoryView(
            String id,
            String userId,
            String memory,
            List<String> topics,

            @Description("The request of a model that led to it, null when it was added here")
            String input,

            OffsetDateTime createdAt,
            OffsetDateTime updatedAt) {
        static MemoryView of(Memory memory) {
            return new MemoryView(
                    memory.id().toString(),
                    memory.userId(),
                    memory.memory(),
                    memory.topics(),
                    memory.input(),
                    memory.createdAt(),
                    memory.updatedAt());
        }
    }

    record MemoryList(
            List<MemoryView> memories,
            @Description("null on the last page") String nextCursor) {}

    record Deleted(String id, String message) {}

    @Override
    public List<Route<?>> routes() {
        String all = "/v2/users/{user_id}/memories";
        String one = all + "/{memory_id}";
        return List.of(
                Route.get(all, ListInput.class)
                        .tag(TAG)
                        .summary("List what is remembered of a user, newest first")
                        .scope("memories:read")
                        .answers(200, MemoryList.class)
                        .handle(this::list),
                Route.post(all, AddInput.class)
                        .tag(TAG)
                        .summary("Remember something of a user")
                        .scope("memories:write")
                        .answers(201, MemoryView.class)
                        .handle(this::add),
                Route.patch(one, EditInput.class)
                        .tag(TAG)
                        .summary("Change what is remembered")
                        .scope("memories:write")
                        .answers(200, MemoryView.class)
                        .fails(404, NOT_FOUND)
                        .handle(this::edit),
                Route.delete(one, OneInput.class)
                        .tag(TAG)
                        .summary("Forget something of a user")
                        .scope("memories:write")
                        .answers(200, Deleted.class)
                        .fails(404, NOT_FOUND)
                        .handle(this::delete));
    }

    private Answer list(Call<ListInput> call) {
        ListInput input = call.input();
        Reach reach = call.caller().reach();
        UUID before = Cursor.uuid(LIST, input.cursor());
        List<Memory> found = memories.list(input.userId(), reach.tenantId(), before, input.limit() + 1);
        Page<Memory> page = Page.of(found, input.limit(), memory -> Cursor.of(LIST, memory.id()));
        return Answer.ok(new MemoryList(page.map(MemoryView::of), page.next()));
    }

    private Answer add(Call<AddInput> call) {
        AddInput input = call.input();
        Reach reach = call.caller().reach();
        Memory added = memories.add(
                input.userId(),
                reach.realm(),
                input.body().memory(),
                input.body().topics(),
                null);
        return Answer.created(MemoryView.of(added));
    }

    private Answer edit(Call<EditInput> call) {
        EditInput input = call.input();
        Reach reach = call.caller().reach();
        UUID id = id(input.memoryId());
        Memory edited = memories.edit(
                        input.userId(),
                        reach.tenantId(),
                        id,
                        input.body().memory(),
                        input.body().topics())
                .orElseThrow(() -> notFound(input.memoryId()));
        return Answer.ok(MemoryView.of(edited));
    }

    private Answer delete(Call<OneInput> call) {
        OneInput input = call.input();
        Reach reach = call.caller().reach();
        UUID id = id(input.memoryId());
        if (!memories.delete(input.userId(), reach.tenantId(), id)) {
            throw notFound(input.memoryId());
        }
        return Answer.ok(new Deleted(input.memoryId(), "Memory " + input.memoryId() + " deleted successfully"));
    }

    private static UUID id(String memory) {
        return Ids.parse(memory).orElseThrow(() -> notFound(memory));
    }

    private static HttpException notFound(String id) {
        return HttpException.notFound("Memory " + id + " not found");
    }
}
