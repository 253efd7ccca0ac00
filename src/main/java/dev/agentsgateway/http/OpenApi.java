package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import io.helidon.http.Status;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The OpenAPI 3.1 document of declared routes. */
public final class OpenApi {
    private static final String JSON = "application/json";
    private static final String HTML = "text/html";
    private static final String ERROR = "#/components/schemas/Error";
    private static final String INVALID = "#/components/schemas/HTTPValidationError";

    private final Schemas schemas;

    private OpenApi(Binder binder) {
        this.schemas = new Schemas(binder.customs());
    }

    /** Makes the document; the same routes give the same document. */
    public static ObjectNode document(String title, String version, List<Route<?>> routes, Binder binder) {
        OpenApi api = new OpenApi(binder);
        ObjectNode document = Json.object().put("openapi", "3.1.0");
        document.putObject("info").put("title", title).put("version", version);
        ObjectNode paths = document.putObject("paths");
        for (Route<?> route : routes) {
            paths.withObjectProperty(route.path()).set(route.method().toLowerCase(Locale.ROOT), api.operation(route));
        }
        ObjectNode components = document.putObject("components");
        ObjectNode named = components.putObject("schemas");
        api.schemas.components().forEach(named::set);
        errors(named);
        securitySchemes(components.putObject("securitySchemes"));
        return document;
    }

    private ObjectNode operation(Route<?> route) {
        ObjectNode operation = Json.object();
        operation.putArray("tags").add(route.tag());
        operation.put("summary", route.summary()).put("operationId", operationId(route));
        ArrayNode parameters = Json.MAPPER.createArrayNode();
        boolean body = false;
        for (RecordComponent component : route.input().getRecordComponents()) {
            if (component.isAnnotationPresent(Body.class)) {
                body = true;
                ObjectNode request = operation.putObject("requestBody");
                request.put("required", component.getAnnotation(Body.class).required());
                content(request, component.getAnnotation(Body.class).form() ? RequestBody.FORM : JSON)
                        .set("schema", schemas.of(component.getGenericType(), Schemas.Use.INPUT));
            } else {
                parameters.add(parameter(component));
            }
        }
        if (!parameters.isEmpty()) {
            operation.set("parameters", parameters);
        }
        if (route.rawBody() > 0) {
            body = true;
            ObjectNode request = operation.putObject("requestBody").put("required", true);
            for (String type : List.of("*/*", "multipart/form-data")) {
                content(request, type).putObject("schema").put("type", "string").put("format", "binary");
            }
        }
        operation.set("responses", responses(route, body, body || !parameters.isEmpty()));
        security(route.access(), operation.putArray("security"));
        return operation;
    }

    private ObjectNode parameter(RecordComponent component) {
        InputPlan.Source source = InputPlan.source(component);
        ObjectNode parameter = Json.object();
        parameter.put(
                "name",
                source == InputPlan.Source.HEADER
                        ? component.getAnnotation(Header.class).value()
                        : Wire.name(component));
        parameter.put("in", source.name().toLowerCase(Locale.ROOT));
        parameter.put("required", source == InputPlan.Source.PATH || component.isAnnotationPresent(Required.class));
        Description description = component.getAnnotation(Description.class);
        if (description != null) {
            parameter.put("description", description.value());
        }
        if (InputPlan.isRest(component)) {
            // Each member is a parameter of its own (OpenAPI 3.1, 4.8.12.2: style form, exploded).
            parameter.put("style", "form").put("explode", true);
            return parameter.set("schema", Json.object().put("type", "object").put("additionalProperties", true));
        }
        return parameter.set("schema", schemas.of(component, Schemas.Use.INPUT));
    }

    private ObjectNode responses(Route<?> route, boolean body, boolean input) {
        Map<Integer, ObjectNode> byStatus = new TreeMap<>();
        route.answers().forEach((status, type) -> byStatus.put(status, success(route, status, type)));
        if (route.streams()) {
            ObjectNode ok = byStatus.computeIfAbsent(200, status -> success(route, status, Void.class));
            ok.withObjectProperty("content")
                    .putObject("text/event-stream")
                    .putObject("schema")
                    .put("type", "string")
                    .put("description", "Server-sent events, each with a JSON object as data.");
        }
        for (int status : automatic(route.access(), body, input)) {
            byStatus.put(status, failure(status, status == 422 ? INVALID : ERROR));
        }
        if (route.inMemory()) {
            byStatus.remove(500);
        }
        Map<Integer, String> fails = new TreeMap<>(route.fails());
        refusals(route).ifPresent(details -> fails.merge(403, details, (own, more) -> own + Route.SEPARATOR + more));
        fails.forEach((status, details) ->
                byStatus.put(status, route.pages() ? page(status, details) : declared(status, details, input)));
        ObjectNode responses = Json.object();
        byStatus.forEach((status, response) -> responses.set(String.valueOf(status), response));
        return responses;
    }

