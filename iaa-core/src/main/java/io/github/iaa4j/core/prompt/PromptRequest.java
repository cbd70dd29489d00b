package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.plan.Slot;
import java.util.List;

/**
 * Everything that an agent or a critic may look at.
 *
 * @param slot the image to be made
 * @param classNames all classes of the data set; those that are not among the slot's labels must
 *     not appear
 * @param memory what the earlier slots of the plan with the same labels have for prompts, newest
 *     last, so that the next one can differ: the newest 200 if there are more. Where a prompt is
 *     rewritten it ends with the one that is replaced
 * @param seed for whatever the agent draws at random; from the run seed and the slot
 * @param turn where the slot stands among those with the same labels
 * @param experience what is known of the painter
 */
public record PromptRequest(
    Slot slot,
    List<String> classNames,
    List<String> memory,
    long seed,
    Turn turn,
    GenerationExperience experience) {

  /** Copies its lists. */
  public PromptRequest {
    classNames = List.copyOf(classNames);
    memory = List.copyOf(memory);
  }

  /**
   * For a slot that stands alone: the first of its labels, its deck shuffled by its own seed;
   * nothing was painted yet.
   */
  public PromptRequest(Slot slot, List<String> classNames, List<String> memory, long seed) {
    this(slot, classNames, memory, seed, new Turn(0, seed), GenerationExperience.none());
  }

  /** The classes of the data set that the image must not show, in their order. */
  public List<String> unwanted() {
    return classNames.stream().filter(name -> !slot.labels().contains(name)).toList();
  }

  /**
   * A slot's place among the slots of a plan that have the same labels. Agents deal scenes by it,
   * so that these slots get different ones without looking at each other.
   *
   * @param index how many slots with the same labels stand before it in the plan
   * @param seed the same for all slots with these labels; from the run seed and the labels
   */
  public record Turn(int index, long seed) {

    /**
     * @throws IllegalArgumentException if the index is negative
     */
    public Turn {
      if (index < 0) {
        throw new IllegalArgumentException("a turn's index starts at 0, not " + index);
      }
    }
  }
}
