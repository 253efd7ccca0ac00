package dev.agentsgateway.app;

import dev.agentsgateway.auth.CuttableProxy;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.db.DatabaseSettings;
import dev.agentsgateway.db.TestDatabase;
import dev.agentsgateway.tool.TestTool;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Gateways for {@link StatusCodesTest}: one that works (bodies of {@value #MAX_BODY} bytes at most, within a second),
 * one whose tables are missing, one whose table of keys is, and one whose database is away.
 */
final class StatusWorld implements AutoCloseable {
    static final int MAX_BODY = 4096;

    final TestGateway works;
    final TestGateway broken;
    final TestGateway brokenKeys;
    final TestGateway cutOff;
    /** An API key of {@link #works}. */
    final String scopeless;

    private final TestDatabase behindProxy;
    private final CuttableProxy proxy;

    StatusWorld() throws IOException {
        works = TestGateway.start(
                Map.of(
                        "MAX_BODY_BYTES",
                        Integer.toString(MAX_BODY),
                        "KNOWLEDGE_MAX_FILE_BYTES",
                        Integer.toString(MAX_BODY),
                        "BODY_TIMEOUT_SECONDS",
                        "1"),
                TestTool.guarded("book").in("BookingToolkit"));
        works.model()
                .otherwise(request -> request.body().toString().contains("Pause")
                        ? Reply.toolCall("book", "{}")
                        : request.body().toString().contains("Stall")
                                ? Reply.text("Hello.").thenPause(Duration.ofSeconds(3))
                                : Reply.text("Hello."));
        broken = TestGateway.start();
        brokenKeys = TestGateway.start();
        behindProxy = TestDatabase.create();
        DatabaseSettings real = behindProxy.settings();
        proxy = new CuttableProxy(real.host(), real.port());
        cutOff = TestGateway.startOn(
                DatabaseSettings.of("127.0.0.1", proxy.port(), real.database(), real.user(), real.password()),
                Map.of());
        scopeless = works.createKey(
                "scopeless",
                body -> body.put("rate_limit", 0).putArray("scopes").add("nothing:read"));
        for (String table : List.of(
                "agent_info",
                "prompts.prompts",
                "ai.runs",
                "ai.sessions",
                "ai.memories",
                "ai.held_calls",
                "knowledge_entries",
                "ai.knowledge_feed")) {
            rename(broken, table);
        }
        rename(brokenKeys, "api_keys");
        proxy.cut();
    }

    private static void rename(TestGateway gateway, String table) {
        gateway.database()
                .with(handle ->
                        handle.execute("ALTER TABLE " + table + " RENAME TO hidden_" + table.replace('.', '_')));
    }

    @Override
    public void close() throws IOException {
        proxy.mend();
        cutOff.close();
        proxy.close();
        behindProxy.close();
        brokenKeys.close();
        broken.close();
        works.close();
    }
}
