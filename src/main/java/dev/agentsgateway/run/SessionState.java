package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What a session remembers as named values, during one run. Thread-safe. */
final class SessionState {
    private ObjectNode values;

    SessionState(ObjectNode stored, ObjectNode laidOver) {
        values = stored.deepCopy();
        merge(values, laidOver);
    }

    /** @return false, and nothing is changed, when the state would be longer than {@code maxChars} as JSON */
    synchronized boolean update(ObjectNode changes, int maxChars) {
        ObjectNode changed = values.deepCopy();
        merge(changed, changes);
        if (changed.toString().length() > maxChars) {
            return false;
        }
        values = changed;
        return true;
    }

    synchronized ObjectNode copy() {
        return values.deepCopy();
    }

    /** Objects are merged member by member; anything else, null included, replaces what was there. */
    private static void merge(ObjectNode target, ObjectNode source) {
        for (var member : source.properties()) {
            JsonNode old = target.get(member.getKey());
            if (old instanceof ObjectNode oldObject && member.getValue() instanceof ObjectNode newObject) {
                merge(oldObject, newObject);
            } else {
                target.set(member.getKey(), member.getValue().deepCopy());
            }
        }
    }
}
