package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentsgateway.model.Message;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** What is left out of a conversation that does not fit: any conversation, any limit. */
class ContextWindowTest {
    private static final String SYSTEM = "Be kind.";

    /** Runs of a session; the last one may have got as far as any of its results. */
    record Session(List<List<Message>> runs) {
        List<Message> conversation() {
            return runs.stream().flatMap(List::stream).toList();
        }

        int current() {
            return conversation().size() - runs.getLast().size();
        }
    }

    @Provide
    Arbitrary<Session> sessions() {
        Arbitrary<String> texts = Combinators.combine(
                        Arbitraries.of("x", "word ", "ä", "\uD83D\uDE00"),
                        Arbitraries.integers().between(0, 6_000))
                .as(String::repeat);
        Arbitrary<List<String>> results = texts.list().ofMinSize(1).ofMaxSize(3);
        Arbitrary<List<List<String>>> turns = results.list().ofMaxSize(4);
        Arbitrary<String> said = Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(300);
        return Combinators.combine(said, turns)
                .as(ContextWindowTest::run)
                .list()
                .ofMinSize(1)
                .ofMaxSize(6)
                .map(runs -> new Session(numbered(runs)));
    }

    private static List<Message> run(String said, List<List<String>> turns) {
        List<Message> run = new ArrayList<>(List.of(Message.User.of(said)));
        for (List<String> results : turns) {
            List<Message.ToolCall> calls = IntStream.range(0, results.size())
                    .mapToObj(i -> new Message.ToolCall("c", "look", "{}"))
                    .toList();
            run.add(new Message.Assistant("", "", calls, null));
            results.forEach(result -> run.add(new Message.Tool("c", "look", result, false)));
        }
        return run;
    }

    /** All but the last run are finished, and ids are unique. */
    private static List<List<Message>> numbered(List<List<Message>> runs) {
        List<List<Message>> numbered = new ArrayList<>();
        int[] calls = {0};
        int[] results = {0};
        for (int i = 0; i < runs.size(); i++) {
            List<Message> run = new ArrayList<>();
            for (Message message : runs.get(i)) {
                run.add(
                        switch (message) {
                            case Message.Assistant turn ->
                                new Message.Assistant(
                                        "",
                                        "",
                                        turn.toolCalls().stream()
                                                .map(call -> new Message.ToolCall("c" + calls[0]++, "look", "{}"))
                                                .toList(),
                                        null);
                            case Message.Tool tool ->
                                new Message.Tool("c" + results[0]++, "look", tool.content(), false);
                            case Message.User user -> user;
                        });
            }
            if (i < runs.size() - 1) {
                run.add(Message.Assistant.of("answer " + i));
            }
            numbered.add(run);
        }
        return numbered;
    }

    @Property(tries = 500)
    void everythingStaysValid(@ForAll("sessions") Session session, @ForAll @IntRange(min = 10, max = 8_000) int limit) {
        List<Message> before = List.copyOf(session.conversation());
        List<Message> fitted;
        try {
            fitted = new ContextWindow().fit(before, session.current(), SYSTEM, List.of(), limit);
        } catch (RunFailure e) {
            assertThat(e.code()).isEqualTo("context_too_large");
            assertThat(least(session)).as("the least that it could be").isGreaterThan(limit);
            return;
        }
        assertThat(size(fitted)).isLessThanOrEqualTo(limit);
        if (size(before) <= limit) {
            assertThat(fitted).isEqualTo(before);
        }
        assertPaired(fitted);
        assertInOrder(before, fitted);
        assertThat(fitted).contains(session.runs().getLast().getFirst());
        assertThat(fitted.getFirst()).isInstanceOf(Message.User.class);
        assertThat(session.conversation()).as("what is stored").isEqualTo(before);
    }

    @Property(tries = 100)
    void aGrowingConversationIsCutAsItWouldBeAtOnce(
            @ForAll("sessions") Session session, @ForAll @IntRange(min = 2_000, max = 8_000) int limit) {
        List<Message> all = session.conversation();
        ContextWindow growing = new ContextWindow();
        for (int length = session.current() + 1; length < all.size(); length++) {
            outcome(growing, all.subList(0, length), session.current(), limit);
        }
        assertThat(outcome(growing, all, session.current(), limit))
                .isEqualTo(outcome(new ContextWindow(), all, session.current(), limit));
    }

