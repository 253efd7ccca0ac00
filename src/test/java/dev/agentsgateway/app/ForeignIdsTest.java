package dev.agentsgateway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.agentsgateway.app.ForeignSamples.Kind;
import dev.agentsgateway.app.ForeignWorld.Bound;
import dev.agentsgateway.app.ForeignWorld.Owner;
import dev.agentsgateway.app.IdSlots.Slot;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Asks every declared route, with keys that are bound to a tenant, to a user and to both, for everything that belongs to
 * somebody else, at every place of a request that takes an id. The answer must be that to an id that names nothing, and
 * nothing of anybody else may change or reach the model. What the same request does with one's own id shows that it is
 * a request that works.
 */
class ForeignIdsTest {
    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    /** Seconds, and moments as numbers. */
    private static final Pattern NUMBER_OF_TIME = Pattern.compile("\\b(\\d+\\.\\d+(E-?\\d+)?|\\d{10,})\\b");

    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+(Z|\\+00:00)?");

    /** What a client sees. */
    private record Seen(int status, String body, Set<String> headers) {}

    private static ForeignWorld world;
    private static IdSlots declared;
    private static final Map<Kind, Map<Owner, String>> MADE = new HashMap<>();
    /** One's own ids at the other places of the slot that is looked at: made before anything is compared. */
    private static final Map<Slot, String> PLACES = new HashMap<>();

    private static Map<String, List<String>> original;

    @BeforeAll
    static void start() {
        world = new ForeignWorld();
        declared = new IdSlots(world.gateway().get("/openapi.json").json());
        ForeignSamples.KINDS.values().stream().filter(Kind::owned).forEach(kind -> {
            Map<Owner, String> ids = new HashMap<>();
            world.owners().forEach(owner -> ids.put(owner, kind.make().of(world, owner)));
            MADE.put(kind, ids);
        });
        original = world.rows();
    }

    @AfterAll
    static void stop() {
        world.close();
    }

    @Test
    void everyRouteIsKnownHere() {
        assertThat(declared.operations()).hasSizeGreaterThan(10).contains("POST /v2/agents/{agent_id}/chat");
        assertThat(declared.operations())
                .as("routes for holders of API keys; enter a new one in ForeignSamples.ROUTES")
                .containsExactlyInAnyOrderElementsOf(ForeignSamples.ROUTES.keySet());
    }

    @Test
    void everyKindOfIdIsKnownHere() {
        assertThat(declared.slots())
                .extracting(Slot::toString)
                .contains(
                        "GET /v2/runs/{run_id} path run_id",
                        "POST /v2/agents/{agent_id}/chat body /user_id",
                        "POST /v2/agents/{agent_id}/chat body /tenant_profile/tenant_id");
        assertThat(declared.slots().stream().filter(slot -> kind(slot) == null))
                .as("places for ids of which nobody knows whose they are; enter their names in ForeignSamples.KINDS")
                .isEmpty();
    }

    @TestFactory
    Stream<DynamicTest> foreignIdsAreLikeAbsentOnes() {
        return declared.slots().stream()
                .filter(slot -> kind(slot) != null && kind(slot).owned())
                // What the others make would be in the lists.
                .sorted(Comparator.comparing(slot -> !slot.operation().startsWith("GET ")))
                .flatMap(slot -> world.bound().stream()
                        .filter(key -> !slot.operation().contains("/v2/knowledge")
                                || key.reach().tenantId() != null)
                        .map(key -> DynamicTest.dynamicTest(slot + ", " + key, () -> compare(slot, key))));
    }

    @TestFactory
    Stream<DynamicTest> listsHoldNothingForeign() {
        return declared.operations().stream()
                .filter(operation -> operation.startsWith("GET ") && !operation.contains("{"))
                .flatMap(operation -> world.bound().stream()
                        .map(key -> DynamicTest.dynamicTest(operation + ", " + key, () -> {
                            TestGateway.Answer answer = send(operation, null, null, key);
                            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                            holdsNothingForeign(answer.body(), key);
                        })));
    }

    private static Kind kind(Slot slot) {
        Kind special = ForeignSamples.KINDS.get(slot.operation() + " " + slot.name());
        return special != null ? special : ForeignSamples.KINDS.get(slot.name());
    }

    /** Documents are a tenant's and no user's: a key for some of its users reaches them all. */
    private static boolean isKnowledge(Slot slot) {
        return slot.operation().contains("/v2/knowledge");
    }

