package io.github.iaa4j.core.outcome;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReasonTest {

  @Test
  void saysInWordsWhatItsFieldsHold() {
    assertThat(Reason.missing("cat", "dog").message()).isEqualTo("does not show cat, dog");
    assertThat(Reason.missing("cat").atStep(8).message()).isEqualTo("at step 8: does not show cat");
    assertThat(Reason.unwanted("dog", 0.421).message()).isEqualTo("also shows dog (0.42)");
    assertThat(Reason.duplicateOfSlot(7).message()).isEqualTo("repeats the image of slot 7");
    assertThat(Reason.duplicateOfRealImage("2008_000001").message())
        .isEqualTo("repeats the real image 2008_000001");
    assertThat(Reason.failed("out of memory").message()).isEqualTo("out of memory");
    assertThat(Reason.message(List.of(Reason.missing("cat"), Reason.other("too dark"))))
        .isEqualTo("does not show cat; too dark");
  }

  @Test
  void withoutItsMeasurementItIsTheSameForEveryAttempt() {
    Reason early = Reason.unwanted("dog", 0.42).atStep(3);
    Reason late = Reason.unwanted("dog", 0.97).atStep(8);

    assertThat(early).isNotEqualTo(late);
    assertThat(early.withoutMeasurement())
        .isEqualTo(late.withoutMeasurement())
        .isNotEqualTo(Reason.missing("dog"));
  }

  @Test
  void keepsTheStepThatItsFilterGave() {
    assertThat(Reason.other("too dark").atStep(3).atStep(8).step()).isEqualTo(3);
  }

  @Test
  void readsBackFromJson() {
    Gson gson = new Gson();
    List<Reason> reasons =
        List.of(
            Reason.missing("cat").atStep(8),
            Reason.unwanted("dog", 0.42),
            Reason.duplicateOfSlot(7),
            Reason.other("too dark", "cat"));

    for (Reason reason : reasons) {
      assertThat(gson.fromJson(gson.toJson(reason), Reason.class)).isEqualTo(reason);
    }
  }

  @Test
  void numbersThatCannotBeAreRefused() {
    assertThatThrownBy(() -> Reason.missing("cat").atStep(0)).hasMessageContaining("not 0");
    assertThatThrownBy(() -> Reason.duplicateOfSlot(-1)).hasMessageContaining("not -1");
    assertThatThrownBy(() -> Reason.unwanted("dog", Double.NaN)).hasMessageContaining("NaN");
  }
}
