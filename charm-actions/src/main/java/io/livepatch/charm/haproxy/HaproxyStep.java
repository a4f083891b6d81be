package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmStep;
import java.time.LocalDate;
import java.util.List;

/** What the charm does. */
sealed interface HaproxyStep extends CharmStep {

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

    /** Besides all else, since the one that is served still does; tried again each time until it succeeds. */
    record RenewCertificate(List<String> names, LocalDate end) implements HaproxyStep {
        @Override
        public String toString() {
            return "renew the certificate, which ends on " + end + ", for " + String.join(", ", names);
        }
    }

    /** haproxy has another certificate in memory than the file holds. */
    record ReloadCertificate(String served, String wanted) implements HaproxyStep {
        @Override
        public String toString() {
            return "reload haproxy, which serves certificate " + served + " instead of " + wanted;
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
