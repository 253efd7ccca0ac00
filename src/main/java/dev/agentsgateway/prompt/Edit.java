package dev.agentsgateway.prompt;

import java.time.LocalDateTime;

/**
 * Who changes a prompt, and when.
 *
 * @param keyId the API key, null for none
 * @param at    UTC
 */
public record Edit(Integer keyId, LocalDateTime at) {}
