package io.livepatch.charm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final String[] CHARMS = {
        "io.livepatch.charm.postgresql..", "io.livepatch.charm.livepatch..", "io.livepatch.charm.haproxy.."
    };

    private final JavaClasses ours = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.livepatch.charm");

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.livepatch.(charm..)").should().beFreeOfCycles().check(ours);
    }

    @Test
    void charmsSeeTheirUnitAndNoSubstrate() {
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
                .check(ours);
    }

    @Test
    void theFaceOfACharmDependsOnNothingOfOurs() {
        noClasses()
                .that()
                .resideInAPackage("io.livepatch.charm.api..")
                .should()
                .dependOnClassesThat(
                        com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage("io.livepatch..")
                                .and(com.tngtech.archunit.base.DescribedPredicate.not(
                                        com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage(
                                                "io.livepatch.charm.api"))))
                .check(ours);
    }

    @Test
    void thePlannerIsMadeOfRecordsAndTheJdk() {
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
                .check(ours);
    }

    @Test
    void processesAreTheBusinessOfTheLocalSubstrateAndOfBalancers() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.livepatch.charm.local..", "io.livepatch.charm.balancer..")
                .and()
                // It asks each jar of ours what it was built from.
                .doNotHaveFullyQualifiedName("io.livepatch.charm.wire.Build")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.livepatch.supervisor..", "io.livepatch.charm.balancer..")
                .check(ours);
    }

    @Test
    void theServerIsKnownByItsCommandLineOnly() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.livepatch.server..", "io.livepatch.storage..", "io.livepatch.fleet..")
                .check(ours);
    }

    @Test
    void concreteClassesAreFinal() {
        classes()
                .that()
                .areNotInterfaces()
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .and()
                .areNotAnonymousClasses()
                .and()
                .areNotEnums()
                .and()
                .doNotHaveFullyQualifiedName("io.livepatch.charm.api.CharmException")
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(ours);
    }

    @Test
    void namesSayWhatAClassIs() {
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Util|Utils|Impl)")
                .check(ours);
    }

    @Test
    void onlyProgramsEndTheProcess() {
        noClasses()
                .that()
                .haveSimpleNameNotEndingWith("Main")
                .should()
                .callMethod(System.class, "exit", int.class)
                .check(ours);
    }
}
