package dev.agentsgateway.bench.retrieval;

/** A piece of a page as a reader sees it. */
record Block(Kind kind, String text) {
    enum Kind {
        SECTION,
        SUBSECTION,
        PARAGRAPH,
        /** Lines as they are. */
        VERBATIM
    }
}
