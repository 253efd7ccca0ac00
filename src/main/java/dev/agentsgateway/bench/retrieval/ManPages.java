package dev.agentsgateway.bench.retrieval;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * The English manual pages below a directory, in an order that depends on their names only: the sections take turns, so that a
 * beginning of any length has pages of all of them. Of a family of pages, like those of git, a section has at most
 * {@value #MOST_OF_FAMILY}: several thousand pages that are nearly alike would be a collection of their own.
 */
final class ManPages {
    static final int MOST_OF_FAMILY = 40;
    private static final Pattern FILE = Pattern.compile("(.+)\\.([1-8][a-z]*)(\\.gz)?");
    private static final Pattern FAMILY = Pattern.compile("^[A-Za-z]+");
    private static final int MOST_BYTES = 4 << 20;

    private final Map<Character, List<Path>> sections = new TreeMap<>();

    private ManPages() {}

    /** Looks at names only; a directory that is not there has no pages. */
    static ManPages below(Path root) throws IOException {
        ManPages pages = new ManPages();
        for (char section = '1'; section <= '8'; section++) {
            Path directory = root.resolve("man" + section);
            if (Files.isDirectory(directory)) {
                List<Path> files = files(directory);
                if (!files.isEmpty()) {
                    pages.sections.put(section, files);
                }
            }
        }
        return pages;
    }

    private static List<Path> files(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        Map<String, Integer> families = new HashMap<>();
        try (Stream<Path> all = Files.list(directory)) {
            List<Path> ordered = all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .filter(file -> FILE.matcher(file.getFileName().toString()).matches())
                    .sorted(Comparator.comparing(
                            file -> order(file.getFileName().toString())))
                    .toList();
            for (Path file : ordered) {
                Matcher family = FAMILY.matcher(file.getFileName().toString());
                if (!family.find() || families.merge(family.group(), 1, Integer::sum) <= MOST_OF_FAMILY) {
                    files.add(file);
                }
            }
        }
        return files;
    }

    /** As good as random, and the same everywhere. */
    static String order(String name) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    int size() {
        return sections.values().stream().mapToInt(List::size).sum();
    }

    /** The files, the sections in turn. */
    List<Path> files() {
        return inTurn(sections.values().stream().toList());
    }

    /** One of each list, the second of each list, and so on. */
    static <T> List<T> inTurn(List<List<T>> lists) {
        List<T> all = new ArrayList<>();
        int longest = lists.stream().mapToInt(List::size).max().orElse(0);
        for (int i = 0; i < longest; i++) {
            for (List<T> list : lists) {
                if (i < list.size()) {
                    all.add(list.get(i));
                }
            }
        }
        return all;
    }

    /** Empty when the file is no page of its own. */
    static Optional<ManPage> read(Path file) throws IOException {
        Matcher name = FILE.matcher(file.getFileName().toString());
        if (!name.matches()) {
            return Optional.empty();
        }
        try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file));
                InputStream source = name.group(3) == null ? bytes : new GZIPInputStream(bytes)) {
            String text = new String(source.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
            return ManPage.read(name.group(1), name.group(2), text);
        }
    }
}
