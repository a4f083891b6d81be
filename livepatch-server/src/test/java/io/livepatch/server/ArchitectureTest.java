package io.livepatch.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.INTERFACES;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The law of the server's packages. */
final class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.livepatch.server");

    @Test
    void packagesFormNoCircle() {
        slices().matching("io.livepatch.server.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void whatIsDecidedKnowsNoHttp() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.livepatch.server.auth",
                        "io.livepatch.server.care",
                        "io.livepatch.server.catalog",
                        "io.livepatch.server.config",
                        "io.livepatch.server.database",
                        "io.livepatch.server.moving",
                        "io.livepatch.server.patch",
                        "io.livepatch.server.problem",
                        "io.livepatch.server.schema",
                        "io.livepatch.server.store",
                        "io.livepatch.server.task",
                        "io.livepatch.server.tier",
                        "io.livepatch.server.unit")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.livepatch.server.http..", "org.eclipse.jetty..", "org.glassfish..")
                .check(CLASSES);
    }

    @Test
    void onlyTheHttpLayerAndItsHotRoutesKnowJetty() {
        noClasses()
                .that(not(resideInAnyPackage(
                        "io.livepatch.server.http",
                        "io.livepatch.server.download",
                        "io.livepatch.server.checkin",
                        "io.livepatch.server.machine",
                        "io.livepatch.server.health")))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.eclipse.jetty..")
                .check(CLASSES);
    }

    @Test
    void onlyResourcesAndTheirFiltersSpeakJakarta() {
        noClasses()
                .that(not(resideInAnyPackage("io.livepatch.server.http")))
                .and()
                .haveSimpleNameNotEndingWith("Resource")
                .and()
                .haveSimpleNameNotStartingWith("Admin")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jakarta.ws.rs..")
                .check(CLASSES);
    }

    @Test
    void onlyDaosAndTheDatabasePackageSpeakJdbi() {
        noClasses()
                .that(not(resideInAnyPackage("io.livepatch.server.database")))
                .and()
                .haveSimpleNameNotEndingWith("Dao")
                .and()
                .doNotHaveSimpleName("CatalogLock")
                // Lambdas passed to Transactional's methods name its callback types.
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.jdbi.v3.core.statement..", "org.jdbi.v3.sqlobject.statement..")
                .check(CLASSES);
    }

    @Test
    void theAdminToolKnowsTheServerByItsApiOnly() {
        noClasses()
                .that()
                .resideInAPackage("io.livepatch.server.admin..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.livepatch.server..")
                        .and(not(resideInAnyPackage("io.livepatch.server.admin..")))
                        // What both programs run, over JSON of the API.
                        .and(not(resideInAPackage("io.livepatch.server.task..")))
                        // How a tier is spelt is part of the API.
                        .and(not(simpleName("TierName"))))
                .check(CLASSES);
    }

    @Test
    void concreteClassesAreFinal() {
        classes()
                .that(not(INTERFACES))
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .and()
                .areNotAnonymousClasses()
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(CLASSES);
    }

    @Test
    void onlyProgramsExit() {
        noClasses()
                .that()
                .doNotHaveSimpleName("Main")
                .should()
                .callMethod(System.class, "exit", int.class)
                .check(CLASSES);
    }
}
