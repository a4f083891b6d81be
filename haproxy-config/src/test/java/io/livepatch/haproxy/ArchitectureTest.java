package io.livepatch.haproxy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import io.livepatch.testing.ModuleRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest extends ModuleRules {
    ArchitectureTest() {
        super("io.livepatch.haproxy");
    }

    @Test
    void nothingButTheJdkAndALoggerIsUsed() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.livepatch.haproxy..", "java..", "org.slf4j", "org.jspecify..")
                .check(classes);
    }

    @Test
    void theWriterTouchesNothing() {
        noClasses()
                .that()
                .haveNameMatching(".*(Section|HaproxyConfig|Lines)")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.nio.file", "java.net", "java.io")
                .check(classes);
    }
}
