package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.plan.Slot;
import java.util.List;

/**
 * Everything that an agent or a critic may look at.
 *
 * @param slot the image to generate
 * @param classNames all classes of the data set; those that are not among the slot's labels must
 *     not appear
 * @param memory the prompts of the plan's earlier slots with the same labels, newest last, so that
 *     the next one can differ: at most the newest 200. Where a prompt is rewritten, the one that is
 *     replaced is the last
 * @param seed for whatever the agent draws at random; from the run seed and the slot
 * @param occurrence which of the slots with the same labels this is
 * @param experience what earlier images have shown of the diffusion model
 */
public record PromptRequest(
    Slot slot,
    List<String> classNames,
    List<String> memory,
    long seed,
    Occurrence occurrence,
    GenerationExperience experience) {

  /** Copies its lists. */
  public PromptRequest {
    classNames = List.copyOf(classNames);
    memory = List.copyOf(memory);
  }

  /**
   * For a slot that stands alone: the first with its labels, its scenes in an order of its own
   * seed, without experience.
   */
  public PromptRequest(Slot slot, List<String> classNames, List<String> memory, long seed) {
    this(slot, classNames, memory, seed, new Occurrence(0, seed), GenerationExperience.none());
  }

  /** The same request with another seed. */
  PromptRequest withSeed(long otherSeed) {
    return new PromptRequest(slot, classNames, memory, otherSeed, occurrence, experience);
  }

  /** The classes of the data set that the image must not show, in their order. */
  public List<String> unwanted() {
    return classNames.stream().filter(name -> !slot.labels().contains(name)).toList();
  }

  /**
   * Which of a plan's slots with the same labels a slot is. Agents sample scenes by it, so that
   * these slots get different ones without looking at each other.
   *
   * @param index how many slots with the same labels come before it in the plan
   * @param seed the same for all slots with these labels; from the run seed and the labels
   */
  public record Occurrence(int index, long seed) {

    /**
     * @throws IllegalArgumentException if the index is negative
     */
    public Occurrence {
      if (index < 0) {
        throw new IllegalArgumentException("an occurrence's index starts at 0, not " + index);
      }
    }
  }
}
