package io.livepatch.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import io.livepatch.server.placement.Progress;
import io.livepatch.testing.ModuleRules;
import org.junit.jupiter.api.Test;

/** The rules of the server's packages. */
final class ArchitectureTest extends ModuleRules {
    ArchitectureTest() {
        super("io.livepatch.server", "io.livepatch.storage", "io.livepatch.common");
        excludeRootFromCycles();
    }

    @Test
    void decisionsAreIndependentOfHttp() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.livepatch.server.auth",
                        "io.livepatch.server.integrity",
                        "io.livepatch.server.catalog",
                        "io.livepatch.server.config",
                        "io.livepatch.server.database",
                        "io.livepatch.server.migration",
                        "io.livepatch.server.patch",
                        "io.livepatch.server.problem",
                        "io.livepatch.server.schema",
                        "io.livepatch.server.placement",
                        "io.livepatch.server.tier",
                        "io.livepatch.server.unit")
                .or()
                .haveSimpleNameStartingWith("StorageTask")
                .or()
                .haveSimpleName("TaskMessages")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.livepatch.server.http..", "org.eclipse.jetty..", "org.glassfish..")
                .check(classes);
    }

    @Test
    void onlyTheHttpLayerAndItsDirectRoutesUseJetty() {
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
                .check(classes);
    }

    @Test
    void onlyResourcesAndTheirFiltersUseJakarta() {
        noClasses()
                .that(not(resideInAnyPackage("io.livepatch.server.http")))
                .and()
                .haveSimpleNameNotEndingWith("Resource")
                .and()
                .haveSimpleNameNotStartingWith("Admin")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jakarta.ws.rs..")
                .check(classes);
    }

    @Test
    void onlyDaosAndTheDatabasePackageUseJdbi() {
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
                .check(classes);
    }

    @Test
    void theAdminToolUsesOnlyTheApi() {
        noClasses()
                .that()
                .resideInAPackage("io.livepatch.server.admin..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.livepatch.server..")
                        .and(not(resideInAnyPackage("io.livepatch.server.admin..")))
                        // The syntax of a tier's name and the counts of a progress are part of the API.
                        .and(not(simpleName("TierName")))
                        .and(not(belongToAnyOf(Progress.class))))
                .check(classes);
    }
}
