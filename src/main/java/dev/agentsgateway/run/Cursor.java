package dev.agentsgateway.run;

import dev.agentsgateway.http.HttpException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Where a page of a list ended: opaque to clients, and good for the list that it came from only. */
final class Cursor {
    private static final int MAX_CHARS = 200;

    private Cursor() {}

    /** @param list a word for the kind of list */
    static String of(String list, Object place) {
        String text = list + ":" + place;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static UUID uuid(String list, String cursor) {
        return read(list, cursor, UUID::fromString);
    }

    static Long number(String list, String cursor) {
        return read(list, cursor, Long::valueOf);
    }

    /**
     * @param cursor null for the beginning
     * @param place  throws {@link IllegalArgumentException} for what is no place
     * @return null for the beginning
     * @throws HttpException 422 when this is no cursor of the list
     */
    static <T> T read(String list, String cursor, Function<String, T> place) {
        if (cursor == null || cursor.isEmpty()) {
            return null;
        }
        try {
            if (cursor.length() <= MAX_CHARS) {
                String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
                if (text.startsWith(list + ":")) {
                    return place.apply(text.substring(list.length() + 1));
                }
            }
        } catch (IllegalArgumentException e) {
            // Told below, as any other text that was never given out.
        }
        throw HttpException.invalidValue(List.of("query", "cursor"), "not a cursor of this list", cursor);
    }
}
