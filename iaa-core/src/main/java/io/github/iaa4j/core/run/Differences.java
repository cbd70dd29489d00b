package io.github.iaa4j.core.run;

import io.github.iaa4j.core.settings.Description;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Collects in phrases what sets the settings of a run apart from those that were asked for. */
final class Differences {

  private final List<String> found = new ArrayList<>();

  /** Adds a phrase such as {@code seed 7, not 8} where two values are not equal. */
  void compare(String name, Object before, Object now) {
    if (!before.equals(now)) {
      found.add(name + " " + before + ", not " + now);
    }
  }

  /** Adds a phrase for each setting in which two parts differ; null stands for no such part. */
  void compare(String part, @Nullable Description before, @Nullable Description now) {
    if (before != null && now != null) {
      before.differences(now).forEach(difference -> found.add(part + " " + difference));
    } else if (!Objects.equals(before, now)) {
      found.add(
          part
              + " "
              + (before == null ? "none" : before)
              + ", not "
              + (now == null ? "none" : now));
    }
  }

  List<String> found() {
    return List.copyOf(found);
  }
}
