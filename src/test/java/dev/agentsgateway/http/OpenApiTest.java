package dev.agentsgateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OpenApiTest {
    enum Level {
        LOW,
        HIGH
    }

    record Node(
            @Required String name,
            @Length(max = 3) List<Node> children,
            @Default("\"low\"") Level level) {}

    record Create(
            @Path int ownerId,
            @Header("X-Trace") @Description("joins logs") String trace,
            @Body Node body) {}

    record Model(String id) {}

    record Tenant(@TenantId String tenantId) {}

    record Named(@Path @UserId String userId, @Body Tenant body) {}

    record Shown(
            @JsonInclude(JsonInclude.Include.NON_NULL) String rare, List<@Length(min = 1, max = 9) String> names) {}

    record Uses(@Query Model model) {}

    private static final Binder BINDER = new Binder()
            .register(
                    Model.class,
                    value -> new Model(value.asText()),
                    Json.object().put("type", "string"));

    private static final List<Route<?>> ROUTES = List.of(
            Route.post("/v2/{owner_id}/nodes", Create.class)
                    .tag("nodes")
                    .summary("Create")
                    .scope("nodes:write")
                    .answers(201, Node.class)
                    .fails(409, "Exists")
                    .fails(409, "Locked")
                    .fails(422, "Odd")
                    .handle(call -> Answer.created(call.input().body())),
            Route.get("/v2/nodes", Uses.class)
                    .tag("nodes")
                    .summary("List")
                    .admin()
                    .answers(200, Node[].class)
                    .streams()
                    .handle(call -> Answer.ok(List.of())),
            Route.put("/v2/users/{user_id}", Named.class)
                    .tag("nodes")
                    .summary("Name")
                    .scope("nodes:write")
                    .answers(200, Shown.class)
                    .fails(403, "Locked")
                    .handle(call -> Answer.noContent()),
            Route.delete("/open", Route.NoInput.class)
                    .tag("nodes")
                    .summary("Open")
                    .open()
                    .answers(204, Void.class)
                    .handle(call -> Answer.noContent()));

    private final ObjectNode document = OpenApi.document("title", "9", ROUTES, BINDER);

    private JsonNode at(String pointer) {
        JsonNode node = document.at(pointer);
        assertThat(node.isMissingNode()).as(pointer).isFalse();
        return node;
    }

    @Test
    void describesOperations() {
        assertThat(at("/openapi").asText()).isEqualTo("3.1.0");
        assertThat(at("/info")).isEqualTo(Json.read("{\"title\":\"title\",\"version\":\"9\"}"));
        JsonNode create = at("/paths/~1v2~1{owner_id}~1nodes/post");
        assertThat(create.get("security")).isEqualTo(Json.read("[{\"APIKeyHeader\":[\"nodes:write\"]}]"));
        assertThat(create.get("parameters")).isEqualTo(Json.read("""
                [{"name":"owner_id","in":"path","required":true,"schema":{"type":"integer"}},
                 {"name":"X-Trace","in":"header","required":false,"description":"joins logs",
                  "schema":{"anyOf":[{"type":"string"},{"type":"null"}],"description":"joins logs"}}]"""));
        assertThat(names(create.get("responses")))
                .containsExactly("201", "401", "403", "408", "409", "413", "422", "429", "500", "503");
        assertThat(create.at("/responses/409/content/application~1json/examples"))
                .isEqualTo(Json.read("""
                {"1":{"value":{"detail":"Exists"}},"2":{"value":{"detail":"Locked"}}}"""));
        JsonNode list = at("/paths/~1v2~1nodes/get");
        assertThat(list.get("security")).isEqualTo(Json.read("[{\"AdminSecretHeader\":[]}]"));
        assertThat(names(list.at("/responses/200/content"))).containsExactly("application/json", "text/event-stream");
        assertThat(list.at("/parameters/0/schema/anyOf/0/type").asText()).isEqualTo("string");
        JsonNode open = at("/paths/~1open/delete");
        assertThat(open.get("security")).isEmpty();
        assertThat(open.at("/responses/204").has("content")).isFalse();
        assertThat(names(open.get("responses"))).containsExactly("204");
    }

    @Test
    void saysWhyAKeyMayNot() {
        assertThat(at("/paths/~1v2~1users~1{user_id}/put/responses/403/content/application~1json/examples"))
                .isEqualTo(Json.read("""
                {"1":{"value":{"detail":"Locked"}},
                 "2":{"value":{"detail":"Missing required scopes: nodes:write"}},
                 "3":{"value":{"detail":"This API key may not act for user {id}"}},
                 "4":{"value":{"detail":"This API key may not act for tenant {id}"}}}"""));
    }

    @Test
    void aMemberThatIsLeftOutIsNotRequired() {
        assertThat(at("/components/schemas/Shown")).isEqualTo(Json.read("""
                {"type":"object","properties":{"rare":{"type":"string"},"names":{"anyOf":[
                  {"type":"array","items":{"type":"string","minLength":1,"maxLength":9}},{"type":"null"}]}},
                 "required":["names"]}"""));
    }

    @Test
    void describesARecordAsReadAndAsWritten() {
        assertThat(at("/components/schemas/Node-Input")).isEqualTo(Json.read("""
                {"type":"object","properties":{"name":{"type":"string"},
                 "children":{"anyOf":[{"type":"array","items":{"$ref":"#/components/schemas/Node-Input"},"maxItems":3},
                  {"type":"null"}]},
                 "level":{"type":"string","enum":["low","high"],"default":"low"}},"required":["name"]}"""));
        assertThat(at("/components/schemas/Node-Output/required"))
                .isEqualTo(Json.read("[\"name\",\"children\",\"level\"]"));
    }

    @Test
    void holdsTogether() {
        Set<String> ids = new HashSet<>();
        document.get("paths")
                .forEach(path -> path.forEach(operation -> assertThat(
                                ids.add(operation.get("operationId").asText()))
                        .isTrue()));
        assertThat(ids).hasSize(4);
        List<String> references = document.findValuesAsText("$ref");
        assertThat(references).hasSizeGreaterThan(10).allSatisfy(each -> at(each.substring(1)));
        document.get("paths")
                .forEach(path -> path.forEach(operation -> operation
                        .get("security")
                        .forEach(scheme -> at("/components/securitySchemes/"
                                + scheme.fieldNames().next()))));
        assertThat(OpenApi.document("title", "9", ROUTES, BINDER)).isEqualTo(document);
    }

    private static List<String> names(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey).toList();
    }
}
