package dev.agentsgateway.mcp;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Scheduler;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import reactor.core.scheduler.Schedulers;

/** The connections to all servers that runs use, closed when nobody used them for a while. Thread-safe. */
final class McpConnections implements AutoCloseable {
    /** Handshakes and lists of tools; the time of calls is the server's own setting. */
    private static final Duration OTHERWISE = Duration.ofSeconds(20);

    private final McpHttp http;
    private final StdioCommands commands;
    private final Duration listValidity;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final reactor.core.scheduler.Scheduler scheduler = Schedulers.fromExecutorService(threads);
    private final Cache<String, McpConnection> connections;

    McpConnections(HostResolver resolver, StdioCommands commands, McpTools.Settings settings) {
        this.http = new McpHttp(resolver);
        this.commands = commands;
        this.listValidity = settings.listValidity();
        this.connections = Caffeine.newBuilder()
                .maximumSize(settings.maxConnections())
                .expireAfterAccess(settings.idle())
                .scheduler(Scheduler.systemScheduler())
                .executor(threads)
                .<String, McpConnection>removalListener(
                        (_, connection, _) -> connection.users().retire())
                .build();
    }

    /** Uses the connection to a server, which stays open for as long. */
    <T> T with(McpServerSettings server, Function<McpConnection, T> use) {
        String key = server.sessionKey();
        while (true) {
            McpConnection connection = connections.get(key, _ -> connection(server));
            if (connection.users().enter()) {
                try {
                    return use.apply(connection);
                } finally {
                    connection.users().leave();
                }
            }
            // It has just been evicted.
            connections.asMap().remove(key, connection);
        }
    }

    private McpConnection connection(McpServerSettings server) {
        ClientCredentials credentials = server.oauth() == null ? null : new ClientCredentials(http, server.oauth());
        ServerTransport.Context context = new ServerTransport.Context(http, scheduler, server.timeout(), OTHERWISE);
        Duration longest = server.timeout().compareTo(OTHERWISE) > 0 ? server.timeout() : OTHERWISE;
        return new McpConnection(
                changed -> new McpSession(transport(server, context, credentials), longest, changed), listValidity);
    }

    private ServerTransport transport(
            McpServerSettings server, ServerTransport.Context context, ClientCredentials credentials) {
        return switch (server.type()) {
            case "stdio" -> new StdioTransport(context, server, commands);
            case "sse" -> new SseTransport(context, server, credentials);
            default -> new StreamableHttpTransport(context, server, credentials);
        };
    }

    @Override
    public void close() {
        connections.asMap().values().forEach(McpConnection::close);
        connections.invalidateAll();
        // Goodbyes are said on threads of their own and take two seconds at most.
        threads.close();
        http.close();
    }
}
