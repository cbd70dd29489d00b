package io.github.iaa4j.examples;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which module may use which. This module sees all the others, so the rules stand here. */
class ModuleArrowsTest {

  private static final String ROOT = "io.github.iaa4j.";
  private static final String OURS = "io.github.iaa4j..";
  private static final List<String> MODULES =
      List.of("core", "onnx", "llm", "diffusion", "wsss", "toyworld", "report", "cli", "examples");

  private static JavaClasses ours;

  @BeforeAll
  static void importAllModules() {
    ours =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.github.iaa4j");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "core",
        "onnx",
        "llm",
        "diffusion",
        "wsss",
        "toyworld",
        "report",
        "cli",
        "examples"
      })
  void seesEveryModule(String module) {
    assertThat(ours.containPackage(ROOT + module)).isTrue();
  }

  @Test
  void coreUsesNoOtherModule() {
    classes()
        .that(resideInAPackage(ROOT + "core.."))
        .should()
        .onlyDependOnClassesThat(resideOutsideOfPackage(OURS).or(resideInAPackage(ROOT + "core..")))
        .check(ours);
  }

  @Test
  void coreUsesOnlyItsFewLibraries() {
    classes()
        .that(resideInAPackage(ROOT + "core.."))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "java..",
                "javax.imageio..",
                "javax.xml..",
                "org.w3c.dom..",
                "org.xml.sax..",
                "com.google.gson..",
                "de.siegmar.fastcsv..",
                "org.jspecify..",
                "org.slf4j..",
                ROOT + "core.."))
        .check(ours);
  }

  @ParameterizedTest
  @ValueSource(strings = {"onnx", "llm", "toyworld", "report"})
  void aStageUsesCoreOnly(String module) {
    classes()
        .that(resideInAPackage(ROOT + module + ".."))
        .should()
        .onlyDependOnClassesThat(
            resideOutsideOfPackage(OURS)
                .or(resideInAnyPackage(ROOT + module + "..", ROOT + "core..")))
        .check(ours);
  }

  @ParameterizedTest
  @ValueSource(strings = {"diffusion", "wsss"})
  void aStageWithNetworksUsesCoreAndOnnxOnly(String module) {
    classes()
        .that(resideInAPackage(ROOT + module + ".."))
        .should()
        .onlyDependOnClassesThat(
            resideOutsideOfPackage(OURS)
                .or(resideInAnyPackage(ROOT + module + "..", ROOT + "onnx..", ROOT + "core..")))
        .check(ours);
  }

  @Test
  void nothingUsesTheExamples() {
    noClasses()
        .that(resideOutsideOfPackage(ROOT + "examples.."))
        .should()
        .dependOnClassesThat(resideInAPackage(ROOT + "examples.."))
        .check(ours);
  }

  @Test
  void internalPackagesStayInsideTheirModule() {
    for (String module : MODULES) {
      noClasses()
          .that(resideOutsideOfPackage(ROOT + module + ".."))
          .should()
          .dependOnClassesThat(
              resideInAPackage(ROOT + module + "..internal..")
                  .and(not(resideInAnyPackage(ROOT + "core.internal", ROOT + "onnx.internal"))))
          .check(ours);
    }
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching(ROOT + "(**)").should().beFreeOfCycles().check(ours);
  }
}
