package dev.agentsgateway.prompt;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Where prompts are, as the environment says it. */
public final class PromptConfig {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int MOST_PULLS_AT_ONCE = 20;

    private final Map<String, String> variables;
    private final List<String> problems = new ArrayList<>();
    private final String backEnd;
    private final int pullsAtOnce;
    private String base;
    private ServiceAccount account;
    private String apiKey;

    private PromptConfig(Map<String, String> variables) {
        this.variables = variables;
        backEnd = text("PROMPT_STORAGE_BACKEND", "postgres").toLowerCase(Locale.ROOT);
        pullsAtOnce = pulls();
        switch (backEnd) {
            case "postgres" -> {}
            case "service" -> readService();
            case "langsmith" -> readLangSmith();
            default -> problems.add("PROMPT_STORAGE_BACKEND: must be postgres, service or langsmith");
        }
    }

    public static PromptConfig of(Map<String, String> variables) {
        return new PromptConfig(variables);
    }

    /** One line for each value that cannot be meant, without anything secret. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    int pullsAtOnce() {
        return pullsAtOnce;
    }

    /** The back end that holds the prompts, null when that is our own database. Called without problems only. */
    PromptBackend open(Clock clock) {
        return switch (backEnd) {
            case "service" -> {
                PromptHttp http = new PromptHttp("The prompt service", TIMEOUT);
                yield new ServiceBackend(http, base, account == null ? null : new IdTokens(http, account, base, clock));
            }
            case "langsmith" -> new LangSmithBackend(new PromptHttp("LangSmith", TIMEOUT), base, apiKey);
            default -> null;
        };
    }

    private void readService() {
        base = url("SERVICE_PROMPTS");
        if (text("SERVICE_PROMPTS", null) == null) {
            problems.add("SERVICE_PROMPTS: needed with PROMPT_STORAGE_BACKEND=service");
        }
        String file = text("SERVICE_PROMPTS_ACCOUNT_FILE", null);
        if (file != null) {
            try {
                account = ServiceAccount.parse(Files.readString(Path.of(file)));
            } catch (IOException | InvalidPathException e) {
                problems.add("SERVICE_PROMPTS_ACCOUNT_FILE: cannot be read");
            } catch (IllegalArgumentException e) {
                problems.add("SERVICE_PROMPTS_ACCOUNT_FILE: is no key file of a Google service account");
            }
        }
    }

    private void readLangSmith() {
        apiKey = text("LANGSMITH_API_KEY", text("LANGCHAIN_API_KEY", null));
        if (apiKey == null) {
            problems.add("LANGCHAIN_API_KEY: needed with PROMPT_STORAGE_BACKEND=langsmith");
        }
        String name = text("LANGSMITH_ENDPOINT", null) != null ? "LANGSMITH_ENDPOINT" : "LANGCHAIN_ENDPOINT";
        base = text(name, null) == null ? "https://api.smith.langchain.com" : url(name);
    }

    private int pulls() {
        String value = text("PROMPTS_BATCH_CONCURRENCY", "5");
        try {
            int number = Integer.parseInt(value);
            if (number >= 1 && number <= MOST_PULLS_AT_ONCE) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        problems.add("PROMPTS_BATCH_CONCURRENCY: must be a number from 1 to " + MOST_PULLS_AT_ONCE);
        return 1;
    }

    /** Without a slash at its end; null when there is none, or it is wrong. */
    private String url(String name) {
        String value = text(name, null);
        if (value == null) {
            return null;
        }
        try {
            URI url = URI.create(value);
            boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            if (web && url.getHost() != null && url.getRawUserInfo() == null && url.getRawQuery() == null) {
                return value.replaceAll("/+$", "");
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        problems.add(name + ": must be an http or https URL without a user or a query");
        return null;
    }

    private String text(String name, String otherwise) {
        String value = variables.get(name);
        return value == null || value.isBlank() ? otherwise : value.strip();
    }
}
