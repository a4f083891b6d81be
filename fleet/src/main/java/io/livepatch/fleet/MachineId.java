package io.livepatch.fleet;

/**
 * The name under which a machine enrols; usually the text of {@code /etc/machine-id}.
 *
 * @param text 1 to 64 of {@code [A-Za-z0-9._-]}, not only dots
 */
public record MachineId(String text) {
    private static final InputSyntax GRAMMAR = InputSyntax.of(
            "machine id", "(?!\\.+$)[A-Za-z0-9._-]{1,64}", 64, "1 to 64 letters, digits, '.', '_' and '-'");

    public MachineId {
        GRAMMAR.check(text);
    }

    @Override
    public String toString() {
        return text;
    }
}
