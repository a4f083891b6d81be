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

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.livepatch.supervisor");

    @Test
    void onlyTheJdkAndSlf4jAreUsed() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.livepatch.supervisor..", "java..", "org.slf4j..", "org.jspecify..")
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
    void nobodyExits() {
        noClasses().should().callMethod(System.class, "exit", int.class).check(OURS);
    }

    @Test
    void theRulesOfALifeTouchNoThreadProcessOrClock() {
        classes()
                .that()
                .areAssignableTo(WorkerLife.class)
                .or()
                .areAssignableTo(Worker.class)
                .or()
                .areAssignableTo(RestartPolicy.class)
                .should()
                .onlyDependOnClassesThat(JavaClass.Predicates.resideOutsideOfPackages(
                        "java.util.concurrent..", "java.io..", "java.net.http..", "org.slf4j.."))
                .check(OURS);
    }
}
