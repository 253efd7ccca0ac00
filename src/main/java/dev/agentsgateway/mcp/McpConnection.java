package dev.agentsgateway.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway's connection to one server, shared by all runs that use it. A session that is lost is replaced when the
 * next call needs one. Thread-safe.
 */
final class McpConnection {
    private static final Logger LOG = LoggerFactory.getLogger(McpConnection.class);

    /** So long after its last answer, a server is asked whether it is there before its cached tools are offered. */
    private static final Duration ALIVE = Duration.ofSeconds(1);

    private final Opener opener;
    private final Duration listValidity;
    private final Attempts opening = new Attempts();
    private final Attempts listing = new Attempts();
    private McpSession session;
    private final Users users = new Users(this::close);
    private volatile Listed listed;
    private volatile int changes;
    private volatile long answeredAt;

    interface Opener {
        McpSession open(Runnable toolsChanged);
    }

    private record Listed(List<ServerTool> tools, long at, int changes) {}

    /** @param listValidity how long a list of tools is believed when the server does not say that it changed */
    McpConnection(Opener opener, Duration listValidity) {
        this.opener = opener;
        this.listValidity = listValidity;
    }

    /** Held by everyone who uses the connection; it is closed when it is retired and nobody does. */
    Users users() {
        return users;
    }

    void close() {
        opening.exclusively(() -> {
            if (session != null) {
                session.close();
                session = null;
            }
        });
    }

    /**
     * The server's tools, from the cache while they are known not to have changed.
     *
     * @throws McpException when the server cannot be asked
     */
    List<ServerTool> tools(String server) {
        return listing.attempt(() -> listed(server));
    }

    private List<ServerTool> listed(String server) {
        opening.attempt(this::current);
        if (listed != null && System.nanoTime() - answeredAt > ALIVE.toNanos()) {
            exchange(McpSession::ping, true);
        }
        Listed known = listed;
        if (known == null || known.changes() != changes || System.nanoTime() - known.at() > listValidity.toNanos()) {
            // Read before the list, so that a change while it is being read counts.
            int before = changes;
            List<ServerTool> tools = ServerTool.read(server, exchange(McpSession::tools, true));
            known = new Listed(tools, System.nanoTime(), before);
            // An empty list is an answer that no chat can use: the next one asks again.
            listed = tools.isEmpty() ? null : known;
        }
        return known.tools();
    }

    /**
     * @param repeatable whether the call may be executed twice
     * @throws McpException when it has no result
     */
    JsonNode call(String tool, ObjectNode arguments, boolean repeatable) {
        return exchange(open -> open.call(tool, arguments), repeatable);
    }

    /** Once more in a new session, when the first one is gone and nothing is done twice by that. */
    private <T> T exchange(Function<McpSession, T> exchange, boolean repeatable) {
        try {
            return once(exchange);
        } catch (McpException e) {
            boolean untouched = e.kind() == McpException.Kind.NOT_SENT || e.kind() == McpException.Kind.SESSION_GONE;
            if (untouched || repeatable && e.kind() == McpException.Kind.BROKEN) {
                LOG.info("an MCP session is opened again: {}", e.getMessage());
                return once(exchange);
            }
            throw e;
        }
    }

    private <T> T once(Function<McpSession, T> exchange) {
        McpSession used = use();
        try {
            T result = exchange.apply(used);
            answeredAt = System.nanoTime();
            return result;
        } catch (McpException e) {
            boolean gone = switch (e.kind()) {
                case NOT_SENT, SESSION_GONE, BROKEN -> true;
                case TIMED_OUT, CANCELLED, ANSWERED, FORBIDDEN -> used.lost();
            };
            if (gone) {
                discard(used);
            }
            throw e;
        } finally {
            used.users().leave();
        }
    }

    /** The session, which stays open until the user leaves. */
    private McpSession use() {
        return opening.attempt(() -> {
            McpSession current = current();
            current.users().enter();
            return current;
        });
    }

    private McpSession current() {
        if (session != null && session.lost()) {
            session.users().retire();
            session = null;
        }
        if (session == null) {
            session = opener.open(this::changed);
            answeredAt = System.nanoTime();
            changed();
        }
        return session;
    }

    /** However many calls notice it, the session is replaced once. */
    private void discard(McpSession gone) {
        opening.exclusively(() -> {
            if (session == gone) {
                session = null;
                // Others may still wait for an answer in it, if only for the same refusal.
                gone.users().retire();
            }
        });
    }

    private synchronized void changed() {
        changes++;
    }
}
