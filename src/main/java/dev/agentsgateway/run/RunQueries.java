package dev.agentsgateway.run;

import dev.agentsgateway.common.Ids;
import dev.agentsgateway.common.Reach;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.http.HttpException;
import java.util.List;
import java.util.UUID;

/** Looks at runs, for a caller: what is out of the caller's reach is as absent as what does not exist. Thread-safe. */
public final class RunQueries {
    static final String LIST = "runs";

    private final RunListStore store;

    public RunQueries(Database database) {
        store = new RunListStore(database);
    }

    /** @throws HttpException 404 */
    RunListStore.Row get(String id, Reach reach) {
        return Ids.parse(id).flatMap(run -> store.find(run, reach)).orElseThrow(() -> notFound(id));
    }

    static HttpException notFound(String id) {
        return HttpException.notFound("Run " + id + " not found");
    }

    /** Newest first. */
    Page<RunListStore.Row> list(RunListStore.Wanted wanted, Reach reach, String cursor, int limit) {
        UUID before = Cursor.uuid(LIST, cursor);
        List<RunListStore.Row> rows = store.list(wanted, reach, before, limit + 1);
        return Page.of(rows, limit, row -> Cursor.of(LIST, row.id()));
    }

    List<RunListStore.Entry> transcript(RunListStore.Row run) {
        return store.transcript(run.id());
    }

    List<RunSteps.Step> steps(RunListStore.Row run, List<RunListStore.Entry> transcript) {
        return RunSteps.of(run, transcript, store.openCalls(run.id()));
    }
}
