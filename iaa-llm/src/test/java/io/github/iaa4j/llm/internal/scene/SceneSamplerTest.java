package io.github.iaa4j.llm.internal.scene;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.prompt.PromptRequest.Turn;
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

  private static List<String> suit(String name, int size) {
    return IntStream.range(0, size).mapToObj(i -> name + i).toList();
  }

  private static SceneSampler deck(int settings, int lights, int viewpoints, int counts) {
    return new SceneSampler(
        suit("setting", settings),
        suit("light", lights),
        suit("viewpoint", viewpoints),
        suit("count", counts));
  }

  private static List<Scene> deal(SceneSampler deck, long seed, int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> deck.deal(new Turn(i, seed))).toList();
  }

  @Property(tries = 200)
  void noSceneComesTwiceBeforeAllCame(
      @ForAll @IntRange(min = 1, max = 9) int settings,
      @ForAll @IntRange(min = 1, max = 7) int lights,
      @ForAll @IntRange(min = 1, max = 6) int viewpoints,
      @ForAll @IntRange(min = 1, max = 4) int counts,
      @ForAll long seed) {
    SceneSampler deck = deck(settings, lights, viewpoints, counts);

    assertThat(deal(deck, seed, 0, deck.size())).doesNotHaveDuplicates();
    assertThat(deal(deck, seed, deck.size(), 2 * deck.size())).doesNotHaveDuplicates();
  }

  @Property(tries = 100)
  void eachSuitIsSpreadEvenlyOverAnyRunOfSlots(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 2000) int from) {
    SceneSampler deck = deck(16, 7, 5, 3);
    List<Scene> run = deal(deck, seed, from % 1600, from % 1600 + 32);

    for (Function<Scene, String> suit :
        List.<Function<Scene, String>>of(
            Scene::setting, Scene::light, Scene::viewpoint, Scene::count)) {
      Map<String, Integer> counts = new HashMap<>();
      run.forEach(scene -> counts.merge(suit.apply(scene), 1, Integer::sum));
      assertThat(Collections.max(counts.values()) - Collections.min(counts.values()))
          .isLessThanOrEqualTo(2);
    }
  }

  @Test
  void aTurnGetsTheSameSceneWhateverWasDealtBefore() {
    Turn turn = new Turn(37, 5);
    SceneSampler deck = deck(16, 7, 5, 3);
    Scene first = deck.deal(turn);
    deal(deck, 5, 0, 30);

    assertThat(deck.deal(turn)).isEqualTo(first).isEqualTo(deck(16, 7, 5, 3).deal(turn));
  }

  @Test
  void anotherSeedDealsAnotherOrder() {
    Set<List<Scene>> orders = new HashSet<>();
    for (long seed = 0; seed < 20; seed++) {
      orders.add(deal(deck(16, 7, 5, 3), seed, 0, 4));
    }

    assertThat(orders).hasSize(20);
  }
}