    private static Object outcome(ContextWindow window, List<Message> conversation, int current, int limit) {
        try {
            return window.fit(conversation, current, SYSTEM, List.of(), limit);
        } catch (RunFailure e) {
            return e.getMessage();
        }
    }

    private static long size(List<Message> messages) {
        return TokenEstimate.of(SYSTEM)
                + messages.stream().mapToLong(TokenEstimate::of).sum();
    }

    /** The current run alone, with every result as short as it gets. */
    private static long least(Session session) {
        return size(session.runs().getLast().stream()
                .<Message>map(message -> message instanceof Message.Tool tool
                        ? new Message.Tool(
                                tool.callId(),
                                tool.name(),
                                ContextWindow.shortened(
                                        ContextWindow.shortened(tool.content(), ContextWindow.FRESH),
                                        ContextWindow.SHORT),
                                false)
                        : message)
                .toList());
    }

    private static void assertPaired(List<Message> messages) {
        Set<String> open = new HashSet<>();
        for (Message message : messages) {
            switch (message) {
                case Message.Assistant turn -> {
                    assertThat(open).as("unanswered before the next turn").isEmpty();
                    turn.toolCalls().forEach(call -> open.add(call.id()));
                }
                case Message.Tool tool ->
                    assertThat(open.remove(tool.callId())).as(tool.callId()).isTrue();
                case Message.User _ -> assertThat(open).isEmpty();
            }
        }
        assertThat(open).isEmpty();
    }

    /** What is kept is a subsequence, except for the contents of results. */
    private static void assertInOrder(List<Message> before, List<Message> after) {
        int at = 0;
        for (Message kept : after) {
            while (at < before.size() && !same(before.get(at), kept)) {
                at++;
            }
            assertThat(at++).as("the place of %s", kept).isLessThan(before.size());
        }
    }

    private static boolean same(Message a, Message b) {
        return a instanceof Message.Tool x && b instanceof Message.Tool y
                ? x.callId().equals(y.callId())
                : a.equals(b);
    }

    @Example
    void oldResultsGoBeforeOldRunsAndTheseBeforeTheRunsOwnResults() {
        List<Message> conversation = numbered(List.of(
                        run("q1", List.of(List.of("a".repeat(8_000)))),
                        run("q2", List.of(List.of("b".repeat(8_000)))),
                        run("q3", List.of(List.of("c".repeat(8_000)), List.of("d".repeat(8_000))))))
                .stream()
                .flatMap(List::stream)
                .toList();
        assertThat(kept(conversation, 7_000)).isEqualTo("q1 a~ q2 b q3 c d");
        assertThat(kept(conversation, 5_200)).isEqualTo("q1 a~ q2 b~ q3 c d");
        assertThat(kept(conversation, 4_600)).isEqualTo("q2 b~ q3 c d");
        assertThat(kept(conversation, 4_200)).isEqualTo("q3 c d");
        assertThat(kept(conversation, 3_000)).isEqualTo("q3 c~ d");
        assertThat(kept(conversation, 1_200)).isEqualTo("q3 c~ d~");
        assertThatThrownBy(() -> kept(conversation, 300)).hasMessageContaining("nothing more can be left out");
    }

    private static String kept(List<Message> conversation, int limit) {
        StringBuilder words = new StringBuilder();
        for (Message message : new ContextWindow().fit(conversation, 8, SYSTEM, List.of(), limit)) {
            if (message instanceof Message.User user) {
                words.append(((Message.Part.Text) user.parts().getFirst()).text())
                        .append(' ');
            } else if (message instanceof Message.Tool tool) {
                words.append(tool.content().charAt(0))
                        .append(tool.content().contains("6500 characters left out") ? "~ " : " ");
            }
        }
        return words.toString().strip();
    }
}