    private static void compare(Slot slot, Bound key) {
        Kind kind = kind(slot);
        List<String> foreign = world.outOfReach(key).stream()
                .filter(owner -> !isKnowledge(slot) || !key.reach().tenant(owner.tenant()))
                .map(MADE.get(kind)::get)
                .filter(Objects::nonNull)
                .filter(id -> reachable(kind, key).noneMatch(id::equals))
                .toList();
        assertThat(foreign).isNotEmpty();
        PLACES.clear();
        filled(slot.operation(), slot.operation().split(" ")[1], slot, kind.absent(), key);
        world.settle();
        int asked = world.gateway().model().requests().size();
        Map<String, List<String>> before = world.rows();
        boolean refused = true;
        for (String id : foreign) {
            Seen answer = seen(slot, id, key);
            assertThat(answer).as("with %s", id).isEqualTo(seen(slot, kind.absent(), key));
            holdsNothingForeign(answer.body(), key);
            if (mayNotBeNamed(slot, id, key)) {
                assertThat(answer.status()).as(answer.body()).isEqualTo(403);
            }
            refused &= answer.status() >= 400;
        }
        Map<String, List<String>> after = world.rows();
        if (refused) {
            assertThat(after).as("the database").isEqualTo(before);
        }
        original.forEach((table, rows) ->
                assertThat(after.get(table)).as("%s: what was there", table).containsAll(rows));
        world.gateway().model().requests().stream()
                .skip(asked)
                .forEach(request -> assertThat(request.body().toString()).doesNotContain("SECRET"));

        String own = kind.make().of(world, key.owner());
        TestGateway.Answer answer = send(slot.operation(), slot, own, key);
        assertThat(answer.status()).as("with one's own id: %s", answer.body()).isBetween(200, 299);
    }

    /** Ids of what the key may see: the same user and session ids may also be somebody else's. */
    private static Stream<String> reachable(Kind kind, Bound key) {
        return world.owners().stream()
                .filter(owner -> key.reach().covers(owner.tenant(), owner.user()))
                .map(MADE.get(kind)::get)
                .filter(Objects::nonNull);
    }

    private static boolean mayNotBeNamed(Slot slot, String id, Bound key) {
        return switch (slot.name()) {
            case "user_id" -> !key.reach().user(id);
            case "tenant_id" -> !key.reach().tenant(id);
            default -> false;
        };
    }

    private static void holdsNothingForeign(String body, Bound key) {
        for (Owner owner : world.outOfReach(key)) {
            ForeignWorld.Chat chat = world.chatOf(owner);
            assertThat(body)
                    .doesNotContain(owner.secret())
                    .doesNotContain(chat.sessionId())
                    .doesNotContain(chat.runId());
        }
    }

    private static Seen seen(Slot slot, String id, Bound key) {
        TestGateway.Answer answer = send(slot.operation(), slot, id, key);
        String body = answer.body().replace(id, "<id>");
        for (Pattern changing : List.of(UUID, TIME, NUMBER_OF_TIME)) {
            body = changing.matcher(body).replaceAll("<varies>");
        }
        return new Seen(
                answer.status(),
                body,
                new TreeSet<>(answer.response().headers().map().keySet()));
    }

    /** @param slot where the id is put; null for nowhere */
    private static TestGateway.Answer send(String operation, Slot slot, String id, Bound key) {
        String[] parts = operation.split(" ");
        ForeignSamples.Body sample = ForeignSamples.ROUTES.get(operation);
        if (sample == null) {
            return fail("Enter " + operation + " in ForeignSamples.ROUTES");
        }
        ObjectNode body = sample.of(key.owner());
        String path = filled(operation, parts[1], slot, id, key);
        path += query(operation, slot, id, key);
        if (slot != null && slot.in().equals("body")) {
            put(body, slot, id);
        }
        return world.gateway()
                .send(parts[0], path, body == null ? null : body.toString(), Map.of("X-API-Key", key.key()));
    }

    private static String query(String operation, Slot slot, String id, Bound key) {
        Map<String, String> query = new TreeMap<>();
        ForeignSamples.Body needed = ForeignSamples.QUERIES.get(operation);
        if (needed != null) {
            needed.of(key.owner())
                    .properties()
                    .forEach(each -> query.put(each.getKey(), each.getValue().asText()));
        }
        if (slot != null && slot.in().equals("query")) {
            query.put(slot.at(), id);
        }
        return query.entrySet().stream()
                .map(each -> each.getKey() + "=" + encoded(each.getValue()))
                .collect(Collectors.joining("&", query.isEmpty() ? "" : "?", ""));
    }

    private static String filled(String operation, String template, Slot slot, String id, Bound key) {
        List<Slot> places = new ArrayList<>(declared.slots());
        places.removeIf(
                place -> !place.operation().equals(operation) || !place.in().equals("path"));
        String path = template;
        for (Slot place : places) {
            String value = place.equals(slot)
                    ? id
                    : PLACES.computeIfAbsent(place, _ -> kind(place).make().of(world, key.owner()));
            path = path.replaceAll("\\{" + place.at() + "}", Matcher.quoteReplacement(encoded(value)));
        }
        return path;
    }

    private static void put(ObjectNode body, Slot slot, String id) {
        String parent = slot.at().substring(0, slot.at().lastIndexOf('/'));
        String last = slot.at().substring(parent.length() + 1);
        JsonNode holder = body == null ? null : body.at(parent);
        switch (holder) {
            case ObjectNode object -> object.set(last, TextNode.valueOf(id));
            case ArrayNode array -> array.removeAll().add(id);
            case null, default ->
                fail("The body of " + slot.operation() + " in ForeignSamples.ROUTES has no " + parent);
        }
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}
