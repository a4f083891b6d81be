package io.livepatch.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.INTERFACES;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The law of the packages behind the admin API. */
final class AdminArchitectureTest {
    private static final String[] PACKAGES = {
        "io.livepatch.server.auth",
        "io.livepatch.server.catalog",
        "io.livepatch.server.config",
        "io.livepatch.server.database",
        "io.livepatch.server.patch",
        "io.livepatch.server.problem",
        "io.livepatch.server.schema",
        "io.livepatch.server.tier",
    };

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(PACKAGES);

    @Test
    void packagesFormNoCircle() {
        slices().matching("io.livepatch.server.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void nobodyHereKnowsTheHttpLayer() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.livepatch.server.http..", "org.eclipse.jetty..", "org.glassfish..")
                .check(CLASSES);
    }

    @Test
    void onlyResourcesAndTheirFilterSpeakJakarta() {
        noClasses()
                .that()
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
    void concreteClassesAreFinal() {
        classes()
                .that(not(INTERFACES))
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(CLASSES);
    }

    @Test
    void classesAreNamedByWhatTheyAre() {
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Util|Utils|Helper|Impl)")
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
