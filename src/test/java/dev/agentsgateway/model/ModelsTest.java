package dev.agentsgateway.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.model.ModelException.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelsTest {
    private static Models with(Map<String, String> variables) {
        return new Models(ModelConfig.of(variables).withHttp(Vendor.QUICK));
    }

    @Test
    void knowsTheReferencesModelsInItsOrder() {
        try (Models models = with(Map.of())) {
            assertThat(models.publicIds())
                    .containsExactly(
                            "gpt-5.4",
                            "gpt-5.4-mini",
                            "gpt-5.4-nano",
                            "gemini-2.5-pro",
                            "gemini-2.5-flash",
                            "gemini-2.5-flash-lite",
                            "gemini-3.1-pro-preview",
                            "gemini-3-flash-preview",
                            "claude-opus-4-6",
                            "claude-sonnet-4-6",
                            "claude-haiku-4-5-20251001");
            assertThat(models.catalogue().entries())
                    .extracting(Catalogue.Entry::symbol)
                    .contains("gpt_5_4_nano", "gemini_3_1_pro", "claude_haiku_4_5", "demo");
            assertThat(models.catalogue().entries()).allSatisfy(entry -> {
                assertThat(models.resolve(entry.id()).entry()).isEqualTo(entry);
                assertThat(models.resolve(entry.id()).provider().id()).isEqualTo(entry.provider());
                assertThat(entry.contextTokens()).isPositive();
                assertThat(entry.prices().input()).isNotNegative();
                assertThat(entry.capabilities().tools()).isTrue();
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-5.4,gpt-5.4,OPENAI,OpenAI,OpenAI Chat",
        "gpt-9,gpt-9,OPENAI,OpenAI,OpenAI Chat",
        "o3,o3,OPENAI,OpenAI,OpenAI Chat",
        "o4-mini,o4-mini,OPENAI,OpenAI,OpenAI Chat",
        "chatgpt-latest,chatgpt-latest,OPENAI,OpenAI,OpenAI Chat",
        "openai/llama3.2:1b,llama3.2:1b,OPENAI,OpenAI,OpenAI Chat",
        "openai/meta/llama,meta/llama,OPENAI,OpenAI,OpenAI Chat",
        "claude-next,claude-next,ANTHROPIC,Anthropic,Anthropic",
        "anthropic/claude-opus-4-6,claude-opus-4-6,ANTHROPIC,Anthropic,Anthropic",
        "gemini-9,gemini-9,GEMINI,Google,Google",
        "gemini/gemma-3,gemma-3,GEMINI,Google,Google",
        "demo,demo,DEMO,Demo,Demo"
    })
    void resolves(String id, String upstreamId, Provider provider, String displayName, String metricsName) {
        try (Models models = with(Map.of())) {
            ResolvedModel model = models.resolve(id);
            assertThat(model.id()).isEqualTo(id);
            assertThat(model.upstreamId()).isEqualTo(upstreamId);
            assertThat(model.provider()).isEqualTo(provider);
            assertThat(model.provider().displayName()).isEqualTo(displayName);
            assertThat(model.provider().metricsName()).isEqualTo(metricsName);
        }
    }

    @Test
    void findsTheCatalogueEntryBehindAPrefix() {
        try (Models models = with(Map.of())) {
            assertThat(models.resolve("anthropic/claude-opus-4-6").entry().symbol())
                    .isEqualTo("claude_opus_4_6");
            assertThat(models.resolve("openai/claude-opus-4-6").entry()).isNull();
        }
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {"", "invalid-model", "GPT-5.4", "gpt-", "o1x", "openai/", "/x", "mistral/x", "gpt-5 4", "gpt-\n"
            })
    void knowsNothingElse(String id) {
        try (Models models = with(Map.of())) {
            var e = catchThrowableOfType(UnknownModelException.class, () -> models.resolve(id));
            assertThat(e.id()).isEqualTo(id);
            assertThat(e.known()).isEqualTo(models.publicIds());
            assertThat(models.find(id)).isEmpty();
        }
    }

    @Test
    void aProviderWithoutAKeyCannotBeAsked() {
        try (Models models = with(Map.of("OPENAI_API_KEY", " "))) {
            for (String id : List.of("gpt-5.4", "claude-opus-4-6", "gemini-2.5-pro")) {
                ResolvedModel model = models.resolve(id);
                assertThat(model.configured()).isFalse();
                assertThatThrownBy(() -> model.chat().stream(Vendor.OPENAI.hello(true)))
                        .hasFieldOrPropertyWithValue("kind", Kind.NOT_CONFIGURED)
                        .hasFieldOrPropertyWithValue("detail", model.provider().keyVariable() + " is not set");
            }
        }
    }

    @Test
    void anOpenAiCompatibleServerNeedsNoKey() {
        try (var server = ScriptedModelServer.start();
                Models models = with(Map.of("OPENAI_BASE_URL", server.openAiBaseUrl() + "/"))) {
            ResolvedModel model = models.resolve("openai/llama3.2");
            assertThat(model.configured()).isTrue();
            var request = new ModelRequest(
                    model.upstreamId(), null, List.of(Message.User.of("Hi")), List.of(), null, null, true);
            assertThat(CollectedAnswer.of(model.chat(), request).text()).isNotEmpty();
            var recorded = server.takeRequest(Duration.ofSeconds(1));
            assertThat(recorded.header("authorization")).isNull();
            assertThat(recorded.path()).isEqualTo("/v1/chat/completions");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "asked,agents,configured,,asked",
        ",agents,configured,,agents",
        ",,configured,,configured",
        "'',' ',,,demo",
        ",,,GOOGLE_API_KEY,gemini-2.5-pro",
        ",,,GEMINI_API_KEY,gemini-2.5-pro",
        ",,,OPENAI_API_KEY,gpt-5.4",
        ",,,ANTHROPIC_API_KEY,claude-sonnet-4-6"
    })
    void choosesADefault(String asked, String agents, String configured, String key, String expected) {
        try (Models models = with(key == null ? Map.of() : Map.of(key, "k"))) {
            assertThat(models.defaultModel(asked, agents, configured)).isEqualTo(expected);
        }
    }

    @Test
    void prefersTheReferencesDefault() {
        try (Models models = with(Map.of("OPENAI_API_KEY", "k", "ANTHROPIC_API_KEY", "k", "GOOGLE_API_KEY", "k"))) {
            assertThat(models.defaultModel(null, null, null)).isEqualTo(Models.REFERENCE_DEFAULT);
        }
    }

    @Test
    void doesNotPrintKeys() {
        assertThat(ModelConfig.of(Map.of("OPENAI_API_KEY", "canary")).toString())
                .doesNotContain("canary");
    }
}
