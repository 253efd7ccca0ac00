package dev.agentsgateway.run;

/**
 * A conversation of one user with one agent or team. The same {@code sessionId} of another user is another
 * conversation, and so is that of another realm.
 *
 * @param realm the tenant to which the caller's key is bound, empty for none
 */
public record SessionKey(Kind kind, String ownerId, String userId, String sessionId, String realm) {
    public enum Kind {
        AGENT("agent"),
        TEAM("team");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }

        static Kind of(String word) {
            return word.equals(AGENT.word) ? AGENT : TEAM;
        }
    }
}
