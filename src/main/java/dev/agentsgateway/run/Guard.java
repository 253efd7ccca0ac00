package dev.agentsgateway.run;

import java.util.Optional;

/** What stands between users and models. Thread-safe; takes linear time. */
public interface Guard {
    /** The {@link RunEvent.Failed#code} of a run whose message was objected to. */
    String PROMPT_INJECTION = "prompt_injection";

    /** Lets everything pass as it is, and costs nothing. */
    Guard NONE = new Guard() {
        @Override
        public Optional<String> check(String text) {
            return Optional.empty();
        }

        @Override
        public String mask(String text) {
            return text;
        }
    };

    /** @return why a model must not be shown the text, in words for clients; empty when it may */
    Optional<String> check(String text);

    /**
     * The text without what identifies people, of the same length; masking it again changes nothing. Null for null.
     */
    String mask(String text);
}
