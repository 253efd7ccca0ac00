package dev.agentsgateway.prompt;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Body;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Length;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Range;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.Route;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * {@code /v2/prompts}. Where a back end that holds the prompts does not answer, reads carry {@value #STALE}: the seconds
 * since what they show was last known to be true.
 */
public final class PromptRoutes implements Route.Source {
    static final String STALE = "X-Prompt-Stale";
    private static final String NOT_FOUND = "Prompt '{prompt_id}' not found";

    private final Prompts prompts;

    PromptRoutes(Prompts prompts) {
        this.prompts = prompts;
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

    record ListInput(
            @Query @Length(max = 255) @Description("Only prompts with this in their id, name or description")
            String search,

            @Query @Length(max = 255) @Description("Only prompts with this tag")
            String tag,

            @Query @Description("next_cursor of the page before")
            String cursor,

            @Query @Range(min = 1, max = 1000) @Description("All when it is not given")
            Integer limit) {}

    record PromptList(
            List<Prompt> prompts,
            @Description("How many are in this answer") int total,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Description("Only with limit, when there are more")
            String nextCursor) {}

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
                Route.get("/v2/prompts", ListInput.class)
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
                        .summary("Change a prompt, which makes a new version; absent and null members stay as they are")
                        .scope("prompts:write")
                        .answers(200, Prompt.class)
                        .fails(400, "Invalid template: Template cannot be empty")
                        .fails(404, NOT_FOUND)
                        .handle(this::change),
                Route.delete("/v2/prompts/{prompt_id}", OneInput.class)
                        .tag("Prompts")
                        .summary("Delete a prompt and its labels; its id can be used again")
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
        if (prompts.find(body.id()).isPresent()) {
            throw taken(body.id());
        }
        PromptContent content =
                new PromptContent(body.name(), checked(body.template()), body.description(), body.tags(), body.tools());
        return prompts.create(body.id(), content, call.caller().keyId())
                .map(Answer::created)
                .orElseThrow(() -> taken(body.id()));
    }

    private Answer list(Call<ListInput> call) {
        ListInput input = call.input();
        Integer limit = input.limit();
        Prompts.FoundAll found = prompts.list(new PromptStore.Filter(
                input.search(), input.tag(), place(input.cursor()), limit == null ? null : limit + 1));
        List<Prompt> page = found.prompts();
        String next = null;
        if (limit != null && page.size() > limit) {
            page = page.subList(0, limit);
            next = cursor(page.getLast());
        }
        return new Answer.Json(200, new PromptList(page, page.size(), next), headers(found.staleSeconds()));
    }

    private Answer get(Call<OneInput> call) {
        String id = call.input().promptId();
        Prompts.Found found = prompts.find(id).orElseThrow(() -> notFound(id));
        return new Answer.Json(200, found.prompt(), headers(found.staleSeconds()));
    }

    private Answer change(Call<ChangeInput> call) {
        String id = call.input().promptId();
        Change body = call.input().body();
        PromptContent change = new PromptContent(
                body.name(),
                body.template() == null ? null : checked(body.template()),
                body.description(),
                body.tags(),
                body.tools());
        return Answer.ok(prompts.change(id, change, call.caller().keyId()).orElseThrow(() -> notFound(id)));
    }

    private Answer delete(Call<OneInput> call) {
        String id = call.input().promptId();
        if (!prompts.delete(id, call.caller().keyId())) {
            throw notFound(id);
        }
        return Answer.ok(new Deleted("Prompt deleted successfully", id));
    }

    private static Map<String, String> headers(Long staleSeconds) {
        return staleSeconds == null ? Map.of() : Map.of(STALE, staleSeconds.toString());
    }

    private static String cursor(Prompt last) {
        String place = Timestamps.format(last.createdAt()) + " " + last.id();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(place.getBytes(StandardCharsets.UTF_8));
    }

    private static PromptStore.Place place(String cursor) {
        if (cursor == null) {
            return null;
        }
        try {
            String place = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            int blank = place.indexOf(' ');
            if (blank > 0 && place.indexOf('\0') < 0) {
                return new PromptStore.Place(
                        LocalDateTime.parse(place.substring(0, blank)), place.substring(blank + 1));
            }
        } catch (IllegalArgumentException | DateTimeException e) {
            // Told below, as any other text that was never given out.
        }
        throw HttpException.invalidValue(List.of("query", "cursor"), "not a cursor of this list", cursor);
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

    static HttpException notFound(String id) {
        return HttpException.notFound("Prompt '" + id + "' not found");
    }
}
