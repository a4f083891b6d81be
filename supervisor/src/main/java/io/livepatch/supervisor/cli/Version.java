package io.livepatch.supervisor.cli;

import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** Of the jar that this runs from. */
final class Version implements IVersionProvider {

    static String text() {
        return Objects.requireNonNullElse(Version.class.getPackage().getImplementationVersion(), "unpackaged");
    }

    @Override
    public String[] getVersion() {
        return new String[] {"supervisor " + text()};
    }
}
