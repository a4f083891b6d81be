package io.livepatch.haproxy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import io.livepatch.testing.ModuleRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest extends ModuleRules {
    ArchitectureTest() {
        super("io.livepatch.haproxy", "io.livepatch.common");
    }

    @Test
    void nothingButTheJdkALoggerAndOurFilesAreUsed() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.livepatch.haproxy..", "io.livepatch.common.file..", "java..", "org.slf4j", "org.jspecify..")
                .check(classes);
    }

    /** model ← render ← runtime, and no class outside of the three. */
    @Test
    void packagesDependInOneDirection() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("model")
                .definedBy("io.livepatch.haproxy.model")
                .layer("render")
                .definedBy("io.livepatch.haproxy.render")
                .layer("runtime")
                .definedBy("io.livepatch.haproxy.runtime")
                .whereLayer("model")
                .mayNotAccessAnyLayer()
                .whereLayer("render")
                .mayOnlyAccessLayers("model")
                .whereLayer("runtime")
                .mayOnlyAccessLayers("model", "render")
                .ensureAllClassesAreContainedInArchitecture()
                .check(classes);
    }

    /** The public API of the module. */
    @Test
    void eachPackageHasASmallFace() {
        classes()
                .that()
                .resideInAPackage("io.livepatch.haproxy.render")
                .and()
                .arePublic()
                .should()
                .haveNameMatching(".*[.](HaproxyConfig|ConfigDigest)")
                .check(classes);
        classes()
                .that()
                .resideInAPackage("io.livepatch.haproxy.runtime")
                .and()
                .arePublic()
                .and()
                .areTopLevelClasses()
                .should()
                .haveNameMatching(
                        ".*[.](Haproxy|HaproxyException|ApplyResult|RuntimeSocket|ServerStatus|LoadedCertificate)")
                .check(classes);
    }

    @Test
    void theWriterTouchesNothing() {
        noClasses()
                .that()
                .resideInAPackage("io.livepatch.haproxy.render")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.nio.file", "java.net", "java.io")
                .check(classes);
    }
}
