package io.github.iaa4j.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RunSeedTest {

  @Test
  void noTwoPurposesSlotsOrAttemptsShareASeed() {
    Set<Long> seeds = new HashSet<>();
    int drawn = 0;
    for (long run : new long[] {0, 1, -1, Long.MIN_VALUE}) {
      RunSeed seed = new RunSeed(run);
      seeds.add(seed.forPlan());
      drawn++;
      for (int slot = 0; slot < 200; slot++) {
        seeds.add(seed.forPrompt(slot));
        drawn++;
        for (int attempt = 0; attempt < 16; attempt++) {
          seeds.add(seed.forAttempt(slot, attempt));
          drawn++;
        }
      }
    }

    assertThat(seeds).hasSize(drawn);
  }

  @Test
  void aSeedStaysWhatItWasInEarlierVersions() {
    // Runs that were started with an earlier version must be resumed with the same bytes.
    assertThat(new RunSeed(7).forAttempt(3, 1)).isEqualTo(3346624819160736207L);
  }
}
