package io.livepatch.fleet;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import io.livepatch.testing.ModuleRules;
import org.junit.jupiter.api.Test;

final class ArchitectureTest extends ModuleRules {
    ArchitectureTest() {
        super("io.livepatch.fleet", "io.livepatch.common");
    }

    @Test
    void protocolDoesNotDependOnTheCommandLine() {
        noClasses()
                .that()
                .resideInAPackage("io.livepatch.fleet.protocol")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.livepatch.fleet.client..", "io.livepatch.fleet.cli..", "picocli..", "me.tongfei..")
                .check(classes);
    }
}
