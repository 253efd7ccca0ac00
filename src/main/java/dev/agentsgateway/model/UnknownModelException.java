package dev.agentsgateway.model;

import java.util.List;

/** A model id that is neither in the catalogue nor has a known prefix. */
public final class UnknownModelException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String id;
    private final transient List<String> known;

    UnknownModelException(String id, List<String> known) {
        super("unknown model");
        this.id = id;
        this.known = known;
    }

    public String id() {
        return id;
    }

    /** The ids for the message of an {@code enum} error; see {@link Models#publicIds()}. */
    public List<String> known() {
        return known;
    }
}
