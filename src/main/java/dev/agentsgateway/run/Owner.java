package dev.agentsgateway.run;

import dev.agentsgateway.http.HttpException;
import java.util.List;

/**
 * Whose runs or sessions a list is asked for: an agent's or a team's.
 *
 * @param kind null for everybody's
 * @param id   null for everybody's
 */
record Owner(SessionKey.Kind kind, String id) {
    /**
     * @param what that is listed, for people
     * @throws HttpException 422 when both ids are given
     */
    static Owner of(String agentId, String teamId, String what) {
        if (agentId != null && teamId != null) {
            throw HttpException.invalidValue(
                    List.of("query", "team_id"), what + " is an agent's or a team's: give one of both", teamId);
        }
        if (agentId != null) {
            return new Owner(SessionKey.Kind.AGENT, agentId);
        }
        return new Owner(teamId == null ? null : SessionKey.Kind.TEAM, teamId);
    }
}
