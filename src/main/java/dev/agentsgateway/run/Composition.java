package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.model.Message;
import java.util.List;

/** What the model is told at the beginning of a run: the system prompt, the history, the user's message. For one thread. */
final class Composition {
    private final Drive drive;
    private final RunStore.Claim claim;
    private final SessionState state;
    private final Transcript transcript;

    Composition(Drive drive, RunStore.Claim claim, SessionState state, Transcript transcript) {
        this.drive = drive;
        this.claim = claim;
        this.state = state;
        this.transcript = transcript;
    }

    /**
     * Fills the conversation with history and the user's message.
     *
     * @param fresh whether the message is still as the client sent it: its placeholders are filled once
     */
    Message.User say(Guarding guarding, boolean fresh) {
        RunPlan plan = drive.plan();
        boolean historyWanted = plan.history() && plan.historyRuns() > 0 && claim.turn() > 1;
        if (historyWanted) {
            transcript.history(guarding.maskedHistory(drive.database()
                    .read(handle -> drive.services()
                            .transcripts()
                            .history(handle, claim.session(), claim.turn(), plan.historyRuns()))));
        }
        Message.User message = (Message.User) drive.from().messages().get(0);
        Message.User said = fresh ? guarding.masked(filled(message, placeholders())) : message;
        if (!said.equals(message)) {
            drive.database().commit(handle -> {
                drive.services().transcripts().replaceUserMessage(handle, drive.run(), said);
                return null;
            });
        }
        transcript.said(said);
        return said;
    }

    String system() {
        RunPlan plan = drive.plan();
        String system = plan.system() == null ? null : Placeholders.fill(plan.system(), placeholders());
        if (!plan.options().addMemories()) {
            return system;
        }
        return MemoryNotes.appendedTo(
                system, memories().stream().map(plan.guard()::mask).toList());
    }

    private List<String> memories() {
        SessionKey session = drive.run().session();
        return claim.memories() != null
                ? claim.memories()
                : drive.database()
                        .read(handle -> drive.services().memories().notes(handle, session.userId(), session.realm()));
    }

    private ObjectNode placeholders() {
        SessionKey session = drive.run().session();
        ObjectNode values = state.copy();
        values.put("user_id", session.userId());
        values.put("current_user_id", session.userId());
        values.put("current_session_id", session.sessionId());
        values.put("current_run_id", drive.run().id().toString());
        return values;
    }

    private static Message.User filled(Message.User message, ObjectNode values) {
        return new Message.User(message.parts().stream()
                .map(part -> part instanceof Message.Part.Text text
                        ? new Message.Part.Text(Placeholders.fill(text.text(), values))
                        : part)
                .toList());
    }
}
