package io.github.iaa4j.core.run;

import io.github.iaa4j.core.internal.JsonLines;
import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.prompt.Prompt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A run's two journals, read together: each attempt stands in one of them, as it ended. While
 * images are generated, an attempt can have lines in both: a rejected image that is kept as a
 * fallback, an accepted one that is revoked. They are put in order once the generation is complete.
 *
 * @param manifest the accepted images, at most one for each slot
 * @param attempts the other attempts, each once
 */
public record Journals(List<ManifestEntry> manifest, List<AttemptRecord> attempts) {

  /** Copies its lists. */
  public Journals {
    manifest = List.copyOf(manifest);
    attempts = List.copyOf(attempts);
  }

  /** An attempt; when a prompt is edited, its slot has attempts of the same numbers again. */
  private record Key(int slot, int attempt, List<String> labels, Prompt prompt) {

    static Key of(ManifestEntry entry) {
      return new Key(entry.slot(), entry.attempt(), entry.labels(), entry.fullPrompt());
    }

    static Key of(AttemptRecord attempt) {
      return new Key(attempt.slot(), attempt.attempt(), attempt.labels(), attempt.fullPrompt());
    }
  }

  static Journals read(Path manifestFile, Path attemptsFile) {
    Map<Key, AttemptRecord> attempts = new LinkedHashMap<>();
    for (AttemptRecord attempt : JsonLines.read(attemptsFile, AttemptRecord.class)) {
      attempts.remove(Key.of(attempt));
      attempts.put(Key.of(attempt), attempt);
    }
    Map<Integer, ManifestEntry> manifest = new LinkedHashMap<>();
    for (ManifestEntry entry : JsonLines.read(manifestFile, ManifestEntry.class)) {
      AttemptRecord ended = attempts.get(Key.of(entry));
      // Nothing follows a revocation; a rejected image became a fallback.
      if (ended == null || ended.outcome() != Outcome.DUPLICATE) {
        manifest.remove(entry.slot());
        manifest.put(entry.slot(), entry);
      }
    }
    manifest.values().forEach(entry -> attempts.remove(Key.of(entry)));
    return new Journals(new ArrayList<>(manifest.values()), new ArrayList<>(attempts.values()));
  }
}
