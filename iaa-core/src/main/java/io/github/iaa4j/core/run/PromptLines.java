package io.github.iaa4j.core.run;

import io.github.iaa4j.core.internal.JsonLines;
import java.util.Objects;

/** Lines of prompts, which people may have edited: each has what generating an image needs. */
final class PromptLines implements JsonLines.Format<PromptRecord> {

  @Override
  public String format(PromptRecord prompt) {
    return JsonLines.GSON.toJson(prompt);
  }

  @Override
  public PromptRecord parse(int number, String line) {
    PromptRecord prompt = JsonLines.GSON.fromJson(line, PromptRecord.class);
    if (prompt == null) {
      throw new IllegalArgumentException("it is null");
    }
    if (prompt.slot() < 0) {
      throw invalid(prompt, "has a negative number");
    }
    if (Objects.isNull(prompt.labels())
        || prompt.labels().isEmpty()
        || prompt.labels().stream().anyMatch(Objects::isNull)) {
      throw invalid(prompt, "has no labels, or an empty one among them");
    }
    if (Objects.isNull(prompt.text()) || prompt.text().isBlank()) {
      throw invalid(prompt, "has no text");
    }
    return prompt;
  }

  private static IllegalArgumentException invalid(PromptRecord prompt, String problem) {
    return new IllegalArgumentException("slot " + prompt.slot() + " " + problem);
  }
}
