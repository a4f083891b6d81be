package io.livepatch.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The command line of a JVM that a test starts. It uses the client compiler and the serial collector, since for a JVM that runs for
 * seconds the optimizing compiler and a concurrent collector cost more than they gain.
 */
public final class JavaCommand {
    private JavaCommand() {}

    /**
     * A program of the module under test or of another module. Its class path has only jars, without those of the tests, so that its
     * classes can be mapped from an archive (JEP 350), which the first process of a module writes when it ends: this reduces the
     * processor time of a unit's start to a third.
     */
    public static List<String> program(String mainClass, String... options) {
        List<String> jars = classPath().stream()
                .filter(entry -> !entry.endsWith("test-classes") && !entry.endsWith("-tests.jar"))
                .toList();
        List<String> all = new ArrayList<>();
        if (jars.stream().noneMatch(entry -> Files.isDirectory(Path.of(entry)))) {
            all.addAll(List.of(
                    "-XX:+AutoCreateSharedArchive",
                    "-XX:SharedArchiveFile="
                            + Path.of("target", mainClass + ".jsa").toAbsolutePath(),
                    // Without this it prints what cannot be archived to the output of the program.
                    "-Xlog:disable"));
        }
        all.addAll(Arrays.asList(options));
        return java(all, jars, mainClass);
    }

    /** A program that is one of the test classes. */
    public static List<String> testProgram(Class<?> mainClass, String... options) {
        return java(Arrays.asList(options), classPath(), mainClass.getName());
    }

    /**
     * As {@link #testProgram}, for a program that another user runs. The class path is copied to a directory that all users can
     * enter, because root's local repository may be in root's home.
     */
    public static List<String> testProgramForAnyUser(Path directory, Class<?> mainClass, String... options)
            throws IOException {
        List<String> copies = new ArrayList<>();
        for (String entry : classPath()) {
            Path copy = directory.resolve(copies.size() + "-" + Path.of(entry).getFileName());
            copyTree(Path.of(entry), copy);
            copies.add(copy.toString());
        }
        return java(Arrays.asList(options), copies, mainClass.getName());
    }

    private static void copyTree(Path from, Path to) throws IOException {
        if (!Files.exists(from)) {
            return;
        }
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Path copy = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(copy);
                } else {
                    Files.createDirectories(copy.getParent());
                    Files.copy(path, copy);
                }
            }
        }
    }

    private static List<String> java(List<String> options, List<String> classPath, String mainClass) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(options);
        command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath), mainClass));
        return command;
    }

    private static List<String> classPath() {
        return List.of(System.getProperty("java.class.path").split(File.pathSeparator));
    }

    /** The command line quoted for a POSIX shell. */
    public static String quoted(List<String> command) {
        return command.stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
    }
}
