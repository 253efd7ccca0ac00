package dev.agentsgateway.mcp;

import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A server in a process of its own (MCP, basic/transports, "stdio"): one message a line, each way. The process and all
 * that it starts live in a session of their own and end with it, with this transport, and with the gateway, however that
 * ends. What it writes to its standard error is dropped, for it may hold secrets. Thread-safe.
 */
final class StdioTransport extends ServerTransport {
    /**
     * Left of the bar, the gateway's pipe: it ends when the transport closes it and when the gateway dies. Then, or when
     * the server ends, everything in the process group does. TERM is ignored on the left only, so that the KILL follows.
     */
    private static final String SUPERVISED =
            "{ trap '' TERM; cat; sleep 1; kill -TERM 0; sleep 1; kill -KILL 0; } | { \"$@\"; kill -KILL 0; }";

    private static final int TAIL = 1 << 12;
    private static final Duration KILL_AFTER = Duration.ofSeconds(4);

    private final List<String> command = new ArrayList<>(List.of("setsid", "/bin/sh", "-c", SUPERVISED, "mcp"));
    private final McpHttp http;
    private final McpServerSettings settings;
    private final StdioCommands commands;
    private final ReentrantLock writing = new ReentrantLock();
    private volatile Process process;

    StdioTransport(Context context, McpServerSettings settings, StdioCommands commands) {
        super(context);
        this.http = context.http();
        this.settings = settings;
        this.commands = commands;
    }

    @Override
    void open() {
        command.add(commands.program(settings.command()).toString());
        command.addAll(settings.args());
        ProcessBuilder builder = new ProcessBuilder(command)
                // Not the gateway's own directory, where its .env may be.
                .directory(new File(System.getProperty("java.io.tmpdir")))
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().putAll(commands.environment(settings.env()));
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new McpException(McpException.Kind.NOT_SENT, "its program cannot be started", e);
        }
        // Reading a pipe holds the thread: a virtual one would hold its carrier.
        Thread.ofPlatform().daemon().name("mcp-stdio-" + process.pid()).start(this::read);
    }

    private void read() {
        try (InputStream out = new BufferedInputStream(process.getInputStream(), 1 << 16)) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            byte[] tail = new byte[TAIL];
            long length = 0;
            for (int b = out.read(); b >= 0; b = out.read()) {
                if (b == '\n') {
                    if (length > MAX_MESSAGE) {
                        tooLong(line, tail, length);
                    } else if (length > 0) {
                        deliver(line.toByteArray(), line.size());
                    }
                    line.reset();
                    length = 0;
                } else {
                    tail[(int) (length % TAIL)] = (byte) b;
                    length++;
                    if (length <= MAX_MESSAGE) {
                        line.write(b);
                    }
                }
            }
        } catch (IOException e) {
            // The same as its end.
        }
        lost("the server's process has ended");
    }

    /** Only the call is to fail whose answer this is; its id stands near the beginning or the end. */
    private void tooLong(ByteArrayOutputStream line, byte[] tail, long length) {
        String begin = new String(line.toByteArray(), 0, TAIL, StandardCharsets.ISO_8859_1);
        int split = (int) (length % TAIL);
        String end = new String(tail, split, TAIL - split, StandardCharsets.ISO_8859_1)
                + new String(tail, 0, split, StandardCharsets.ISO_8859_1);
        for (Object id : waiting()) {
            if (begin.contains("\"" + id + "\"") || end.contains("\"" + id + "\"")) {
                fail(id, TOO_LARGE, TOO_LONG);
            }
        }
    }

    @Override
    void send(JSONRPCMessage message) throws IOException {
        byte[] bytes = Wire.write(message);
        writing.lock();
        try {
            OutputStream in = process.getOutputStream();
            in.write(bytes);
            in.write('\n');
            in.flush();
        } finally {
            writing.unlock();
        }
    }

    /** A server that does not read its input blocks the writer, and with it every further call. */
    @Override
    void abandon(Object id) {
        if (writing.tryLock()) {
            writing.unlock();
        } else {
            killGroup();
        }
    }

    @Override
    void shut() {
        if (process == null) {
            return;
        }
        // May wait for a blocked writer.
        Thread.ofPlatform().daemon().name("mcp-stdio-close").start(() -> {
            try {
                process.getOutputStream().close();
            } catch (IOException e) {
                // It has ended by itself.
            }
        });
        http.after(KILL_AFTER, () -> Thread.ofPlatform().daemon().start(this::killGroup));
    }

    /** For a group that could not be told: while its leader has not been reaped, its number is nobody else's. */
    private void killGroup() {
        if (process.isAlive()) {
            try {
                new ProcessBuilder("kill", "-KILL", "--", "-" + process.pid())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
            } catch (IOException e) {
                process.destroyForcibly();
            }
        }
    }
}
