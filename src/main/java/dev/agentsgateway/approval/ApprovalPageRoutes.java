package dev.agentsgateway.approval;

import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Body;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.Length;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.run.Decisions;
import dev.agentsgateway.run.Requirement;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /approvals/{token}}: what a link from a chat opens. Who has the link needs no key. Looking never decides, because
 * chats fetch links to preview them; only the form's POST does.
 */
public final class ApprovalPageRoutes implements Route.Source {
    static final int LONGEST_REASON = 2_000;

    private static final Logger LOG = LoggerFactory.getLogger(ApprovalPageRoutes.class);

    private final Approvals approvals;
    private final ApprovalLinks links;
    private final ApprovalPage page = new ApprovalPage();

    public ApprovalPageRoutes(Approvals approvals, ApprovalLinks links) {
        this.approvals = approvals;
        this.links = links;
    }

    enum Choice {
        APPROVE,
        DENY
    }

    record Look(
            @Path String token,

            @Query @Description("approve or deny: which button comes first")
            String decision) {}

    record Form(
            @Required Choice decision,
            @Default("\"\"") @Length(max = LONGEST_REASON) String reason) {}

    record Click(@Path String token, @Body(form = true) Form body) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(
                declared(Route.get(ApprovalLinks.PATH + "{token}", Look.class))
                        .summary("The page that asks a person to approve or deny a tool call; decides nothing")
                        .handle(this::look),
                declared(Route.post(ApprovalLinks.PATH + "{token}", Click.class))
                        .summary("Approve or deny a tool call from that page")
                        .handle(this::click));
    }

    private static <I> Route.Builder<I> declared(Route.Builder<I> route) {
        return route.tag("V2 Approvals")
                .open()
                .pages()
                .answers(200, String.class)
                .fails(404, "The link opens nothing")
                .fails(409, "Already decided")
                .fails(410, "Expired");
    }

    private Answer look(Call<Look> call) {
        return opened(call.input().token(), requirement -> switch (approvals.status(requirement)) {
            case PENDING ->
                page.ask(
                        requirement, approvals.now(), "deny".equals(call.input().decision()));
            case EXPIRED -> page.expired(requirement);
            case APPROVED, DENIED, CANCELLED -> page.alreadyDecided(requirement);
        });
    }

    private Answer click(Call<Click> call) {
        boolean approved = call.input().body().decision() == Choice.APPROVE;
        return opened(call.input().token(), requirement -> {
            Approvals.Decided decided = approvals.decide(
                    requirement,
                    new Decisions.Verdict(approved, null, call.input().body().reason()),
                    "page",
                    null);
            return switch (decided.outcome()) {
                case DECIDED -> page.decided(decided.requirement(), approved);
                case ALREADY_DECIDED -> page.alreadyDecided(decided.requirement());
                case EXPIRED -> page.expired(decided.requirement());
                case NOT_FOUND -> page.unknown();
            };
        });
    }

    /** People get pages, also of failures; and the address, which is a credential, stays out of the log. */
    private Answer opened(String token, Function<Requirement, Answer> show) {
        try {
            Optional<ApprovalLinks.Opened> opened = links.open(token);
            Optional<Requirement> found = opened.flatMap(each -> approvals.find(each.requirement()));
            if (found.isEmpty()) {
                return page.unknown();
            }
            boolean valid = approvals.now().isBefore(opened.get().expiresAt());
            return valid ? show.apply(found.get()) : page.linkExpired();
        } catch (DatabaseUnavailableException e) {
            LOG.warn("the database is not available: {}", String.valueOf(e.getCause()));
            return page.unavailable();
        } catch (RuntimeException e) {
            LOG.error("an approval page failed", e);
            return page.unavailable();
        }
    }
}
