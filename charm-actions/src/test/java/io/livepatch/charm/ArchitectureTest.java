package io.livepatch.charm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import io.livepatch.charm.api.CharmException;
import io.livepatch.testing.ModuleRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest extends ModuleRules {
    ArchitectureTest() {
        super("io.livepatch.charm", "io.livepatch.haproxy", "io.livepatch.supervisor", "io.livepatch.common");
    }

    @Override
    protected Class<?>[] extensible() {
        return new Class<?>[] {CharmException.class};
    }

    private static final String[] CHARMS = {
        "io.livepatch.charm.postgresql..", "io.livepatch.charm.livepatch..", "io.livepatch.charm.haproxy.."
    };

    @Test
    void charmsDoNotDependOnTheSubstrate() {
        noClasses()
                .that()
                .resideInAnyPackage(CHARMS)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.livepatch.charm.local..",
                        "io.livepatch.charm.model..",
                        "io.livepatch.charm.reconcile..",
                        "io.livepatch.charm.wire..",
                        "io.livepatch.charm.cli..",
                        "io.livepatch.supervisor..")
                .check(classes);
    }

    @Test
    void theApiOfCharmsDependsOnCommonOnly() {
        noClasses()
                .that()
                .resideInAPackage("io.livepatch.charm.api..")
                .should()
                .dependOnClassesThat(
                        com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage("io.livepatch..")
                                .and(com.tngtech.archunit.base.DescribedPredicate.not(
                                        com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage(
                                                "io.livepatch.charm.api", "io.livepatch.common.."))))
                .check(classes);
    }

    @Test
    void thePlannerUsesRecordsAndTheJdkOnly() {
        noClasses()
                .that()
                .resideInAPackage("io.livepatch.charm.reconcile..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.livepatch.charm.local..",
                        "io.livepatch.charm.exec..",
                        "java.io..",
                        "java.nio..",
                        "tools.jackson..",
                        "io.livepatch.supervisor..")
                .check(classes);
    }

    @Test
    void onlyTheLocalSubstrateAndBalancersUseProcesses() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.livepatch.charm.local..", "io.livepatch.charm.balancer..")
                .and()
                // It reads the build id of each jar.
                .doNotHaveFullyQualifiedName("io.livepatch.charm.wire.BuildId")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.livepatch.supervisor..", "io.livepatch.charm.balancer..")
                .check(classes);
    }

    @Test
    void onlyTheHaproxyCharmUsesCertificates() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.livepatch.charm.haproxy")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.bouncycastle..")
                .check(classes);
    }
}
