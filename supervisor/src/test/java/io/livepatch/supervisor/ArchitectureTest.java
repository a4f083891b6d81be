package io.livepatch.supervisor;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final String ROOT = "io.livepatch.supervisor";

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    /** Whoever embeds it gets no library with it that it does not call for. */
    @Test
    void whatKeepsWorkersAliveUsesOnlyTheJdkAndSlf4j() {
        classes()
                .that()
                .resideInAnyPackage(ROOT, ROOT + ".engine..", ROOT + ".process..", ROOT + ".probe..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(ROOT + "..", "java..", "org.slf4j..", "org.jspecify..")
                .check(OURS);
    }

    @Test
    void nothingElseOfThisRepositoryIsUsedButCommon() {
        noClasses()
                .should()
                .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("io.livepatch..")
                        .and(JavaClass.Predicates.resideOutsideOfPackages(ROOT + "..", "io.livepatch.common..")))
                .check(OURS);
    }

    @Test
    void theWordsDependOnNoDeed() {
        noClasses()
                .that()
                .resideInAPackage(ROOT)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + ".*..")
                .check(OURS);
    }

    @Test
    void concreteClassesAreFinal() {
        classes()
                .that()
                .areNotInterfaces()
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .and()
                // The tables that javac makes for a switch over an enum.
                .doNotHaveModifier(JavaModifier.SYNTHETIC)
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(OURS);
    }

    @Test
    void packagesHaveNoCyclesAndNamesSaySomething() {
        slices().matching("io.livepatch.(**)").should().beFreeOfCycles().check(OURS);
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Util|Utils|Impl)")
                .check(OURS);
    }

    @Test
    void onlyTheMainClassExits() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(ROOT + ".cli.Main")
                .should()
                .callMethod(System.class, "exit", int.class)
                .check(OURS);
    }

    @Test
    void theRulesTouchNoThreadProcessOrClock() {
        classes()
                .that()
                .haveSimpleName("WorkerLife")
                .or()
                .haveSimpleName("PoolPlan")
                .or()
                .haveSimpleName("Worker")
                .or()
                .haveSimpleName("RestartPolicy")
                .should()
                .onlyDependOnClassesThat(JavaClass.Predicates.resideOutsideOfPackages(
                        "java.util.concurrent..", "java.io..", "java.net.http..", "org.slf4j.."))
                .check(OURS);
    }
}
