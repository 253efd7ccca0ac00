package dev.agentsgateway.skill;

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
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.Route;
import java.util.List;

/** {@code /v2/skills}. */
public final class SkillRoutes implements Route.Source {
    private static final String TAG = "V2 Skills";
    private static final String NOT_FOUND = "Skill {skill_id} not found";

    private final Skills skills;

    public SkillRoutes(Skills skills) {
        this.skills = skills;
    }

    record Create(
            @Required @Length(max = 255) @Description("Unique among active skills")
            String id,

            @Required @Length(max = 255) String name,

            @Required @Description("What the model reads when it loads the skill")
            String instructions,

            @Length(max = 1000) @Description("When to use it: all that the model knows of it before")
            String description,

            @Length(max = 255) String category,

            @Description("Documents: name and content of each")
            List<ObjectNode> references,

            @Description("Programs to show, never to run: name and content of each")
            List<ObjectNode> scripts,

            @Description("The only tools that may be called once the skill is loaded; none or null for all")
            List<String> allowedTools,

            List<String> tags) {}

    record Change(
            @Length(max = 255) String name,
            String instructions,
            @Length(max = 1000) String description,
            @Length(max = 255) String category,
            List<ObjectNode> references,
            List<ObjectNode> scripts,
            List<String> allowedTools,
            List<String> tags) {}

    record ListInput(
            @Query @Default("false") boolean includeInactive,
            @Query @Description("Exactly this one") String category) {}

    record CreateInput(@Body Create body) {}

    record ChangeInput(@Path String skillId, @Body Change body) {}

    record OneInput(@Path String skillId) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(
                Route.post("/v2/skills", CreateInput.class)
                        .tag(TAG)
                        .summary("Create a skill; the id of a deleted one can be used again")
                        .scope("skills:write")
                        .answers(201, Skill.class)
                        .fails(409, "Skill {id} already exists")
                        .handle(this::create),
                Route.get("/v2/skills", ListInput.class)
                        .tag(TAG)
                        .summary("List the skills by name")
                        .scope("skills:read")
                        .answers(200, Skill.Summary[].class)
                        .handle(call -> Answer.ok(skills.list(
                                call.input().includeInactive(), call.input().category()))),
                Route.get("/v2/skills/{skill_id}", OneInput.class)
                        .tag(TAG)
                        .summary("Get a skill")
                        .scope("skills:read")
                        .answers(200, Skill.class)
                        .fails(404, NOT_FOUND)
                        .handle(this::get),
                Route.put("/v2/skills/{skill_id}", ChangeInput.class)
                        .tag(TAG)
                        .summary("Change a skill; absent and null members stay as they are")
                        .scope("skills:write")
                        .answers(200, Skill.class)
                        .fails(404, NOT_FOUND)
                        .handle(this::change),
                Route.delete("/v2/skills/{skill_id}", OneInput.class)
                        .tag(TAG)
                        .summary("Delete a skill; agents go on without it")
                        .scope("skills:write")
                        .answers(204, Void.class)
                        .fails(404, NOT_FOUND)
                        .handle(this::delete));
    }

    private Answer create(Call<CreateInput> call) {
        Create body = call.input().body();
        Skills.Content content = new Skills.Content(
                body.name(),
                body.instructions(),
                body.description(),
                body.category(),
                body.references(),
                body.scripts(),
                body.allowedTools(),
                body.tags());
        return Answer.created(skills.create(body.id(), content)
                .orElseThrow(() -> new HttpException(409, "Skill " + body.id() + " already exists")));
    }

    private Answer get(Call<OneInput> call) {
        String id = call.input().skillId();
        return Answer.ok(skills.find(id).orElseThrow(() -> notFound(id)));
    }

    private Answer change(Call<ChangeInput> call) {
        String id = call.input().skillId();
        Change body = call.input().body();
        Skills.Content content = new Skills.Content(
                body.name(),
                body.instructions(),
                body.description(),
                body.category(),
                body.references(),
                body.scripts(),
                body.allowedTools(),
                body.tags());
        return Answer.ok(skills.update(id, content).orElseThrow(() -> notFound(id)));
    }

    private Answer delete(Call<OneInput> call) {
        String id = call.input().skillId();
        if (!skills.delete(id)) {
            throw notFound(id);
        }
        return Answer.noContent();
    }

    private static HttpException notFound(String id) {
        return HttpException.notFound("Skill " + id + " not found");
    }
}
