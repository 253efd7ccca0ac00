package dev.agentsgateway.knowledge;

import dev.agentsgateway.http.HttpException;
import java.util.UUID;
import java.util.regex.Pattern;

/** File ids as clients may write them. */
final class FileIds {
    static final String INVALID = "Invalid file_id format. Must be a valid UUID.";
    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{32}");

    private FileIds() {}

    /**
     * Any case, with or without hyphens, in braces, behind {@code urn:uuid:}: what Python's UUID takes.
     *
     * @throws HttpException 400 for anything else
     */
    static UUID parse(String text) {
        String bare = text.replace("urn:", "").replace("uuid:", "");
        int from = 0;
        int to = bare.length();
        while (from < to && "{}".indexOf(bare.charAt(from)) >= 0) {
            from++;
        }
        while (to > from && "{}".indexOf(bare.charAt(to - 1)) >= 0) {
            to--;
        }
        String hex = bare.substring(from, to).replace("-", "");
        if (!HEX.matcher(hex).matches()) {
            throw new HttpException(400, INVALID);
        }
        return new UUID(
                Long.parseUnsignedLong(hex.substring(0, 16), 16), Long.parseUnsignedLong(hex.substring(16), 16));
    }
}
