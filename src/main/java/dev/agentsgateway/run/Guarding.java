package dev.agentsgateway.run;

import dev.agentsgateway.model.Message;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Applies a plan's guard to the messages of a run. For one thread. */
final class Guarding {
    /** The name of both hooks in events, as the reference has it. */
    private static final String HOOK = "async_check";

    private final Drive drive;
    private final Guard guard;

    Guarding(Drive drive) {
        this.drive = drive;
        this.guard = drive.plan().guard();
    }

    boolean on() {
        return guard != Guard.NONE;
    }

    /** @throws RunFailure when the model must not be shown the message */
    void check(Message.User message) {
        if (!on()) {
            return;
        }
        String text = message.parts().stream()
                .filter(part -> part instanceof Message.Part.Text)
                .map(part -> ((Message.Part.Text) part).text())
                .collect(Collectors.joining("\n"));
        drive.emit(new RunEvent.PreHookStarted(System.currentTimeMillis(), HOOK, text));
        Optional<String> objection = guard.check(text);
        if (objection.isPresent()) {
            throw new RunFailure(Guard.PROMPT_INJECTION, objection.get());
        }
        drive.emit(new RunEvent.PreHookCompleted(System.currentTimeMillis(), HOOK, text));
        // The second hook of the reference masks: here that was done before the message was stored.
        drive.emit(new RunEvent.PreHookStarted(System.currentTimeMillis(), HOOK, text));
        drive.emit(new RunEvent.PreHookCompleted(System.currentTimeMillis(), HOOK, text));
    }

    Message.User masked(Message.User message) {
        if (!on()) {
            return message;
        }
        return new Message.User(message.parts().stream()
                .map(part ->
                        part instanceof Message.Part.Text text ? new Message.Part.Text(guard.mask(text.text())) : part)
                .toList());
    }

    /** Earlier runs may have been made without a guard; what models said is left as it was signed. */
    List<Message> maskedHistory(List<Message> history) {
        return on() ? history.stream().map(this::masked).toList() : history;
    }

    private Message masked(Message message) {
        return switch (message) {
            case Message.User user -> masked(user);
            case Message.Tool tool ->
                new Message.Tool(tool.callId(), tool.name(), guard.mask(tool.content()), tool.error());
            case Message.Assistant assistant -> assistant;
        };
    }
}
