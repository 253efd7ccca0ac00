package dev.agentsgateway.model;

import java.util.Map;

/**
 * How the model vendors are reached.
 *
 * @param openAi    its base URL ends in {@code /v1}
 * @param anthropic its base URL has no version
 * @param gemini    its base URL has no version
 */
public record ModelConfig(Endpoint openAi, Endpoint anthropic, Endpoint gemini, ModelHttp.Settings http) {

    /**
     * @param baseUrl without a trailing slash; null means the vendor's own
     * @param apiKey  null when there is none
     */
    public record Endpoint(String baseUrl, String apiKey) {
        public static final Endpoint NONE = new Endpoint(null, null);

        public Endpoint {
            baseUrl = blankToNull(baseUrl);
            apiKey = blankToNull(apiKey);
            while (baseUrl != null && baseUrl.endsWith("/")) {
                baseUrl = baseUrl.substring(0, baseUrl.length() - 1);
            }
        }

        /** The configured base URL, else the given one. */
        public String baseUrlOr(String vendors) {
            return baseUrl == null ? vendors : baseUrl;
        }

        @Override
        public String toString() {
            return "Endpoint[baseUrl=" + baseUrl + ", apiKey=" + (apiKey == null ? "none" : "set") + "]";
        }

        private static String blankToNull(String text) {
            return text == null || text.isBlank() ? null : text.strip();
        }
    }

    /**
     * From environment variables, named as in the vendors' own SDKs: {@code OPENAI_BASE_URL}, {@code OPENAI_API_KEY},
     * {@code ANTHROPIC_BASE_URL}, {@code ANTHROPIC_API_KEY}, {@code GOOGLE_GEMINI_BASE_URL}, {@code GOOGLE_API_KEY}, else
     * {@code GEMINI_API_KEY}. Empty counts as unset.
     */
    public static ModelConfig of(Map<String, String> variables) {
        String google = variables.getOrDefault("GOOGLE_API_KEY", "");
        return new ModelConfig(
                new Endpoint(variables.get("OPENAI_BASE_URL"), variables.get("OPENAI_API_KEY")),
                new Endpoint(variables.get("ANTHROPIC_BASE_URL"), variables.get("ANTHROPIC_API_KEY")),
                new Endpoint(
                        variables.get("GOOGLE_GEMINI_BASE_URL"),
                        google.isBlank() ? variables.get("GEMINI_API_KEY") : google),
                ModelHttp.Settings.DEFAULT);
    }

    public ModelConfig withHttp(ModelHttp.Settings settings) {
        return new ModelConfig(openAi, anthropic, gemini, settings);
    }
}