    /** What a key is told that may not do this, when there is more than one reason. */
    private static Optional<String> refusals(Route<?> route) {
        Set<NamedIds.Kind> kinds = new TreeSet<>(new NamedIds(route.input()).kinds());
        if (kinds.isEmpty() || !(route.access() instanceof Access.Key(var scope))) {
            return Optional.empty();
        }
        List<String> details = new ArrayList<>(List.of("Missing required scopes: " + scope));
        kinds.forEach(kind -> details.add(kind.refusal()));
        return Optional.of(String.join(Route.SEPARATOR, details));
    }

    private ObjectNode success(Route<?> route, int status, Class<?> type) {
        ObjectNode response = described(status);
        if (type != Void.class) {
            content(response, route.pages() ? HTML : JSON).set("schema", schemas.of(type, Schemas.Use.OUTPUT));
        }
        return response;
    }

    private static ObjectNode page(int status, String details) {
        ObjectNode response = described(status);
        content(response, HTML).putObject("schema").put("type", "string").put("description", details);
        return response;
    }

    private static ObjectNode failure(int status, String schema) {
        ObjectNode response = described(status);
        json(response).putObject("schema").put("$ref", schema);
        return response;
    }

    private static ObjectNode declared(int status, String details, boolean input) {
        ObjectNode response = described(status);
        ObjectNode content = json(response);
        if (status == 422 && input) {
            ArrayNode either = content.putObject("schema").putArray("anyOf");
            either.addObject().put("$ref", INVALID);
            either.addObject().put("$ref", ERROR);
        } else {
            content.putObject("schema").put("$ref", ERROR);
        }
        ObjectNode examples = content.putObject("examples");
        int number = 1;
        for (String detail : details.split(Route.SEPARATOR)) {
            examples.putObject(String.valueOf(number++)).putObject("value").put("detail", detail);
        }
        return response;
    }

    private static Set<Integer> automatic(Access access, boolean body, boolean input) {
        Set<Integer> statuses = new TreeSet<>();
        switch (access) {
            case Access.Public() -> {}
            case Access.Admin() -> statuses.addAll(List.of(401, 500, 503));
            case Access.Key(var scope) -> statuses.addAll(List.of(401, 403, 429, 500, 503));
        }
        if (input) {
            statuses.add(422);
        }
        if (body) {
            statuses.addAll(List.of(408, 413));
        }
        return statuses;
    }

    private static void security(Access access, ArrayNode security) {
        switch (access) {
            case Access.Public() -> {}
            case Access.Admin() -> security.addObject().putArray("AdminSecretHeader");
            case Access.Key(var scope) ->
                security.addObject().putArray("APIKeyHeader").add(scope);
        }
    }

    private static String operationId(Route<?> route) {
        String path = route.path().replace("{", "by_").replace("}", "").replaceAll("[^A-Za-z0-9]+", "_");
        return route.method().toLowerCase(Locale.ROOT) + (path.equals("_") ? "_root" : path);
    }

    private static ObjectNode described(int status) {
        return Json.object().put("description", Status.create(status).reasonPhrase());
    }

    private static ObjectNode json(ObjectNode holder) {
        return content(holder, JSON);
    }

    private static ObjectNode content(ObjectNode holder, String mediaType) {
        return holder.withObjectProperty("content").withObjectProperty(mediaType);
    }

    private static void errors(ObjectNode named) {
        named.set("Error", Json.read("""
                {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}"""));
        named.set("HTTPValidationError", Json.read("""
                {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "array",
                 "items": {"$ref": "#/components/schemas/ValidationError"}}}}"""));
        named.set("ValidationError", Json.read("""
                {"type": "object", "required": ["type", "loc", "msg", "input"], "properties": {
                 "type": {"type": "string"},
                 "loc": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
                 "msg": {"type": "string"},
                 "input": {},
                 "ctx": {"type": "object", "additionalProperties": true}}}"""));
    }

    private static void securitySchemes(ObjectNode schemes) {
        schemes.putObject("APIKeyHeader")
                .put("type", "apiKey")
                .put("in", "header")
                .put("name", "X-API-Key");
        schemes.putObject("AdminSecretHeader")
                .put("type", "apiKey")
                .put("in", "header")
                .put("name", "X-Admin-Secret");
    }
}
