package io.github.iaa4j.diffusion.internal.unet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResidualsTest {

  /** As different exporters name them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "down_block_#_additional_residual",
        "down_block_additional_residual_#",
        "down_block_additional_residuals_#",
        "down_block_#"
      })
  void areInTheOrderOfTheirNumbers(String form) {
    List<String> names = new ArrayList<>(List.of("sample", "mid_block_additional_residual"));
    for (int i = 11; i >= 0; i--) {
      names.add(named(form, i));
    }

    List<String> residuals = Residuals.among(names);

    assertThat(residuals).hasSize(13).endsWith("mid_block_additional_residual");
    assertThat(residuals.get(2)).isEqualTo(named(form, 2));
    assertThat(residuals.get(11)).isEqualTo(named(form, 11));
  }

  private static String named(String form, int number) {
    return form.replace("#", String.valueOf(number));
  }
}
