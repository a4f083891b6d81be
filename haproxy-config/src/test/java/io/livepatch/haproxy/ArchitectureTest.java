package io.livepatch.haproxy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.livepatch.haproxy");

    @Test
    void nothingButTheJdkAndALoggerIsUsed() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.livepatch.haproxy..", "java..", "org.slf4j", "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.livepatch.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void concreteClassesAreFinal() {
        classes()
                .that()
                .areNotInterfaces()
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .and()
                .areNotEnums()
                .and()
                .doNotHaveModifier(JavaModifier.SYNTHETIC)
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(CLASSES);
    }

    @Test
    void namesSayWhatAClassIs() {
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Util|Utils|Impl)")
                .check(CLASSES);
    }

    @Test
    void nobodyEndsTheJvm() {
        noClasses().should().callMethod(System.class, "exit", int.class).check(CLASSES);
    }

    @Test
    void theWriterTouchesNothing() {
        noClasses()
                .that()
                .haveNameMatching(".*(Section|HaproxyConfig|Lines)")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.nio.file", "java.net", "java.io")
                .check(CLASSES);
    }
}
