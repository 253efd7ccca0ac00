package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Body;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Length;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Range;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.Route;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code /v2/prompts/{prompt_id}/versions}, {@code …/labels} and {@code …/render}. */
public final class PromptVersionRoutes implements Route.Source {
    private static final String TAG = "Prompts";
    private static final String NO_VERSION = "Version {version} of prompt '{prompt_id}' not found";
    private static final String NO_LABEL = "Label '{label}' of prompt '{prompt_id}' not found";

    private final PromptVersions versions;

    PromptVersionRoutes(PromptVersions versions) {
        this.versions = versions;
    }

    record ListInput(
            @Path String promptId,

            @Query
            @Range(min = 1, max = Integer.MAX_VALUE)
            @Description("next_cursor of the page before: only versions below it")
            Integer cursor,

            @Query @Default("50") @Range(min = 1, max = 200) int limit) {}

    record VersionList(
            List<PromptVersion.Summary> versions,
            @Description("null on the last page") Integer nextCursor) {}

    record OneInput(
            @Path String promptId,
            @Path @Range(min = 1, max = Integer.MAX_VALUE) int version) {}

    record CompareInput(
            @Path String promptId,

            @Required @Query @Range(min = 1, max = Integer.MAX_VALUE)
            Integer from,

            @Required @Query @Range(min = 1, max = Integer.MAX_VALUE)
            Integer to) {}

    record LabelsInput(@Path String promptId) {}

    record LabelInput(
            @Path String promptId, @Path @Length(max = 255) String label) {}

    record LabelBody(
            @Required @Range(min = 1, max = Integer.MAX_VALUE)
            Integer version) {}

    record SetLabelInput(
            @Path String promptId,
            @Path @Length(max = 255) String label,
            @Body LabelBody body) {}

    record Labels(List<PromptLabel> labels) {}

    record Deleted(String message, String label) {}

    record Render(
            @Description("Values by name") ObjectNode variables,

            @Range(min = 1, max = Integer.MAX_VALUE) @Description("The current one when there is neither")
            Integer version,

            @Description("Instead of a version") String label) {}

    record RenderInput(@Path String promptId, @Body Render body) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(
                read("/versions", "List a prompt's versions, newest first, without their templates", ListInput.class)
                        .answers(200, VersionList.class)
                        .fails(404, "Prompt '{prompt_id}' not found")
                        .handle(this::list),
                read("/versions/{version}", "Get a version of a prompt", OneInput.class)
                        .answers(200, PromptVersion.class)
                        .fails(404, NO_VERSION)
                        .handle(call -> Answer.ok(versions.get(
                                call.input().promptId(), call.input().version()))),
                read("/versions/compare", "What differs between two versions", CompareInput.class)
                        .answers(200, VersionDiff.class)
                        .fails(404, NO_VERSION)
                        .handle(call -> Answer.ok(versions.compare(
                                call.input().promptId(),
                                call.input().from(),
                                call.input().to()))),
                Route.post("/v2/prompts/{prompt_id}/versions/{version}/restore", OneInput.class)
                        .tag(TAG)
                        .summary("Make a prompt what it was, as a new version")
                        .scope("prompts:write")
                        .answers(200, Prompt.class)
                        .fails(404, NO_VERSION)
                        .handle(call -> Answer.ok(versions.restore(
                                call.input().promptId(),
                                call.input().version(),
                                call.caller().keyId()))),
                read("/labels", "List a prompt's labels", LabelsInput.class)
                        .answers(200, Labels.class)
                        .fails(404, "Prompt '{prompt_id}' not found")
                        .handle(call -> Answer.ok(
                                new Labels(versions.labels(call.input().promptId())))),
                Route.put("/v2/prompts/{prompt_id}/labels/{label}", SetLabelInput.class)
                        .tag(TAG)
                        .summary("Make a label, or point it at another version; agents that follow it use that at once")
                        .scope("prompts:write")
                        .answers(200, PromptLabel.class)
                        .fails(404, NO_VERSION)
                        .fails(409, "Prompt '{prompt_id}' has 100 labels already")
                        .handle(this::label),
                Route.delete("/v2/prompts/{prompt_id}/labels/{label}", LabelInput.class)
                        .tag(TAG)
                        .summary("Delete a label; agents that follow it have no prompt then")
                        .scope("prompts:write")
                        .answers(200, Deleted.class)
                        .fails(404, NO_LABEL)
                        .handle(this::unlabel),
                Route.post("/v2/prompts/{prompt_id}/render", RenderInput.class)
                        .tag(TAG)
                        .summary("Put values into a prompt's template and say which are missing")
                        .scope("prompts:read")
                        .answers(200, PromptVersions.Rendered.class)
                        .fails(404, NO_VERSION)
                        .handle(this::render));
    }

    private static <I> Route.Builder<I> read(String path, String summary, Class<I> input) {
        return Route.get("/v2/prompts/{prompt_id}" + path, input)
                .tag(TAG)
                .summary(summary)
                .scope("prompts:read");
    }

    private Answer list(Call<ListInput> call) {
        ListInput input = call.input();
        List<PromptVersion.Summary> found = versions.list(input.promptId(), input.cursor(), input.limit() + 1);
        if (found.size() <= input.limit()) {
            return Answer.ok(new VersionList(found, null));
        }
        List<PromptVersion.Summary> page = found.subList(0, input.limit());
        return Answer.ok(new VersionList(page, page.getLast().version()));
    }

    private Answer label(Call<SetLabelInput> call) {
        SetLabelInput input = call.input();
        return Answer.ok(versions.label(
                input.promptId(),
                input.label(),
                input.body().version(),
                call.caller().keyId()));
    }

    private Answer unlabel(Call<LabelInput> call) {
        versions.unlabel(call.input().promptId(), call.input().label());
        return Answer.ok(new Deleted("Label deleted successfully", call.input().label()));
    }

    private Answer render(Call<RenderInput> call) {
        Render body = call.input().body();
        if (body.version() != null && body.label() != null) {
            throw HttpException.invalidValue(
                    List.of("body", "label"), "there is a version already; give one of the two", body.label());
        }
        Map<String, JsonNode> values = new LinkedHashMap<>();
        if (body.variables() != null) {
            body.variables().properties().forEach(value -> values.put(value.getKey(), value.getValue()));
        }
        return Answer.ok(versions.render(call.input().promptId(), values, body.version(), body.label()));
    }
}
