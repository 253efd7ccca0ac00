package dev.agentsgateway.approval.notify;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.approval.Approvals;
import dev.agentsgateway.approval.JobIds;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.run.Requirement;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Any HTTP server: the notification as JSON, signed as Standard Webhooks 1.0 says: {@code webhook-signature} holds, for
 * each secret, {@code v1,} and the Base64 of the HMAC-SHA256 of id, timestamp and body, joined by dots.
 */
final class WebhookChannel implements Channel {
    static final String NAME = "webhook";

    private static final String ALGORITHM = "HmacSHA256";

    private final URI uri;
    private final Map<String, String> headers;
    private final List<byte[]> secrets;

    /** @param secrets several while they are being changed; none leaves the webhook unsigned */
    WebhookChannel(URI uri, Map<String, String> headers, List<byte[]> secrets) {
        this.uri = uri;
        this.headers = Map.copyOf(headers);
        this.secrets = List.copyOf(secrets);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Post post(Notice notice) {
        byte[] body = Json.write(body(notice)).getBytes(StandardCharsets.UTF_8);
        String id = "msg_" + notice.id().toString().replace("-", "");
        String timestamp = Long.toString(notice.now().getEpochSecond());
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("webhook-id", id);
        all.put("webhook-timestamp", timestamp);
        if (!secrets.isEmpty()) {
            List<String> signatures = new ArrayList<>();
            for (byte[] secret : secrets) {
                signatures.add("v1," + Base64.getEncoder().encodeToString(sign(secret, id, timestamp, body)));
            }
            all.put("webhook-signature", String.join(" ", signatures));
        }
        return new Post(uri, all, body);
    }

    private static ObjectNode body(Notice notice) {
        Requirement call = notice.requirement();
        ObjectNode body = Json.object()
                .put("type", "approval.requested")
                .put("job_id", JobIds.of(call))
                .put("run_id", call.runId().toString())
                .put("team_id", call.isAgents() ? null : call.ownerId())
                .put("worker_name", "")
                .put("tool_name", call.toolName());
        body.set("tool_args", call.arguments());
        return body.put("risk_level", Approvals.RISK)
                .put("reason", Approvals.REASON)
                .put("timestamp", time(call.createdAt()))
                .put("approve_url", notice.link() + "?decision=approve")
                .put("deny_url", notice.link() + "?decision=deny")
                .put("id", call.id().toString())
                .put("agent_id", call.isAgents() ? call.ownerId() : null)
                .put("session_id", call.sessionId())
                .put("user_id", call.userId())
                .put("tenant_id", call.tenantId())
                .put("expires_at", time(call.expiresAt()));
    }

    private static String time(Instant time) {
        return Timestamps.format(Timestamps.utc(time));
    }

    private static byte[] sign(byte[] secret, String id, String timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
