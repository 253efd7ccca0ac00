package dev.agentsgateway.model;
public record ResolvedModel(String id, String upstreamId, String provider, String displayName, String metricsName, ChatModel chat) {}
