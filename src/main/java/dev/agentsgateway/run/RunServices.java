package dev.agentsgateway.run;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.observability.Metrics;
import dev.agentsgateway.observability.Telemetry;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** What a run needs of its surroundings. */
record RunServices(
        RunSettings settings,
        Database database,
        RunStore store,
        TranscriptStore transcripts,
        ReplicaStore replicas,
        ConsentStore consents,
        PauseListener pauses,
        MemoryStore memories,
        ExtractionStore extractions,
        MemoryExtractor extractor,
        SegmentWriter segments,
        ScheduledThreadPoolExecutor timer,
        Telemetry telemetry,
        Metrics metrics) {}
