package io.github.iaa4j.llm.internal.scene;

import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.core.words.ClassWords;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Names what an image must not show: other classes of the data set, those first that models confuse
 * with the labels, look-alikes of the labels, and what spoils any photo.
 */
public final class NegativePrompt {

  private static final List<String> SPOILS_ANY_PHOTO =
      List.of("text", "watermark", "collage", "blurry");

  private static final int MAX_CONFUSED_CLASSES = 5;
  private static final int MAX_LOOK_ALIKES = 4;
  private static final int MAX_NAMES = 10;

  private final ClassWords words;
  private final @Nullable TokenCounter tokens;

  /**
   * @param words how classes are named, their groups and look-alikes
   * @param tokens of the text encoder that reads the negative prompt, or null for no limit
   */
  public NegativePrompt(ClassWords words, @Nullable TokenCounter tokens) {
    this.words = words;
    this.tokens = tokens;
  }

  /** For the slot of a request; as many names as the text encoder reads. */
  public String of(PromptRequest request) {
    List<String> names = new ArrayList<>(names(request));
    String text = joined(names);
    while (tokens != null && !names.isEmpty() && tokens.count(text) > tokens.limit()) {
      names.remove(names.size() - 1);
      text = joined(names);
    }
    return text;
  }

  private Set<String> names(PromptRequest request) {
    List<String> labels = request.slot().labels();
    List<String> others = request.unwanted();
    Set<String> names = new LinkedHashSet<>();
    others.stream()
        .filter(other -> labels.stream().anyMatch(label -> isConfused(label, other)))
        .limit(MAX_CONFUSED_CLASSES)
        .map(words::spoken)
        .forEach(names::add);
    labels.stream()
        .flatMap(label -> words.lookAlikes(label).stream())
        .filter(term -> words.mentions(term, labels).isEmpty())
        .limit(MAX_LOOK_ALIKES)
        .forEach(names::add);
    others.stream()
        .map(words::spoken)
        .limit(MAX_NAMES)
        .filter(name -> names.size() < MAX_NAMES)
        .forEach(names::add);
    return names;
  }

  private boolean isConfused(String label, String other) {
    return (!words.group(label).isEmpty() && words.group(label).equals(words.group(other)))
        || words.lookAlikes(label).contains(words.spoken(other));
  }

  private static String joined(List<String> names) {
    return Stream.concat(names.stream(), SPOILS_ANY_PHOTO.stream())
        .collect(Collectors.joining(", "));
  }
}
