package dev.agentsgateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The house rules of {@code docs/design.md}, section "The house". */
class ArchitectureTest {
    private static final String ROOT = "dev.agentsgateway.";
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.agentsgateway");

    @Test
    void lowerFloorsNeverImportUpperOnes() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("floor 0")
                .definedBy(ROOT + "db..", ROOT + "http..", ROOT + "auth..", ROOT + "observability..", ROOT + "common..")
                .layer("floor 1")
                .definedBy(ROOT + "model..", ROOT + "tool..")
                .layer("floor 2")
                .definedBy(ROOT + "run..")
                .layer("floor 3")
                .definedBy(
                        ROOT + "agent..",
                        ROOT + "prompt..",
                        ROOT + "toolkit..",
                        ROOT + "admin..",
                        ROOT + "approval..",
                        ROOT + "knowledge..")
                .layer("floor 5")
                .definedBy(ROOT + "app..", ROOT + "bench..")
                .whereLayer("floor 5")
                .mayOnlyBeAccessedByLayers("floor 5")
                .whereLayer("floor 3")
                .mayOnlyBeAccessedByLayers("floor 5")
                .whereLayer("floor 2")
                .mayOnlyBeAccessedByLayers("floor 3", "floor 5")
                .whereLayer("floor 1")
                .mayOnlyBeAccessedByLayers("floor 2", "floor 3", "floor 5")
                .check(CLASSES);
    }

    @Test
    void everyPackageHasItsFloor() {
        classes()
                .should()
                .resideInAnyPackage(
                        "dev.agentsgateway",
                        ROOT + "db..",
                        ROOT + "http..",
                        ROOT + "auth..",
                        ROOT + "observability..",
                        ROOT + "common..",
                        ROOT + "model..",
                        ROOT + "tool..",
                        ROOT + "run..",
                        ROOT + "agent..",
                        ROOT + "knowledge..",
                        ROOT + "prompt..",
                        ROOT + "toolkit..",
                        ROOT + "admin..",
                        ROOT + "approval..",
                        ROOT + "knowledge..",
                        ROOT + "app..",
                        ROOT + "bench..")
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void onlyHttpKnowsTheWebServer() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "http..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.helidon..")
                .check(CLASSES);
    }

    @Test
    void routesKnowNoSqlAndStoresNoHttp() {
        noClasses()
                .that()
                .haveSimpleNameEndingWith("Routes")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.jdbi..")
                .check(CLASSES);
        noClasses()
                .that()
                .haveSimpleNameEndingWith("Store")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + "http..")
                .check(CLASSES);
    }

    @Test
    void onlyStoresWriteSql() {
        DescribedPredicate<JavaClass> statements = DescribedPredicate.describe(
                "statements of Jdbi", javaClass -> javaClass.getPackageName().startsWith("org.jdbi.v3.core.statement"));
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + "db..", ROOT + "bench..")
                .and()
                .haveNameNotMatching(".*Store(\\$.*)?")
                .should()
                .dependOnClassesThat(statements)
                .check(CLASSES);
    }

    @Test
    void nothingStaticHoldsState() {
        fields().that()
                .areStatic()
                .and()
                .areDeclaredInClassesThat()
                .areNotEnums()
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(CLASSES);
    }
}
