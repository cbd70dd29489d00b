package io.github.iaa4j.llm.internal.scene;

import io.github.iaa4j.core.prompt.PromptRequest.Occurrence;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Samples scenes for the slots of one label set without replacement: no scene comes twice before
 * all came once, and settings, lights, viewpoints and counts are each stratified, so that every
 * value comes up equally often on the way. What a slot gets depends on its occurrence alone, not on
 * what was sampled before, by whom, or in which order.
 */
public final class SceneSampler {

  /**
   * A scene.
   *
   * @param setting such as {@code on a beach}
   * @param light such as {@code at sunset}
   * @param viewpoint such as {@code seen from the side}
   * @param count how many there are of the first object, such as {@code two}
   */
  public record Scene(String setting, String light, String viewpoint, String count) {

    /**
     * Where it is and how it is seen, such as {@code on a beach, at sunset, seen from the side}.
     */
    public String place() {
      return setting + ", " + light + ", " + viewpoint;
    }
  }

  private final List<List<String>> attributes;

  /** Samples from all combinations of these. */
  public SceneSampler(
      List<String> settings, List<String> lights, List<String> viewpoints, List<String> counts) {
    attributes = Stream.of(settings, lights, viewpoints, counts).map(List::copyOf).toList();
  }

  /** How many different scenes there are. */
  int size() {
    return attributes.stream().mapToInt(List::size).reduce(1, Math::multiplyExact);
  }

  /** The scene of a slot. Once all scenes have come up, their order is drawn again. */
  public Scene sample(Occurrence occurrence) {
    SplittableRandom random = new SplittableRandom(occurrence.seed() + occurrence.index() / size());
    int index = occurrence.index() % size();
    List<String> sampled = new ArrayList<>();
    int combinationsBefore = 1;
    for (List<String> values : attributes) {
      sampled.add(shuffled(values, random).get(stratum(index, combinationsBefore, values.size())));
      combinationsBefore *= values.size();
    }
    return new Scene(sampled.get(0), sampled.get(1), sampled.get(2), sampled.get(3));
  }

  /**
   * Which of an attribute's values the scene of that index has. All attributes move on by one at
   * each index. Whenever this one and those before it are back where they began together, this one
   * moves on once more, until each value has met each combination.
   */
  private static int stratum(int index, int combinationsBefore, int values) {
    int inCycle = index % (combinationsBefore * values);
    int extra = inCycle / leastCommonMultiple(combinationsBefore, values);
    return (inCycle + extra) % values;
  }

  private static List<String> shuffled(List<String> values, SplittableRandom random) {
    List<String> shuffled = new ArrayList<>(values);
    for (int i = shuffled.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      String value = shuffled.get(i);
      shuffled.set(i, shuffled.get(j));
      shuffled.set(j, value);
    }
    return shuffled;
  }

  private static int leastCommonMultiple(int a, int b) {
    int x = a;
    int y = b;
    while (y != 0) {
      int rest = x % y;
      x = y;
      y = rest;
    }
    return a / x * b;
  }
}
