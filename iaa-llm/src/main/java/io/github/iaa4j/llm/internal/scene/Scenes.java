package io.github.iaa4j.llm.internal.scene;

import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.PromptRequest.Occurrence;
import io.github.iaa4j.core.prompt.TemplatePromptAgent;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.llm.internal.scene.SceneSampler.Scene;
import io.github.iaa4j.llm.internal.text.Template;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Chooses the scenes that a language model is asked to write, so that their parts fit the labels.
 */
public final class Scenes {

  /** The scene of the example that a model is shown, which small models like to copy. */
  public static final String EXAMPLE = "against a brick wall on a wet street at night";

  private static final List<String> PLACES = Template.lines("places.txt");
  private static final List<String> ROOMS = Template.lines("rooms.txt");
  private static final List<String> LIGHTS = Template.lines("lights.txt");
  private static final List<String> ROOM_LIGHTS = Template.lines("room-lights.txt");
  private static final List<String> VIEWPOINTS = Template.lines("viewpoints.txt");
  private static final List<String> COUNTS = Template.lines("counts.txt");

  /** Groups of {@link ClassWords} that are photographed outdoors whatever else is there. */
  private static final Set<String> STREET = Set.of("street", "vehicle");

  /** Groups that are photographed outdoors, except beside those of a room. */
  private static final Set<String> OPEN_AIR = Set.of("animal", "sport");

  private static final Set<String> ROOM = Set.of("bathroom", "electronics", "furniture", "kitchen");
  private static final int CANDIDATES = 4;

  private final ClassWords words;

  /**
   * @param words which group a class belongs to, and how it is named
   */
  public Scenes(ClassWords words) {
    this.words = words;
  }

  /**
   * The scene of a slot, so that slots with the same labels get different ones: with experience the
   * candidate in whose place the labels came out best, as not every model can act on a critique
   * that says so.
   *
   * @param occurrence of the slot, or another one where another scene is wanted
   */
  public Scene sample(PromptRequest request, Occurrence occurrence) {
    List<String> labels = request.slot().labels();
    boolean isOutdoors = areOutdoors(labels);
    SceneSampler sampler =
        new SceneSampler(
            isOutdoors ? PLACES : ROOMS,
            isOutdoors ? LIGHTS : ROOM_LIGHTS,
            VIEWPOINTS,
            labels.size() == 1 ? COUNTS : COUNTS.subList(0, 2));
    Scene best = sampler.sample(occurrence);
    if (request.experience().isEmpty()) {
      return best;
    }
    for (int i = 1; i < CANDIDATES; i++) {
      Scene other = sampler.sample(new Occurrence(occurrence.index(), occurrence.seed() + i));
      best = expectation(request, other) > expectation(request, best) ? other : best;
    }
    return best;
  }

  private boolean areOutdoors(List<String> labels) {
    Set<String> groups = labels.stream().map(words::group).collect(Collectors.toSet());
    return !Collections.disjoint(groups, STREET)
        || (!Collections.disjoint(groups, OPEN_AIR) && Collections.disjoint(groups, ROOM));
  }

  private double expectation(PromptRequest request, Scene scene) {
    List<String> labels = request.slot().labels();
    String template = TemplatePromptAgent.template(labels, words).text();
    return request.experience().expectation(labels, template + " " + scene.place());
  }
}
