package dev.agentsgateway.knowledge.store;

import java.util.UUID;

/** The last change of an entry: its chunks are other ones than before, or it is gone. */
record Change(long changeId, UUID entryId, String tenantId, UUID fileId, boolean deleted) {}
