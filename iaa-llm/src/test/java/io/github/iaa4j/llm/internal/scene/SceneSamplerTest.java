package io.github.iaa4j.llm.internal.scene;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.prompt.PromptRequest.Occurrence;
import io.github.iaa4j.llm.internal.scene.SceneSampler.Scene;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SceneSamplerTest {

  private static List<String> values(String name, int size) {
    return IntStream.range(0, size).mapToObj(i -> name + i).toList();
  }

  private static SceneSampler sampler(int settings, int lights, int viewpoints, int counts) {
    return new SceneSampler(
        values("setting", settings),
        values("light", lights),
        values("viewpoint", viewpoints),
        values("count", counts));
  }

  private static List<Scene> sample(SceneSampler sampler, long seed, int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> sampler.sample(new Occurrence(i, seed)))
        .toList();
  }

  @Property(tries = 200)
  void noSceneComesTwiceBeforeAllCame(
      @ForAll @IntRange(min = 1, max = 9) int settings,
      @ForAll @IntRange(min = 1, max = 7) int lights,
      @ForAll @IntRange(min = 1, max = 6) int viewpoints,
      @ForAll @IntRange(min = 1, max = 4) int counts,
      @ForAll long seed) {
    SceneSampler sampler = sampler(settings, lights, viewpoints, counts);

    assertThat(sample(sampler, seed, 0, sampler.size())).doesNotHaveDuplicates();
    assertThat(sample(sampler, seed, sampler.size(), 2 * sampler.size())).doesNotHaveDuplicates();
  }

  @Property(tries = 100)
  void eachAttributeIsSpreadEvenlyOverAnyRunOfSlots(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 2000) int from) {
    SceneSampler sampler = sampler(16, 7, 5, 3);
    List<Scene> run = sample(sampler, seed, from % 1600, from % 1600 + 32);

    for (Function<Scene, String> attribute :
        List.<Function<Scene, String>>of(
            Scene::setting, Scene::light, Scene::viewpoint, Scene::count)) {
      Map<String, Integer> counts = new HashMap<>();
      run.forEach(scene -> counts.merge(attribute.apply(scene), 1, Integer::sum));
      assertThat(Collections.max(counts.values()) - Collections.min(counts.values()))
          .isLessThanOrEqualTo(2);
    }
  }

  @Test
  void anOccurrenceGetsTheSameSceneWhateverWasSampledBefore() {
    Occurrence occurrence = new Occurrence(37, 5);
    SceneSampler sampler = sampler(16, 7, 5, 3);
    Scene first = sampler.sample(occurrence);
    sample(sampler, 5, 0, 30);

    assertThat(sampler.sample(occurrence))
        .isEqualTo(first)
        .isEqualTo(sampler(16, 7, 5, 3).sample(occurrence));
  }

  @Test
  void anotherSeedGivesAnotherOrder() {
    Set<List<Scene>> orders = new HashSet<>();
    for (long seed = 0; seed < 20; seed++) {
      orders.add(sample(sampler(16, 7, 5, 3), seed, 0, 4));
    }

    assertThat(orders).hasSize(20);
  }
}
