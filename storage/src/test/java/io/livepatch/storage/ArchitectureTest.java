package io.livepatch.storage;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.livepatch.storage");

    @Test
    void storageDependsOnNothingOfOursAndOnNoServer() {
        classes()
                .that()
                .resideOutsideOfPackage("io.livepatch.storage.s3")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.livepatch.storage..",
                        "java..",
                        "javax.sql..",
                        "dev.failsafe..",
                        "org.postgresql..",
                        "org.slf4j..",
                        "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void onlyItsOwnStoreSpeaksSql() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.livepatch.storage.postgres")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "org.postgresql..")
                .check(CLASSES);
    }

    @Test
    void onlyOneDriverKnowsTheSdkOfAws() {
        classes()
                .that()
                .resideInAPackage("io.livepatch.storage.s3")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.livepatch.storage..",
                        "java..",
                        "javax.net.ssl",
                        "org.slf4j..",
                        "org.jspecify..",
                        "software.amazon.awssdk..")
                .check(CLASSES);
    }

    @Test
    void driversAreFreeOfCyclesAndKnownOnlyWhereStoresAreOpened() {
        slices().matching("io.livepatch.storage.(*)..")
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage("io.livepatch.storage")
                .and()
                .doNotHaveFullyQualifiedName(PatchStores.class.getName())
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.livepatch.storage.*..")
                .check(CLASSES);
    }

    @Test
    void concreteClassesAreFinal() {
        classes()
                .that()
                .areNotInterfaces()
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .and()
                .areNotAnonymousClasses()
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(CLASSES);
    }

    @Test
    void noNameSaysNothing() {
        noClasses()
                .should()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Impl")
                .check(CLASSES);
    }

    @Test
    void aLibraryNeverEndsTheProgram() {
        noClasses().should().callMethod(System.class, "exit", int.class).check(CLASSES);
    }
}
