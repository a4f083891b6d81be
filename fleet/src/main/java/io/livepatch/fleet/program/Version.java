package io.livepatch.fleet.program;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** For {@code --version} of whichever program it is. */
public final class Version implements IVersionProvider {
    @Spec
    private CommandSpec program = CommandSpec.create();

    /** The version that the jar was built as. */
    public static String current() {
        return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    @Override
    public String[] getVersion() {
        return new String[] {program.root().name() + " " + current()};
    }
}
