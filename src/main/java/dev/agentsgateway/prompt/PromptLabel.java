package dev.agentsgateway.prompt;

import java.time.LocalDateTime;

/** A name for one version of a prompt, for example {@code production}, that can be moved to another. */
record PromptLabel(String label, int version, LocalDateTime updatedAt, Integer updatedByKey) {}
