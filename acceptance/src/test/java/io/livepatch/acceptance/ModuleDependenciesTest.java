package io.livepatch.acceptance;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The allowed dependencies between modules. The rules inside a module are in that module's ArchitectureTest. */
final class ModuleDependenciesTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            // The test jars of other modules are on the class path.
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("io.livepatch");

    @Test
    void commonUsesNoOtherModule() {
        allowOnly("io.livepatch.common..");
    }

    @Test
    void storageUsesCommonOnly() {
        allowOnly("io.livepatch.storage..");
    }

    @Test
    void haproxyConfigUsesCommonOnly() {
        allowOnly("io.livepatch.haproxy..");
    }

    @Test
    void supervisorUsesCommonOnly() {
        allowOnly("io.livepatch.supervisor..");
    }

    @Test
    void fleetUsesCommonOnly() {
        allowOnly("io.livepatch.fleet..");
    }

    @Test
    void serverUsesStorageAndCommonOnly() {
        allowOnly("io.livepatch.server..", "io.livepatch.storage..");
    }

    @Test
    void charmsUseHaproxyConfigSupervisorAndCommonOnly() {
        allowOnly("io.livepatch.charm..", "io.livepatch.haproxy..", "io.livepatch.supervisor..");
    }

    @Test
    void onlyMainClassesCallSystemExit() {
        noClasses()
                .that()
                .doNotHaveSimpleName("Main")
                .and()
                .doNotHaveSimpleName("JujuMain")
                .and()
                .doNotHaveSimpleName("ControllerMain")
                .should()
                .callMethod(System.class, "exit", int.class)
                .check(CLASSES);
    }

    @Test
    void noClassIsNamedManagerHelperUtilOrImpl() {
        classes()
                .should()
                .haveSimpleNameNotEndingWith("Manager")
                .andShould()
                .haveSimpleNameNotEndingWith("Helper")
                .andShould()
                .haveSimpleNameNotEndingWith("Util")
                .andShould()
                .haveSimpleNameNotEndingWith("Utils")
                .andShould()
                .haveSimpleNameNotEndingWith("Impl")
                .check(CLASSES);
    }

    private static void allowOnly(String module, String... others) {
        String[] allowed = Stream.concat(Stream.of(module, "io.livepatch.common.."), Stream.of(others))
                .toArray(String[]::new);
        DescribedPredicate<JavaClass> foreign =
                resideInAPackage("io.livepatch..").and(resideOutsideOfPackages(allowed));
        noClasses()
                .that()
                .resideInAPackage(module)
                .should()
                .dependOnClassesThat(foreign)
                .check(CLASSES);
    }
}
