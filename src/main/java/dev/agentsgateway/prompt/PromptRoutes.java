package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Body;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Length;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.Route;
import java.time.Clock;
import java.util.List;

/** {@code /v2/prompts}. */
public final class PromptRoutes implements Route.Source {
    private static final String NOT_FOUND = "Prompt '{prompt_id}' not found";

    private final Database database;
    private final PromptStore store;
    private final Clock clock;

    public PromptRoutes(Database database, PromptStore store, Clock clock) {
        this.database = database;
        this.store = store;
        this.clock = clock;
    }

    record Create(
            @Required @Length(min = 1, max = 255) @Description("Unique; without '/', so that it can be addressed")
            String id,

            @Required @Length(max = 255) String name,
            @Required String template,
            String description,
            List<String> tags,
            List<ObjectNode> tools) {}

    record Change(
            @Length(max = 255) String name,
            String template,
            String description,
            List<String> tags,
            List<ObjectNode> tools) {}

    record PromptList(List<Prompt> prompts, int total) {}

    record Deleted(String message, String id) {}

    record CreateInput(@Body Create body) {}

    record ChangeInput(@Path String promptId, @Body Change body) {}

    record OneInput(@Path String promptId) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(
                Route.post("/v2/prompts", CreateInput.class)
                        .tag("Prompts")
                        .summary("Create a prompt")
                        .scope("prompts:write")
                        .answers(201, Prompt.class)
                        .fails(400, "Invalid template: Template cannot be empty")
                        .fails(409, "Prompt with id '{id}' already exists")
                        .handle(this::create),
                Route.get("/v2/prompts", Route.NoInput.class)
                        .tag("Prompts")
                        .summary("List the active prompts, newest first")
                        .scope("prompts:read")
                        .answers(200, PromptList.class)
                        .handle(this::list),
                Route.get("/v2/prompts/{prompt_id}", OneInput.class)
                        .tag("Prompts")
                        .summary("Get a prompt")
                        .scope("prompts:read")
                        .answers(200, Prompt.class)
                        .fails(404, NOT_FOUND)
                        .handle(this::get),
                Route.put("/v2/prompts/{prompt_id}", ChangeInput.class)
                        .tag("Prompts")
                        .summary("Change a prompt; absent and null members stay as they are")
                        .scope("prompts:write")
                        .answers(200, Prompt.class)
                        .fails(400, "Invalid template: Template cannot be empty")
                        .fails(404, NOT_FOUND)
                        .handle(this::change),
                Route.delete("/v2/prompts/{prompt_id}", OneInput.class)
                        .tag("Prompts")
                        .summary("Delete a prompt; its id can be used again")
                        .scope("prompts:write")
                        .answers(200, Deleted.class)
                        .fails(404, NOT_FOUND)
                        .handle(this::delete));
    }

    private Answer create(Call<CreateInput> call) {
        Create body = call.input().body();
        if (body.id().contains("/")) {
            throw new HttpException(400, "Prompt id must not contain '/'");
        }
        if (database.with(handle -> store.find(handle, body.id())).isPresent()) {
            throw taken(body.id());
        }
        PromptStore.Content content = new PromptStore.Content(
                body.name(), checked(body.template()), body.description(), body.tags(), body.tools());
        return database.with(handle -> store.create(handle, body.id(), content, Timestamps.now(clock)))
                .map(Answer::created)
                .orElseThrow(() -> taken(body.id()));
    }

    private Answer list(Call<Route.NoInput> call) {
        List<Prompt> prompts = database.with(store::list);
        return Answer.ok(new PromptList(prompts, prompts.size()));
    }

    private Answer get(Call<OneInput> call) {
        String id = call.input().promptId();
        return Answer.ok(database.with(handle -> store.find(handle, id)).orElseThrow(() -> notFound(id)));
    }

    private Answer change(Call<ChangeInput> call) {
        String id = call.input().promptId();
        Change body = call.input().body();
        String template = body.template() == null ? null : checked(body.template());
        boolean nothing = body.name() == null
                && template == null
                && body.description() == null
                && body.tags() == null
                && body.tools() == null;
        PromptStore.Content content =
                new PromptStore.Content(body.name(), template, body.description(), body.tags(), body.tools());
        return Answer.ok(database.with(handle ->
                        nothing ? store.find(handle, id) : store.update(handle, id, content, Timestamps.now(clock)))
                .orElseThrow(() -> notFound(id)));
    }

    private Answer delete(Call<OneInput> call) {
        String id = call.input().promptId();
        if (!database.with(handle -> store.delete(handle, id, Timestamps.now(clock)))) {
            throw notFound(id);
        }
        return Answer.ok(new Deleted("Prompt deleted successfully", id));
    }

    private static String checked(String template) {
        String problem = Templates.problem(template);
        if (problem != null) {
            throw new HttpException(400, "Invalid template: " + problem);
        }
        return Templates.normalised(template);
    }

    private static HttpException taken(String id) {
        return new HttpException(409, "Prompt with id '" + id + "' already exists");
    }

    private static HttpException notFound(String id) {
        return HttpException.notFound("Prompt '" + id + "' not found");
    }
}
