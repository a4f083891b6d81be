package io.livepatch.common.cli;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The answer to {@code --version}: the program's name and the version of the build. */
public final class Version implements IVersionProvider {
    @Spec
    private CommandSpec program = CommandSpec.create();

    /** The version in the manifest of this jar; all jars of a build have the same. */
    public static String current() {
        return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    @Override
    public String[] getVersion() {
        return new String[] {program.root().name() + " " + current()};
    }
}
