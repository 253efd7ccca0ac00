package dev.agentsgateway.bench.retrieval;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Lines of mdoc(7) macros, which may call each other. For one page. */
final class Mdoc {
    private static final String OPENING = "([";
    private static final Map<String, String> ENCLOSURES = Map.of(
            "Op", "[]", "Bq", "[]", "Pq", "()", "Dq", "“”", "Qq", "\"\"", "Sq", "‘’", "Ql", "‘’", "Aq", "<>", "Brq",
            "{}");
    private static final Map<String, String> WORDS = Map.of(
            "Ux",
            "UNIX",
            "Bx",
            "BSD",
            "Fx",
            "FreeBSD",
            "Nx",
            "NetBSD",
            "Ox",
            "OpenBSD",
            "At",
            "AT&T UNIX",
            "Oo",
            "[",
            "Oc",
            "]",
            "Po",
            "(",
            "Pc",
            ")");
    private static final Set<String> PLAIN = Set.of(
            "Ar", "Cm", "Ic", "Li", "Em", "Sy", "Va", "Vt", "Dv", "Ev", "Er", "Tn", "An", "Ft", "Fa", "Pa", "No", "Ad",
            "Lk", "Mt", "Sx", "Dl", "D1", "Fd", "Ms", "Do", "Dc", "So", "Sc", "Ao", "Ac", "Fo", "Fc", "Cd", "Lb", "%A",
            "%T", "%B", "%J", "%D", "%R", "%N", "%V", "%P", "%I");

    private String name = "";
    private String section = "";
    private final StringBuilder out = new StringBuilder();
    private boolean glue;

    static boolean knows(String macro) {
        return PLAIN.contains(macro)
                || ENCLOSURES.containsKey(macro)
                || WORDS.containsKey(macro)
                || Set.of("Nm", "Nd", "Fl", "Xr", "Fn", "In", "Ns").contains(macro);
    }

    /** The page's own name is said in the first section. */
    void section(String heading) {
        section = heading;
    }

    String line(String macro, List<String> arguments) {
        out.setLength(0);
        glue = false;
        render(macro, arguments);
        return out.toString();
    }

    private void render(String macro, List<String> arguments) {
        int rest = switch (macro) {
            case "Nm" -> name(arguments);
            case "Nd" -> words(arguments, "-");
            case "Xr" -> reference(arguments);
            case "In" -> words(arguments, "#include");
            case "Fl" -> flags(arguments);
            case "Fn" -> function(arguments);
            case "Ns" -> {
                glue = true;
                yield 0;
            }
            default -> {
                String enclosure = ENCLOSURES.get(macro);
                if (enclosure != null) {
                    enclosed(enclosure, arguments);
                    yield arguments.size();
                }
                if (WORDS.containsKey(macro)) {
                    word(WORDS.get(macro));
                }
                yield 0;
            }
        };
        for (int at = rest; at < arguments.size(); at++) {
            String argument = arguments.get(at);
            if (knows(argument)) {
                render(argument, arguments.subList(at + 1, arguments.size()));
                return;
            }
            word(argument);
        }
    }

    private int name(List<String> arguments) {
        boolean said = !arguments.isEmpty() && !knows(arguments.getFirst()) && !closing(arguments.getFirst());
        if (said && (name.isEmpty() || section.equals("NAME"))) {
            name = name.isEmpty() ? arguments.getFirst() : name;
        }
        word(said ? arguments.getFirst() : name);
        return said ? 1 : 0;
    }

    private int words(List<String> arguments, String before) {
        word(before);
        arguments.forEach(this::word);
        return arguments.size();
    }

    private int reference(List<String> arguments) {
        if (arguments.size() > 1 && arguments.get(1).matches("\\d\\w*")) {
            word(arguments.get(0) + "(" + arguments.get(1) + ")");
            return 2;
        }
        return 0;
    }

    private int flags(List<String> arguments) {
        int at = 0;
        while (at < arguments.size()
                && !knows(arguments.get(at))
                && !closing(arguments.get(at))
                && !arguments.get(at).equals("|")) {
            word("-" + arguments.get(at++));
        }
        if (at == 0) {
            word("-");
        }
        return at;
    }

    private int function(List<String> arguments) {
        if (arguments.isEmpty()) {
            return 0;
        }
        int end = 1;
        while (end < arguments.size() && !closing(arguments.get(end)) && !knows(arguments.get(end))) {
            end++;
        }
        word(arguments.getFirst() + "(" + String.join(", ", arguments.subList(1, end)) + ")");
        return end;
    }

    private void enclosed(String enclosure, List<String> arguments) {
        int end = arguments.size();
        while (end > 0 && closing(arguments.get(end - 1))) {
            end--;
        }
        word(enclosure.substring(0, 1));
        glue = true;
        render("No", arguments.subList(0, end));
        out.append(enclosure.charAt(1));
        arguments.subList(end, arguments.size()).forEach(this::word);
    }

    private void word(String word) {
        boolean joined = glue || out.isEmpty() || closing(word);
        out.append(joined ? "" : " ").append(word);
        glue = word.length() == 1 && OPENING.contains(word);
    }

    private static boolean closing(String word) {
        return word.length() == 1 && ".,;:?!)]".contains(word);
    }
}
