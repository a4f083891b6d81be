package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.Step;
import java.util.List;

/** What the charm does. */
sealed interface HaproxyStep extends Step {

    record MakeAuthority() implements HaproxyStep {
        @Override
        public String toString() {
            return "make a private certificate authority";
        }
    }

    record IssueCertificate(List<String> names) implements HaproxyStep {
        @Override
        public String toString() {
            return "issue a certificate for " + String.join(", ", names);
        }
    }

    record InstallCertificate() implements HaproxyStep {
        @Override
        public String toString() {
            return "install the operator's certificate";
        }
    }

    record ApplyConfiguration(List<String> servers) implements HaproxyStep {
        @Override
        public String toString() {
            return "apply a configuration with " + (servers.isEmpty() ? "no server" : String.join(", ", servers));
        }
    }

    record StartHaproxy(String url) implements HaproxyStep {
        @Override
        public String toString() {
            return "start haproxy at " + url;
        }
    }

    record Publish(String url) implements HaproxyStep {
        @Override
        public String toString() {
            return "publish " + url;
        }
    }
}
