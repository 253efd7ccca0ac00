package dev.agentsgateway.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What memories, skills and guardrails add to a chat with a model that answers at once, and what one search of knowledge
 * costs. Agents are asked in turn, so that whatever else the machine does meets all alike.
 */
final class FeaturesWorkload implements Workload {
    private static final int MEMORIES = 20;
    private static final int SKILLS = 5;
    private static final int DOCUMENTS = 20;
    private static final int DOCUMENT_LINES = 60;
    private static final int SESSIONS = 16;
    private static final Duration INDEXED = Duration.ofMinutes(3);
    private static final String COMPLETE = "COMPLETED";
    private static final String TENANT = "bench";

    @Override
    public String name() {
        return "features";
    }

    @Override
    public boolean optional() {
        return true;
    }

    @Override
    public void run(Setup setup) throws Exception {
        setup.model().timing(new BenchTiming(Duration.ZERO, Duration.ZERO, 8, 8));
        List<String> agents = List.of("plain", "memories", "skills", "guardrails", "all");
        prepare(setup, agents);
        byte[] question = request(
                setup,
                "POST",
                "/v2/knowledge/" + TENANT + "/-/search",
                Json.object().put("query", "Which line speaks of rain in the mountains?"));
        Map<String, Timings> timings = new LinkedHashMap<>();
        agents.forEach(agent -> timings.put(agent, new Timings()));
        Timings searches = new Timings();
        int warm = setup.scaled(300, 5);
        int rounds = warm + setup.scaled(1000, 20);
        for (int i = 0; i < rounds; i++) {
            for (int turn = 0; turn < agents.size(); turn++) {
                // Each comes after each other one equally often: a chat finds the caches as the one before left them.
                String agent = agents.get((turn * (1 + i % (agents.size() - 1)) + i) % agents.size());
                byte[] chat = setup.chat(agent(setup, agent), agent + i % SESSIONS, false);
                time(setup, chat, COMPLETE, i < warm ? new Timings() : timings.get(agent));
            }
        }
        for (int i = 0; i < rounds; i++) {
            time(setup, question, "\"results\"", i < warm ? new Timings() : searches);
        }
        report(setup.report(), timings, searches);
    }

    private void report(Report report, Map<String, Timings> timings, Timings searches) {
        double plain = timings.get("plain").millis(50);
        timings.forEach((agent, taken) -> {
            report.raw(name(), agent, taken);
            report.add(Figure.of(name(), "chat, " + agent + ", median", "ms", taken.millis(50))
                    .against("plain", plain));
        });
        report.raw(name(), "search", searches);
        report.add(Figure.of(name(), "one hybrid search of knowledge, median", "ms", searches.millis(50))
                .against("plain chat", plain));
    }

    private static void time(Setup setup, byte[] request, String word, Timings timings) {
        long start = System.nanoTime();
        try {
            timings.record(Setup.whole(setup.gateway(), request, word) - start);
        } catch (IOException e) {
            timings.error(e.toString());
        }
    }

    private static String agent(Setup setup, String name) {
        return name + "-" + setup.run();
    }

    private static void prepare(Setup setup, List<String> agents) throws Exception {
        for (int i = 0; i < SKILLS; i++) {
            ObjectNode skill = Json.object()
                    .put("id", skill(setup, i))
                    .put("name", "Skill " + i)
                    .put("description", "How to do what number " + i + " is about.")
                    .put("instructions", "Do it step by step.");
            send(setup, "POST", "/v2/skills", skill, 201);
        }
        for (int i = 0; i < MEMORIES; i++) {
            ObjectNode memory = Json.object().put("memory", "Prefers number " + i + " of all seats by the aisle.");
            send(setup, "POST", "/v2/users/bench/memories", memory, 201);
        }
        for (String agent : agents) {
            ObjectNode body = Json.object()
                    .put("id", agent(setup, agent))
                    .put("name", "Bench " + agent)
                    .put("template", "You answer briefly.");
            boolean all = agent.equals("all");
            ObjectNode config = body.putObject("config")
                    .put("enable_memory", all || agent.equals("memories"))
                    .put("guardrails", all || agent.equals("guardrails"));
            if (all || agent.equals("skills")) {
                for (int i = 0; i < SKILLS; i++) {
                    config.withArray("skills").add(skill(setup, i));
                }
            }
            send(setup, "POST", "/v2/agents", body, 201);
        }
        index(setup);
    }

    private static String skill(Setup setup, int number) {
        return "skill-" + number + "-" + setup.run();
    }

    private static void index(Setup setup) throws Exception {
        for (int i = 0; i < DOCUMENTS; i++) {
            ArrayNode document = Json.MAPPER.createArrayNode();
            for (int line = 0; line < DOCUMENT_LINES; line++) {
                String about = line % 7 == 0 ? "rain in the mountains" : "other things";
                document.add("Line " + line + " of document " + i + " speaks of " + about + ".");
            }
            String path = "/v2/knowledge/" + TENANT + "/-/documents?filename=d" + i + ".json";
            expect(setup, LoadConnection.request("POST", path, headers(setup), document.toString()), 201);
        }
        long end = System.nanoTime() + INDEXED.toNanos();
        while (waiting(setup) > 0) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("the documents were not indexed in time");
            }
            Thread.sleep(200);
        }
    }

    private static long waiting(Setup setup) throws IOException {
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        int status = setup.gateway()
                .send(LoadConnection.request("GET", "/v2/knowledge/" + TENANT, headers(setup), ""), list::write);
        if (status != 200) {
            throw new IOException("status " + status);
        }
        long waiting = 0;
        for (JsonNode file : Json.read(list.toString(StandardCharsets.UTF_8)).get("files")) {
            waiting += file.get("knowledge_status").asText().equals("indexed") ? 0 : 1;
        }
        return waiting;
    }

    private static void send(Setup setup, String method, String path, ObjectNode body, int expected)
            throws IOException {
        expect(setup, request(setup, method, path, body), expected);
    }

    private static void expect(Setup setup, byte[] request, int expected) throws IOException {
        int status = setup.gateway().send(request, LoadConnection.Sink.IGNORE);
        if (status != expected) {
            throw new IOException("status " + status + " while the workload was being prepared");
        }
    }

    private static byte[] request(Setup setup, String method, String path, ObjectNode body) {
        return LoadConnection.request(method, path, headers(setup), body.toString());
    }

    private static Map<String, String> headers(Setup setup) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (setup.key() != null) {
            headers.put("X-API-Key", setup.key());
        }
        return headers;
    }
}
