package io.github.iaa4j.core.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.IntSupplier;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

class DescriptionTest {

  private static final class Plain {}

  private record Thresholds(double accept) {}

  @Test
  void aClassWithoutFieldsDescribesItselfByItsName() {
    assertThat(Description.ofClass(new Plain()))
        .isEqualTo(Description.of(Plain.class.getName()))
        .matches(Description::isComplete);
  }

  private enum Strictness {
    LENIENT(0.1),
    STRICT(0.9) {
      @Override
      double threshold() {
        return 1;
      }
    };

    private final double from;

    Strictness(double from) {
      this.from = from;
    }

    double threshold() {
      return from;
    }
  }

  @Test
  void anEnumConstantDescribesItselfByItsClassAndName() {
    for (Strictness constant : Strictness.values()) {
      assertThat(constant.threshold()).isPositive();
      assertThat(Description.ofClass(constant))
          .isEqualTo(Description.of(Strictness.class.getName() + "." + constant))
          .matches(Description::isComplete);
    }
  }

  @Test
  void aClassWithFieldsALambdaAndAnAnonymousClassAreIncomplete() {
    IntSupplier lambda = () -> 1;
    assertThat(Description.ofClass(new Thresholds(0.1)).isComplete()).isFalse();
    assertThat(Description.ofClass(lambda)).isEqualTo(Description.ofClass((Runnable) () -> {}));
    assertThat(Description.ofClass(lambda).isComplete()).isFalse();
    assertThat(Description.ofClass(new Object() {}).isComplete()).isFalse();
  }

  @Test
  void settingsOfAPartStandBehindItsName() {
    Description scorer = Description.of("classifier").with("checksum", "12ab");
    Description filter = Description.of("scores").with("acceptFrom", 0.3).with("scorer", scorer);

    assertThat(filter)
        .hasToString("scores (acceptFrom 0.3, scorer classifier, scorer.checksum 12ab)");
  }

  @Test
  void partsThatDoNotSayHowTheyAreSetAreFoundHoweverDeepTheyAre() {
    Description lambda = Description.ofClass((Runnable) () -> {});
    Description scorer = Description.of("prior").with("base", lambda).with("weight", 0.5);
    Description filter = Description.of("scores").with("acceptFrom", 0.3).with("scorer", scorer);

    assertThat(lambda.undescribed()).containsExactly("");
    assertThat(filter.undescribed()).containsExactly("scorer.base");
    assertThat(filter.isComplete()).isFalse();
    assertThat(filter.part("scorer")).contains(scorer);
    assertThat(scorer.part("base")).contains(lambda);
    assertThat(filter.with("second", Description.of("other")).part("second"))
        .hasValueSatisfying(part -> assertThat(part.isComplete()).isTrue());
  }

  @Test
  void aPartIsFoundByItsNameWithItsOwnParts() {
    Description colours = Description.of("bilateral").with("sigma", 13.5);
    Description crf = Description.of("dense CRF").with("iterations", 10).with("term1", colours);
    Description whole = Description.of("PAMR").with("steps", 4).with("crf", crf);

    assertThat(whole.part("crf")).contains(crf);
    assertThat(crf.part("term1")).contains(colours);
    assertThat(whole.part("scorer")).isEmpty();
  }

  @Test
  void aNumberThatIsMissingOrNoneIsNamed() {
    Description crf = Description.of("CRF").with("iterations", 10).with("kind", "dense");

    assertThat(crf.number("iterations")).isEqualTo(10);
    assertThatThrownBy(() -> crf.number("sigma"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("CRF: sigma is missing");
    assertThatThrownBy(() -> crf.number("kind"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("CRF: kind is dense, not a number");
  }

  @Test
  void differencesNameEachSettingWithBothValues() {
    Description before = Description.of("scores").with("acceptFrom", 0.3).with("at", 1);
    Description now = Description.of("scores").with("acceptFrom", 0.5);

    assertThat(before.differences(now))
        .containsExactly("acceptFrom 0.3, not 0.5", "at 1, not unset");
    assertThat(before.differences(before)).isEmpty();
    assertThat(before.differences(Description.of("all"))).containsExactly("scores, not all");
  }

  @NullUnmarked // A part of a user's may return null all the same.
  @Test
  void namesThePartWhoseDescriptionIsNull() {
    Description missing = null;

    assertThatNullPointerException()
        .isThrownBy(() -> Description.of("fake").with("images", missing))
        .withMessageContaining("images");
  }
}
