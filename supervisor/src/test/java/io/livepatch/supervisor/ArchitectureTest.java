package io.livepatch.supervisor;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import io.livepatch.testing.ModuleRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest extends ModuleRules {
    ArchitectureTest() {
        super("io.livepatch.supervisor", "io.livepatch.common");
    }

    private static final String ROOT = "io.livepatch.supervisor";

    /** A program that embeds the supervisor gets no other library with it. */
    @Test
    void theCoreUsesOnlyTheJdkAndSlf4j() {
        classes()
                .that()
                .resideInAnyPackage(ROOT, ROOT + ".engine..", ROOT + ".process..", ROOT + ".probe..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(ROOT + "..", "java..", "org.slf4j..", "org.jspecify..")
                .check(classes);
    }

    @Test
    void theModelDependsOnNoOtherPackage() {
        noClasses()
                .that()
                .resideInAPackage(ROOT)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + ".*..")
                .check(classes);
    }

    @Test
    void decisionsUseNoThreadProcessOrClock() {
        classes()
                .that()
                .haveSimpleName("WorkerStateMachine")
                .or()
                .haveSimpleName("HealthEvaluator")
                .or()
                .haveSimpleName("PoolPlan")
                .or()
                .haveSimpleName("Worker")
                .or()
                .haveSimpleName("RestartPolicy")
                .should()
                .onlyDependOnClassesThat(JavaClass.Predicates.resideOutsideOfPackages(
                        "java.util.concurrent..", "java.io..", "java.net.http..", "org.slf4j.."))
                .check(classes);
    }
}
