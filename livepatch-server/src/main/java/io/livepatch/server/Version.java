package io.livepatch.server;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** Which build this is, from the manifest of our jar. */
final class Version implements IVersionProvider {
    static String text() {
        return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    @Override
    public String[] getVersion() {
        return new String[] {"livepatch-server " + text()};
    }
}
