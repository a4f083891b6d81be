package io.livepatch.testing;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The rules for the classes of every module; the test of a module extends this class and adds its own rules. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ModuleRules {
    /** The module's classes without its tests. */
    protected final JavaClasses classes;

    private final String module;
    private final String[] allowed;
    private String cyclePattern = "io.livepatch.(**)";

    /**
     * @param module the package of the module
     * @param others packages of the repository's other modules that it may use
     */
    protected ModuleRules(String module, String... others) {
        this.module = module;
        allowed = Arrays.copyOf(others, others.length + 1);
        for (int i = 0; i < others.length; i++) {
            allowed[i] = others[i] + "..";
        }
        allowed[others.length] = module + "..";
        classes = importClasses(module);
    }

    /**
     * The classes of a package and of those below it, without those in directories of tests.
     *
     * <p>{@link ClassFileImporter#importPackages} lists every entry of every jar and of the JDK to find a package, which takes longer than to
     * read its classes; the class loader finds the few directories and jars that have it at once.
     */
    public static JavaClasses importClasses(String root) {
        try {
            return new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importUrls(
                            Collections.list(ModuleRules.class.getClassLoader().getResources(root.replace('.', '/'))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For a module whose root package assembles the others: the root may use them, and they may use the root. */
    protected final void excludeRootFromCycles() {
        cyclePattern = module + ".(*)..";
    }

    /** Concrete classes that are extended on purpose. */
    protected Class<?>[] extensible() {
        return new Class<?>[0];
    }

    @Test
    final void otherModulesAreUsedOnlyWhereDeclared() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAPackage("io.livepatch..").and(not(resideInAnyPackage(allowed))))
                .check(classes);
    }

    @Test
    final void packagesHaveNoCycles() {
        slices().matching(cyclePattern).should().beFreeOfCycles().check(classes);
    }

    @Test
    final void concreteClassesAreFinal() {
        classes()
                .that()
                .areNotInterfaces()
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .and()
                // The tables that javac generates for a switch over an enum, and enums whose constants have bodies.
                .doNotHaveModifier(JavaModifier.SYNTHETIC)
                .and()
                .areNotAnonymousClasses()
                .and()
                .areNotEnums()
                .and(not(belongToAnyOf(extensible())))
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(classes);
    }

    @Test
    final void namesSayWhatAClassIs() {
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Util|Utils|Impl)")
                .check(classes);
    }

    @Test
    final void onlyMainClassesEndTheProcess() {
        noClasses()
                .that()
                .doNotHaveSimpleName("Main")
                .and()
                .doNotHaveSimpleName("JujuMain")
                .and()
                .doNotHaveSimpleName("ControllerMain")
                .should()
                .callMethod(System.class, "exit", int.class)
                .check(classes);
    }
}
