package io.livepatch.supervisor.debug;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** A JVM that runs {@link BusyProgram}. */
public final class BusyJvm implements AutoCloseable {

    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
    private static final String CLASS = BusyProgram.class.getName().replace('.', '/') + ".class";

    private final Process process;

    private BusyJvm(Process process) {
        this.process = process;
    }

    /** Starts the program below the command {@code prefix}, from a copy of its class in {@code folder} that any user can read. */
    public static BusyJvm start(Path folder, String... prefix) throws IOException {
        List<String> line = new ArrayList<>(List.of(prefix));
        line.addAll(java(folder));
        return start(line);
    }

    /** Starts the program as the child of a shell. */
    static BusyJvm startBelowShell(Path folder) throws IOException {
        return start(List.of("sh", "-c", String.join(" ", java(folder)) + "; exit $?"));
    }

    private static BusyJvm start(List<String> line) throws IOException {
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        BusyJvm child = new BusyJvm(process);
        BufferedReader out = process.inputReader();
        String first = out.readLine();
        if (!"up".equals(first)) {
            child.close();
            throw new IOException("the child printed: " + first);
        }
        return child;
    }

    private static List<String> java(Path folder) throws IOException {
        Path copy = folder.resolve(CLASS);
        Files.createDirectories(copy.getParent());
        try (InputStream bytes = BusyProgram.class.getResourceAsStream("/" + CLASS)) {
            Files.write(copy, bytes.readAllBytes());
        }
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        return List.of(JAVA.toString(), "-Xmx64m", "-cp", folder.toString(), BusyProgram.class.getName());
    }

    public long pid() {
        return process.pid();
    }

    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
