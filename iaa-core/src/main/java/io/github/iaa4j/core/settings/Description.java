package io.github.iaa4j.core.settings;

import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A part of a run as data: what it is and how it is set. A run writes the descriptions of all parts
 * that decide its results and resumes only with parts that have the same ones. Two parts that would
 * decide differently should have different descriptions, and a part must have the same one in every
 * process.
 *
 * @param name what it is, such as {@code rule}, a model's name or a class's name
 * @param settings by name, as text; those of a part inside it have its name and a dot before them
 * @param undescribed the parts inside this one, by the names of their settings, that do not say how
 *     they are set; the empty text stands for this one itself
 */
public record Description(
    String name, SortedMap<String, String> settings, SortedSet<String> undescribed) {

  /** Copies the settings and the set. */
  public Description {
    Objects.requireNonNull(name, "name");
    settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
    undescribed = Collections.unmodifiableSortedSet(new TreeSet<>(undescribed));
  }

  /**
   * Whether the settings are known to be all; false for a lambda, an anonymous class and a class
   * with fields that does not describe itself, and for what has such a part.
   */
  public boolean isComplete() {
    return undescribed.isEmpty();
  }

  /** The description of a part without settings; {@link #with} adds them. */
  public static Description of(String name) {
    return new Description(name, Collections.emptySortedMap(), Collections.emptySortedSet());
  }

  /**
   * The default of a part that does not describe itself: its class's name. Complete if the class is
   * named and has no instance fields, because then there is nothing to set. An enum constant is
   * complete too, and has its own name after a dot: its fields are those of the class's source.
   */
  public static Description ofClass(Object part) {
    if (part instanceof Enum<?> constant) {
      return of(constant.getDeclaringClass().getName() + "." + constant.name());
    }
    Class<?> type = part.getClass();
    // A lambda's name differs from one process to the next.
    boolean isNamed = !type.isHidden() && !type.isSynthetic();
    String name = isNamed ? type.getName() : "a lambda";
    boolean isComplete = isNamed && !type.isAnonymousClass() && !hasInstanceFields(type);
    return isComplete
        ? of(name)
        : new Description(name, Collections.emptySortedMap(), new TreeSet<>(Set.of("")));
  }

  private static boolean hasInstanceFields(Class<?> type) {
    for (Class<?> at = type; at != null && at != Object.class; at = at.getSuperclass()) {
      if (Arrays.stream(at.getDeclaredFields())
          .anyMatch(field -> !Modifier.isStatic(field.getModifiers()))) {
        return true;
      }
    }
    return false;
  }

  /**
   * With one more setting.
   *
   * @param setting its name
   * @param value whose {@code toString()} is the same in every process
   */
  public Description with(String setting, Object value) {
    TreeMap<String, String> all = new TreeMap<>(settings);
    all.put(setting, value.toString());
    return new Description(name, all, undescribed);
  }

  /**
   * With a part inside this one: its name as the setting {@code as}, its settings with {@code as}
   * and a dot before them. Complete if both are.
   *
   * @param as what the part is to this one, such as {@code scorer}
   * @param part the part's own description
   * @throws NullPointerException if it is null, naming the part
   */
  public Description with(String as, Description part) {
    Objects.requireNonNull(part, () -> as + " does not describe itself: its description is null");
    TreeMap<String, String> all = new TreeMap<>(settings);
    all.put(as, part.name);
    part.settings.forEach((setting, value) -> all.put(as + "." + setting, value));
    TreeSet<String> unknown = new TreeSet<>(undescribed);
    part.undescribed.forEach(inside -> unknown.add(inside.isEmpty() ? as : as + "." + inside));
    return new Description(name, all, unknown);
  }

  /**
   * A part inside this one, as {@link #with(String, Description)} put it there.
   *
   * @param as what the part is to this one
   * @return empty if there is no such part
   */
  public Optional<Description> part(String as) {
    String partName = settings.get(as);
    if (partName == null) {
      return Optional.empty();
    }
    String prefix = as + ".";
    TreeMap<String, String> own = new TreeMap<>();
    settings.forEach(
        (setting, value) -> {
          if (setting.startsWith(prefix)) {
            own.put(setting.substring(prefix.length()), value);
          }
        });
    TreeSet<String> unknown = new TreeSet<>();
    for (String inside : undescribed) {
      if (inside.equals(as)) {
        unknown.add("");
      } else if (inside.startsWith(prefix)) {
        unknown.add(inside.substring(prefix.length()));
      }
    }
    return Optional.of(new Description(partName, own, unknown));
  }

  /**
   * The number that a setting is.
   *
   * @throws IllegalArgumentException if there is no such setting, or it is not a number
   */
  public double number(String setting) {
    String text = settings.get(setting);
    if (text == null) {
      throw new IllegalArgumentException(name + ": " + setting + " is missing");
    }
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          name + ": " + setting + " is " + text + ", not a number", e);
    }
  }

  /**
   * What sets two descriptions apart, a phrase for each setting, such as {@code acceptFrom 0.3, not
   * 0.5}; empty where they are equal.
   *
   * @param now the other one, named after "not"
   */
  public List<String> differences(Description now) {
    List<String> differences = new ArrayList<>();
    if (!name.equals(now.name)) {
      differences.add(name + ", not " + now.name);
      return differences;
    }
    TreeSet<String> all = new TreeSet<>(settings.keySet());
    all.addAll(now.settings.keySet());
    for (String setting : all) {
      String before = settings.getOrDefault(setting, "unset");
      String after = now.settings.getOrDefault(setting, "unset");
      if (!before.equals(after)) {
        differences.add(setting + " " + before + ", not " + after);
      }
    }
    return differences;
  }

  /** For people: the name, and the settings in brackets. */
  @Override
  public String toString() {
    return settings.isEmpty() ? name : name + " " + settingsText(settings);
  }

  private static String settingsText(Map<String, String> settings) {
    List<String> parts = new ArrayList<>();
    settings.forEach((setting, value) -> parts.add(setting + " " + value));
    return "(" + String.join(", ", parts) + ")";
  }
}
