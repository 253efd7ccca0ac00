package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.http.Problems.Loc;
import java.lang.reflect.RecordComponent;

/** Reads a JSON object into a record; members that the record does not have are ignored. */
final class RecordReader implements Readers.Reader {
    private final Class<?> type;
    private final RecordMaker maker;
    private Member[] members;

    RecordReader(Class<?> type) {
        this.type = type;
        this.maker = new RecordMaker(type);
    }

    void plan(Readers readers) {
        RecordComponent[] components = type.getRecordComponents();
        Member[] planned = new Member[components.length];
        for (int i = 0; i < components.length; i++) {
            planned[i] = Member.of(components[i], readers, false);
        }
        members = planned;
    }

    @Override
    public Object read(JsonNode value, Loc loc, Problems problems) {
        if (!value.isObject()) {
            return problems.add(
                    "model_attributes_type",
                    loc,
                    "Input should be a valid dictionary or object to extract fields from",
                    value);
        }
        int before = problems.size();
        Object[] values = new Object[members.length];
        for (int i = 0; i < members.length; i++) {
            Member member = members[i];
            values[i] = member.read(value.get(member.name()), value, loc.then(member.name()), problems);
        }
        if (problems.size() > before || problems.isFull()) {
            return null;
        }
        try {
            return maker.make(values);
        } catch (InvalidValueException e) {
            return problems.add(e.type(), loc, e.getMessage(), value, e.ctx());
        }
    }
}
