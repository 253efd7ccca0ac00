package dev.agentsgateway.approval;

import dev.agentsgateway.common.Ids;
import dev.agentsgateway.common.Reach;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.run.Decisions;
import dev.agentsgateway.run.Requirement;
import dev.agentsgateway.run.RequirementStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Tool calls that wait, or waited, for a person. Thread-safe. What is out of a caller's reach does not exist. */
public final class Approvals {
    /** Why a call waits, in the reference's words. */
    public static final String REASON = "Tool requires human confirmation before execution";

    public static final String RISK = "medium";

    private static final int UUID_LENGTH = 36;

    private final Database database;
    private final RequirementStore store;
    private final Decisions decisions;
    private final InstantSource clock;

    public Approvals(Database database, RequirementStore store, Decisions decisions, InstantSource clock) {
        this.database = database;
        this.store = store;
        this.decisions = decisions;
        this.clock = clock;
    }

    /**
     * What came of it.
     *
     * @param requirement as it stands afterwards
     */
    public record Decided(Decisions.Outcome outcome, Requirement requirement) {}

    /** @param jobId {@code {run_id}:{tool_call_id}}, or the requirement's own id */
    public Optional<Requirement> find(Reach reach, String jobId) {
        Optional<UUID> first = uuid(jobId.length() > UUID_LENGTH ? jobId.substring(0, UUID_LENGTH) : jobId);
        if (first.isEmpty()) {
            return Optional.empty();
        }
        Optional<Requirement> found;
        if (jobId.length() == UUID_LENGTH) {
            found = find(first.get());
        } else if (jobId.charAt(UUID_LENGTH) == ':') {
            String call = jobId.substring(UUID_LENGTH + 1);
            found = database.with(handle -> store.find(handle, first.get(), call));
        } else {
            return Optional.empty();
        }
        return found.filter(each -> reach.tenant(each.tenantId()) && reach.user(each.userId()));
    }

    /** Without a look at anybody's reach. */
    public Optional<Requirement> find(UUID id) {
        return database.with(handle -> store.find(handle, id));
    }

    public List<Requirement> list(RequirementStore.Filter filter, Requirement after, int limit) {
        return database.with(handle -> store.list(handle, filter, after, limit));
    }

    /**
     * Decides once: of several that try, one does. The run goes on when nothing else of its pause is undecided.
     *
     * @param via   {@code api} or {@code page}
     * @param keyId null when no API key was shown
     */
    public Decided decide(Requirement requirement, Decisions.Verdict verdict, String via, Integer keyId) {
        Decisions.Outcome outcome =
                decisions.decide(requirement.id(), verdict, via, keyId).outcome();
        return new Decided(outcome, find(requirement.id()).orElse(requirement));
    }

    public Requirement.Status status(Requirement requirement) {
        return requirement.status(now());
    }

    public Instant now() {
        return clock.instant();
    }

    private static Optional<UUID> uuid(String text) {
        return text.length() == UUID_LENGTH ? Ids.parse(text) : Optional.empty();
    }
}
