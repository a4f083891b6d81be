package io.livepatch.common;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import io.livepatch.testing.ModuleRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest extends ModuleRules {
    ArchitectureTest() {
        super("io.livepatch.common");
    }

    /** All programs have these dependencies on their class paths. */
    @Test
    void onlyTheJdkAndAYamlParserAreUsed() {
        classes()
                .that()
                .resideOutsideOfPackages(
                        "io.livepatch.common.net..",
                        "io.livepatch.common.http..",
                        "io.livepatch.common.socket..",
                        "io.livepatch.common.cli..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.livepatch.common..", "java..", "org.jspecify..", "org.snakeyaml..")
                .check(classes);
    }

    @Test
    void onlyCliUsesPicocli() {
        classes()
                .that()
                .resideInAPackage("io.livepatch.common.cli..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.livepatch.common.cli..", "java..", "org.jspecify..", "picocli..")
                .check(classes);
    }

    /** A program without an endpoint needs no JSON, and can use the other packages. */
    @Test
    void onlyHttpAndSocketUseJackson() {
        classes()
                .that()
                .resideInAPackage("io.livepatch.common.socket..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.livepatch.common.socket..",
                        "io.livepatch.common.file..",
                        "java..",
                        "org.jspecify..",
                        "org.slf4j..",
                        "tools.jackson..")
                .check(classes);
        noClasses()
                .that()
                .resideOutsideOfPackage("io.livepatch.common.socket..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.livepatch.common.socket..")
                .check(classes);
        classes()
                .that()
                .resideInAPackage("io.livepatch.common.http..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.livepatch.common.http..",
                        "java..",
                        "com.sun.net.httpserver..",
                        "org.jspecify..",
                        "org.slf4j..",
                        "com.fasterxml.jackson.annotation..",
                        "tools.jackson..")
                .check(classes);
        noClasses()
                .that()
                .resideOutsideOfPackage("io.livepatch.common.http..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.livepatch.common.http..")
                .check(classes);
    }

    /** A program without a database has no driver, and can use the other packages. */
    @Test
    void onlyNetUsesPostgresqlsDriver() {
        classes()
                .that()
                .resideInAPackage("io.livepatch.common.net..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.livepatch.common..",
                        "java..",
                        "javax.net..",
                        "jdk.net..",
                        "org.jspecify..",
                        "org.postgresql..")
                .check(classes);
        noClasses()
                .that()
                .resideOutsideOfPackage("io.livepatch.common.net..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.livepatch.common.net..")
                .check(classes);
    }
}
