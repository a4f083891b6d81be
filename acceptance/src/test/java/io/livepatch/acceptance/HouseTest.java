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

/** Who may use whom, over all modules; what holds inside a module is in that module's ArchitectureTest. */
final class HouseTest {
    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            // What other modules test with comes as jars.
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("io.livepatch");

    @Test
    void commonStandsAlone() {
        uses("io.livepatch.common..");
    }

    @Test
    void storageStandsAlone() {
        uses("io.livepatch.storage..");
    }

    @Test
    void haproxyConfigStandsAlone() {
        uses("io.livepatch.haproxy..");
    }

    @Test
    void supervisorStandsAlone() {
        uses("io.livepatch.supervisor..");
    }

    @Test
    void fleetStandsAlone() {
        uses("io.livepatch.fleet..");
    }

    @Test
    void serverUsesStorageOnly() {
        uses("io.livepatch.server..", "io.livepatch.storage..");
    }

    @Test
    void charmsKnowTheServerByItsCommandLineOnly() {
        uses("io.livepatch.charm..", "io.livepatch.haproxy..", "io.livepatch.supervisor..");
    }

    @Test
    void onlyAMainEndsTheProcess() {
        noClasses()
                .that()
                .doNotHaveSimpleName("Main")
                .and()
                .doNotHaveSimpleName("ControllerMain")
                .should()
                .callMethod(System.class, "exit", int.class)
                .check(HOUSE);
    }

    @Test
    void noNameSaysNothing() {
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
                .check(HOUSE);
    }

    private static void uses(String module, String... others) {
        String[] allowed = Stream.concat(Stream.of(module, "io.livepatch.common.."), Stream.of(others))
                .toArray(String[]::new);
        DescribedPredicate<JavaClass> foreign =
                resideInAPackage("io.livepatch..").and(resideOutsideOfPackages(allowed));
        noClasses()
                .that()
                .resideInAPackage(module)
                .should()
                .dependOnClassesThat(foreign)
                .check(HOUSE);
    }
}
