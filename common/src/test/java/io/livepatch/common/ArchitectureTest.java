package io.livepatch.common;

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
            .importPackages("io.livepatch.common");

    /** Every program has what is needed here on its class path. */
    @Test
    void onlyTheJdkAndAYamlParserAreUsed() {
        classes()
                .that()
                .resideOutsideOfPackage("io.livepatch.common.net..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.livepatch.common..", "java..", "org.jspecify..", "org.snakeyaml..")
                .check(CLASSES);
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
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage("io.livepatch.common.net..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.livepatch.common.net..")
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCyclesAndConcreteClassesAreFinal() {
        slices().matching("io.livepatch.common.(*)..").should().beFreeOfCycles().check(CLASSES);
        classes()
                .that()
                .areNotInterfaces()
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .and()
                .doNotHaveModifier(JavaModifier.SYNTHETIC)
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(CLASSES);
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Util|Utils|Impl)")
                .check(CLASSES);
    }
}
