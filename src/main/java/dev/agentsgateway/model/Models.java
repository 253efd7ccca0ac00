package dev.agentsgateway.model;

import dev.agentsgateway.model.ModelException.Kind;
import dev.agentsgateway.model.anthropic.AnthropicChatModel;
import dev.agentsgateway.model.demo.DemoChatModel;
import dev.agentsgateway.model.gemini.GeminiChatModel;
import dev.agentsgateway.model.openai.OpenAiChatModel;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Turns a model id into something that can be asked. Thread-safe; closing it ends every call in progress. */
public final class Models implements AutoCloseable {
    /** The reference's default. */
    public static final String REFERENCE_DEFAULT = "gemini-2.5-pro";

    public static final String DEMO = "demo";

    private static final int MAX_ID_LENGTH = 200;
    private static final int DEFAULT_MAX_TOKENS = 8192;
    private static final Map<String, Provider> PREFIXES = Map.of(
            "gpt-", Provider.OPENAI,
            "chatgpt-", Provider.OPENAI,
            "claude-", Provider.ANTHROPIC,
            "gemini-", Provider.GEMINI);
    private static final List<String> REASONING_SERIES = List.of("o1", "o3", "o4");
    private static final Map<String, Provider> NAMESPACES =
            Map.of("openai", Provider.OPENAI, "anthropic", Provider.ANTHROPIC, "gemini", Provider.GEMINI);

    private final ModelConfig config;
    private final Catalogue catalogue;
    private final ModelHttp http;
    private final Map<Provider, ChatModel> chats = new EnumMap<>(Provider.class);

    public Models(ModelConfig config) {
        this.config = config;
        this.catalogue = Catalogue.load();
        this.http = new ModelHttp(config.http());
        for (Provider provider : Provider.values()) {
            chats.put(provider, isConfigured(provider) ? chat(provider) : notConfigured(provider));
        }
    }

    public Catalogue catalogue() {
        return catalogue;
    }

    /** The reference's ids in its order, for the message of an {@code enum} error; {@code demo} is not among them. */
    public List<String> publicIds() {
        return catalogue.entries().stream()
                .map(Catalogue.Entry::id)
                .filter(id -> !id.equals(DEMO))
                .toList();
    }

    /**
     * An id of the catalogue, one with a known prefix ({@code gpt-}, {@code chatgpt-}, {@code o1}, {@code o3}, {@code o4},
     * {@code claude-}, {@code gemini-}), or any id behind {@code openai/}, {@code anthropic/} or {@code gemini/}.
     *
     * @throws UnknownModelException for anything else
     */
    public ResolvedModel resolve(String id) {
        return find(id).orElseThrow(() -> new UnknownModelException(id, publicIds()));
    }

    /** Like {@link #resolve}, empty for what is not known. */
    public Optional<ResolvedModel> find(String id) {
        if (id == null || id.length() > MAX_ID_LENGTH || id.chars().anyMatch(c -> c <= ' ' || c == 127)) {
            return Optional.empty();
        }
        int slash = id.indexOf('/');
        if (slash > 0 && slash < id.length() - 1 && NAMESPACES.containsKey(id.substring(0, slash))) {
            return Optional.of(resolved(id, id.substring(slash + 1), NAMESPACES.get(id.substring(0, slash))));
        }
        return provider(id).map(provider -> resolved(id, id, provider));
    }

    /**
     * The id of the model that answers: the requested one, else the agent's, else {@code DEFAULT_MODEL}, else
     * {@value #REFERENCE_DEFAULT} when Google has a key, else the default of a provider that has one, in the catalogue's
     * order, else {@value #DEMO}. Null and empty mean that nothing is named. What is named is not checked.
     */
    public String defaultModel(String requested, String agentModel, String configured) {
        for (String named : new String[] {requested, agentModel, configured}) {
            if (named != null && !named.isBlank()) {
                return named;
            }
        }
        if (hasKey(Provider.GEMINI)) {
            return REFERENCE_DEFAULT;
        }
        return catalogue.entries().stream()
                .filter(Catalogue.Entry::defaultOfProvider)
                .filter(entry -> hasKey(Provider.valueOf(entry.provider().toUpperCase(Locale.ROOT))))
                .map(Catalogue.Entry::id)
                .findFirst()
                .orElse(DEMO);
    }

    /** Whether the provider can be asked: it has a key, or is an OpenAI-compatible server that may need none. */
    public boolean isConfigured(Provider provider) {
        return provider == Provider.DEMO
                || hasKey(provider)
                || provider == Provider.OPENAI && config.openAi().baseUrl() != null;
    }

    @Override
    public void close() {
        http.close();
    }

    private Optional<Provider> provider(String id) {
        if (id.equals(DEMO)) {
            return Optional.of(Provider.DEMO);
        }
        if (REASONING_SERIES.stream().anyMatch(series -> id.equals(series) || id.startsWith(series + "-"))) {
            return Optional.of(Provider.OPENAI);
        }
        return PREFIXES.entrySet().stream()
                .filter(prefix -> id.startsWith(prefix.getKey())
                        && id.length() > prefix.getKey().length())
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private ResolvedModel resolved(String id, String upstreamId, Provider provider) {
        Catalogue.Entry entry = catalogue
                .find(upstreamId)
                .filter(known -> known.provider().equals(provider.id()))
                .orElse(null);
        return new ResolvedModel(id, upstreamId, provider, entry, isConfigured(provider), chats.get(provider));
    }

    private boolean hasKey(Provider provider) {
        return switch (provider) {
            case OPENAI -> config.openAi().apiKey() != null;
            case ANTHROPIC -> config.anthropic().apiKey() != null;
            case GEMINI -> config.gemini().apiKey() != null;
            case DEMO -> false;
        };
    }

    private ChatModel chat(Provider provider) {
        return switch (provider) {
            case OPENAI ->
                new OpenAiChatModel(
                        http,
                        config.openAi().baseUrlOr("https://api.openai.com/v1"),
                        config.openAi().apiKey(),
                        this::wantsCompletionTokens);
            case ANTHROPIC ->
                new AnthropicChatModel(
                        http,
                        config.anthropic().baseUrlOr("https://api.anthropic.com"),
                        config.anthropic().apiKey(),
                        this::defaultMaxTokens);
            case GEMINI ->
                new GeminiChatModel(
                        http,
                        config.gemini().baseUrlOr("https://generativelanguage.googleapis.com"),
                        config.gemini().apiKey());
            case DEMO -> new DemoChatModel();
        };
    }

    private static ChatModel notConfigured(Provider provider) {
        return request -> {
            throw new ModelException(Kind.NOT_CONFIGURED, provider.keyVariable() + " is not set");
        };
    }

    /** By the catalogue; its unlisted relatives of the reasoning series behave alike. */
    private boolean wantsCompletionTokens(String model) {
        return catalogue
                .find(model)
                .map(Catalogue.Entry::maxCompletionTokens)
                .orElseGet(() -> model.startsWith("gpt-5")
                        || REASONING_SERIES.stream().anyMatch(s -> model.equals(s) || model.startsWith(s + "-")));
    }

    private int defaultMaxTokens(String model) {
        return catalogue.find(model).map(Catalogue.Entry::defaultMaxTokens).orElse(DEFAULT_MAX_TOKENS);
    }
}
