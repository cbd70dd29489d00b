package io.github.iaa4j.examples;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.SegmentationEvaluation;
import io.github.iaa4j.wsss.WsssTraining;
import org.junit.jupiter.api.Test;

/** Loading and measuring a model needs neither DJL nor PyTorch. */
class TrainingArrowsTest {

  private static final String WSSS = "io.github.iaa4j.wsss..";
  private static final String TRAINING = "io.github.iaa4j.wsss.internal.training..";

  private final JavaClasses wsss =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.github.iaa4j.wsss");

  @Test
  void onlyTrainingUsesDjl() {
    noClasses()
        .that(resideInAPackage(WSSS))
        .and()
        .resideOutsideOfPackage(TRAINING)
        .should()
        .dependOnClassesThat(resideInAPackage("ai.djl.."))
        .check(wsss);
  }

  @Test
  void onlyWsssTrainingAndItsRunUseTraining() {
    noClasses()
        .that(resideInAPackage(WSSS))
        .and()
        .resideOutsideOfPackage(TRAINING)
        .and()
        .doNotBelongToAnyOf(WsssTraining.class)
        .and()
        .haveNameNotMatching(".*\\.TrainingRun(\\$.*)?")
        .should()
        .dependOnClassesThat(resideInAPackage(TRAINING))
        .check(wsss);
  }

  @Test
  void inferenceUsesNeither() {
    noClasses()
        .that()
        .belongToAnyOf(OnnxWsss.class, SegmentationEvaluation.class)
        .should()
        .transitivelyDependOnClassesThat(resideInAPackage("ai.djl.."))
        .check(wsss);
  }
}
