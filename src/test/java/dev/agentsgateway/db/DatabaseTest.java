package dev.agentsgateway.db;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DatabaseTest {
    private final TestDatabase test = TestDatabase.create();
    private final Database database = test.database();

    @AfterEach
    void drop() {
        test.close();
    }

    @Test
    void commitsWorks() {
        int rows = database.commit("a", handle -> handle.execute("insert into prompts.prompts (id, name, template) values ('a', 'A', 't')"));
        assertThat(rows).isEqualTo(1);
        assertThat(database.<Integer>with(handle -> handle.createQuery("select count(*) from prompts.prompts where id = 'a'").mapTo(Integer.class).one()))
                .isEqualTo(1);
    }

    @Test
    void usesUtcWhateverTheMachinesZone() {
        for (String row : database.<java.util.List<String>>with(handle -> handle.createQuery("select current_setting('TimeZone')").mapTo(String.class).list())) {
            assertThat(row).isEqualTo("UTC");
        }
        assertThat(database.<String>transact(handle -> handle.createQuery("show timezone").mapTo(String.class).one())).isEqualTo("UTC");
        assertThat(database.<String>commit("", handle -> handle.createQuery("show timezone").mapTo(String.class).one())).isEqualTo("UTC");
        assertThat(database.<String>with(handle -> handle.createQuery("show statement_timeout").mapTo(String.class).one())).isEqualTo("30s");
    }
}
