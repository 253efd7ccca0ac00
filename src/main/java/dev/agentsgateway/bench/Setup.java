package dev.agentsgateway.bench;

import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the workloads share: the gateway under load, the model behind it, and the requests that they send.
 *
 * @param gateway null for a workload that needs none
 * @param process null when the gateway is not ours: then nothing is told of its processes and its database
 * @param run     makes the sessions of this run its own
 * @param keeper  is told of everything that must not outlive the bench, even when it is interrupted
 */
record Setup(
        Target gateway,
        Target direct,
        BenchModel model,
        GatewayProcess process,
        String key,
        String run,
        boolean quick,
        Report report,
        Keeper keeper) {
    static final String MODEL = "openai/bench";

    /** What each token of a stream contains, and nothing else: from the gateway and from the model itself. */
    static final String TOKEN = "\"content\": \" token\"";

    static final String DIRECT_TOKEN = "\"content\":\" token\"";

    /** Closes what it was given when the bench ends. */
    interface Keeper {
        void keep(AutoCloseable part);
    }

    /** A number that is smaller when time is short. */
    int scaled(int whole, int quickly) {
        return quick ? quickly : whole;
    }

    /** A chat with an agent, of a session that belongs to this run of the bench. */
    byte[] chat(String agent, String session, boolean stream) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (key != null) {
            headers.put("X-API-Key", key);
        }
        String body = Json.object()
                .put("message", "Say something short about the weather in the mountains.")
                .put("stream", stream)
                .put("model", MODEL)
                .put("user_id", "bench")
                .put("session_id", run + "-" + session)
                .put("timezone", "UTC")
                .put("locale", "en")
                .toString();
        return LoadConnection.request("POST", "/v2/agents/" + agent + "/chat", headers, body);
    }

    byte[] chat(String session, boolean stream) {
        return chat("demo-assistant", session, stream);
    }

    /** The same question, put to the model itself. */
    byte[] directChat(boolean stream) {
        var body = Json.object().put("model", "bench").put("stream", stream);
        body.putArray("messages")
                .addObject()
                .put("role", "user")
                .put("content", "Say something short about the weather in the mountains.");
        return LoadConnection.request("POST", "/v1/chat/completions", Map.of(), body.toString());
    }

    /** Sends, and checks that the answer is complete: {@code word} is something that only a complete one contains. */
    static long whole(Target target, byte[] request, String word) throws IOException {
        Occurrences found = new Occurrences(word);
        int status = target.send(request, found);
        if (status != 200 || found.count() == 0) {
            throw new IOException("status " + status + (found.count() == 0 ? ", not complete" : ""));
        }
        return System.nanoTime();
    }

    /** The processor time that the gateway has used, in seconds; 0 when it is not ours. */
    double gatewaySeconds() {
        return process == null ? 0 : Processor.seconds(process.pid());
    }
}
