package io.github.iaa4j.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlicesTest {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 63, 64, 65, 200})
  void everyItemIsWorkedOnOnceInOrder(int items) {
    List<Integer> worked = new ArrayList<>();
    List<Integer> checkpoints = new ArrayList<>();

    Slices.forEach(
        items, checkpoints::add, (from, to) -> IntStream.range(from, to).forEach(worked::add));

    assertThat(worked).containsExactlyElementsOf(IntStream.range(0, items).boxed().toList());
    assertThat(checkpoints).hasSize((items + 63) / 64);
  }

  @Test
  void aCheckpointThatThrowsEndsTheWork() {
    List<Integer> worked = new ArrayList<>();

    assertThatThrownBy(
            () ->
                Slices.forEach(
                    200,
                    done -> {
                      if (done >= 100) {
                        throw new IllegalStateException("after " + done);
                      }
                    },
                    (from, to) -> worked.add(to)))
        .hasMessage("after 128");
    assertThat(worked).containsExactly(64, 128);
  }
}
