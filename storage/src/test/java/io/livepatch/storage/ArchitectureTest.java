package io.livepatch.storage;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import io.livepatch.testing.ModuleRules;
import org.junit.jupiter.api.Test;

final class ArchitectureTest extends ModuleRules {
    ArchitectureTest() {
        super("io.livepatch.storage", "io.livepatch.common");
        excludeRootFromCycles();
    }

    @Test
    void storageDependsOnNoOtherModuleButCommonAndNoServer() {
        classes()
                .that()
                .resideOutsideOfPackage("io.livepatch.storage.s3")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.livepatch.storage..",
                        "io.livepatch.common.file..",
                        "java..",
                        "javax.sql..",
                        "dev.failsafe..",
                        "org.postgresql..",
                        "org.slf4j..",
                        "org.jspecify..")
                .check(classes);
    }

    @Test
    void onlyThePostgresDriverUsesSql() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.livepatch.storage.postgres")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "org.postgresql..")
                .check(classes);
    }

    @Test
    void onlyTheS3DriverUsesTheAwsSdk() {
        classes()
                .that()
                .resideInAPackage("io.livepatch.storage.s3")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.livepatch.storage..",
                        "io.livepatch.common..",
                        "java..",
                        "javax.net.ssl",
                        "org.slf4j..",
                        "org.jspecify..",
                        "software.amazon.awssdk..")
                .check(classes);
    }

    @Test
    void onlyPatchStoresUsesDrivers() {
        noClasses()
                .that()
                .resideInAPackage("io.livepatch.storage")
                .and()
                .doNotHaveFullyQualifiedName(PatchStores.class.getName())
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.livepatch.storage.*..")
                .check(classes);
    }
}
