package dev.agentsgateway.approval.notify;

import dev.agentsgateway.approval.Approvals;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.run.Requirement;
import java.time.LocalDateTime;
import java.util.List;

/** The channels, and what became of the notifications of an approval. */
public final class NotificationRoutes implements Route.Source {
    private final Approvals approvals;
    private final Notifications notifications;

    public NotificationRoutes(Approvals approvals, Notifications notifications) {
        this.approvals = approvals;
        this.notifications = notifications;
    }

    record JobInput(@Path String jobId) {}

    /** How somebody was told of an approval. Times are UTC. */
    record NotificationView(
            @Description("webhook, telegram, slack, discord or whatsapp")
            String channel,

            @Description("pending; sent; failed, after the last try; dropped, because it was no use any more")
            String state,

            int attempts,

            @Description("timeout, unreachable, tls or status_ with what was answered; null for none")
            String lastError,

            @Description("When the next try is due; null when there is none")
            LocalDateTime nextAt,

            LocalDateTime createdAt,
            LocalDateTime finishedAt) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(
                read(Route.get("/v2/approvals/plugins/list", Route.NoInput.class))
                        .summary("List the notification channels there are, configured or not")
                        .answers(200, String[].class)
                        .handle(_ -> Answer.ok(Channel.NAMES)),
                read(Route.get("/v2/approvals/{job_id}/notifications", JobInput.class))
                        .summary("How people were told of an approval, whatever its status")
                        .answers(200, NotificationView[].class)
                        .fails(404, "No pending approval for job {job_id}")
                        .handle(this::list));
    }

    private static <I> Route.Builder<I> read(Route.Builder<I> route) {
        return route.tag("V2 Approvals").scope("approvals:read");
    }

    private Answer list(Call<JobInput> call) {
        String jobId = call.input().jobId();
        Requirement requirement = approvals
                .find(call.caller().reach(), jobId)
                .orElseThrow(() -> HttpException.notFound("No pending approval for job " + jobId));
        return Answer.ok(notifications.of(requirement.id()).stream()
                .map(NotificationRoutes::view)
                .toList());
    }

    private static NotificationView view(NotificationStore.Sending each) {
        return new NotificationView(
                each.channel(),
                each.state(),
                each.attempts(),
                each.lastError(),
                each.state().equals("pending") ? Timestamps.utc(each.nextAt()) : null,
                Timestamps.utc(each.createdAt()),
                Timestamps.utc(each.finishedAt()));
    }
}
