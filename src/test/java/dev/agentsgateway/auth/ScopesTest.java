package dev.agentsgateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScopesTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                     | true
            agents:read            | true
            read                   | true
            agents                 | true
            agents:*               | true
            *                      | true
            admin                  | true
            write,agents:read      | true
            write                  | false
            agents:write           | false
            teams:read             | false
            teams                  | false
            teams:*                | false
            READ                   | false
            agents:read:all        | false
            *:read                 | false
            agent                  | false
            """)
    void areSatisfied(String scopes, boolean expected) {
        Set<String> held = scopes.isEmpty() ? Set.of() : Set.of(scopes.split(","));
        assertThat(Scopes.satisfy(held, "agents:read")).isEqualTo(expected);
    }
}
