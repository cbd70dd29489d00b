package io.github.iaa4j.llm.internal.scene;

import io.github.iaa4j.core.prompt.PromptRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Scenes that are dealt to the slots of one label set like cards: no scene comes twice before all
 * came once, and settings, lights, viewpoints and counts each come up equally often on the way.
 * What a slot gets depends on its turn alone, not on what was dealt before, by whom, or in which
 * order.
 */
public final class SceneSampler {

  /**
   * One card.
   *
   * @param setting such as {@code on a beach}
   * @param light such as {@code at sunset}
   * @param viewpoint such as {@code seen from the side}
   * @param count how many there are of the first object, such as {@code two}
   */
  public record Scene(String setting, String light, String viewpoint, String count) {}

  private final List<List<String>> suits;

  public SceneSampler(
      List<String> settings, List<String> lights, List<String> viewpoints, List<String> counts) {
    suits = Stream.of(settings, lights, viewpoints, counts).map(List::copyOf).toList();
  }

  /** How many different scenes there are. */
  int size() {
    return suits.stream().mapToInt(List::size).reduce(1, Math::multiplyExact);
  }

  /** The scene of a slot's turn. Each time all came once, the deck is shuffled anew. */
  public Scene deal(PromptRequest.Turn turn) {
    SplittableRandom random = new SplittableRandom(turn.seed() + turn.index() / size());
    int card = turn.index() % size();
    List<String> drawn = new ArrayList<>();
    int before = 1;
    for (List<String> suit : suits) {
      // All suits move on at each card. Whenever this one and those before it are back where they
      // began together, this one moves on once more, until each has met each.
      int round = card % (before * suit.size());
      int extra = round / leastCommonMultiple(before, suit.size());
      drawn.add(shuffled(suit, random).get((round + extra) % suit.size()));
      before *= suit.size();
    }
    return new Scene(drawn.get(0), drawn.get(1), drawn.get(2), drawn.get(3));
  }

  private static List<String> shuffled(List<String> suit, SplittableRandom random) {
    List<String> shuffled = new ArrayList<>(suit);
    for (int i = shuffled.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      String card = shuffled.get(i);
      shuffled.set(i, shuffled.get(j));
      shuffled.set(j, card);
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
