package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.plan.Slot;
import java.util.List;

/**
 * Everything that an agent or a critic may look at.
 *
 * @param slot the image to be made
 * @param classNames all classes of the data set; those that are not among the slot's labels must
 *     not appear
 * @param memory prompts written earlier for slots that share a label, newest last, so that the next
 *     one can differ
 * @param seed for whatever the agent draws at random; from the run seed and the slot
 * @param experience what is known of the painter
 */
public record PromptRequest(
    Slot slot,
    List<String> classNames,
    List<String> memory,
    long seed,
    PaintingExperience experience) {

  /** A request of which nothing was painted yet. */
  public PromptRequest(Slot slot, List<String> classNames, List<String> memory, long seed) {
    this(slot, classNames, memory, seed, PaintingExperience.none());
  }

  /** Copies its lists. */
  public PromptRequest {
    classNames = List.copyOf(classNames);
    memory = List.copyOf(memory);
  }

  /** The classes of the data set that the image must not show, in their order. */
  public List<String> unwanted() {
    return classNames.stream().filter(name -> !slot.labels().contains(name)).toList();
  }
}
