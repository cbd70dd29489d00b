package io.github.iaa4j.wsss.external;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A command with placeholders in its arguments.
 *
 * @param arguments the program first
 */
record CommandTemplate(List<String> arguments) {

  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-z]+)}");

  CommandTemplate {
    arguments = List.copyOf(arguments);
  }

  /**
   * What is wrong with the command.
   *
   * @param name its option
   * @param required the placeholders without which it cannot work
   * @param known the placeholders that it may have
   */
  List<String> faults(String name, Set<String> required, Set<String> known) {
    if (arguments.isEmpty() || arguments.get(0).isBlank()) {
      return List.of(name + " is missing: give the program and its arguments");
    }
    Set<String> used =
        arguments.stream()
            .flatMap(argument -> PLACEHOLDER.matcher(argument).results())
            .map(MatchResult::group)
            .collect(Collectors.toCollection(TreeSet::new));
    List<String> faults = new ArrayList<>();
    for (String placeholder : new TreeSet<>(required)) {
      if (!used.contains(placeholder)) {
        faults.add(
            name
                + " has no argument with "
                + placeholder
                + ", which is replaced by a path that the program needs: "
                + text(arguments));
      }
    }
    used.removeAll(known);
    if (!used.isEmpty()) {
      faults.add(name + " has " + used + ", but knows only " + new TreeSet<>(known));
    }
    return faults;
  }

  /** The arguments with values in place of placeholders. A value is never searched for more. */
  List<String> filled(Map<String, String> values) {
    return arguments.stream()
        .map(
            argument ->
                PLACEHOLDER
                    .matcher(argument)
                    .replaceAll(
                        found ->
                            Matcher.quoteReplacement(
                                values.getOrDefault(found.group(), found.group()))))
        .toList();
  }

  /** A command for people: arguments with blanks are in quotes. */
  static String text(List<String> command) {
    return command.stream()
        .map(
            argument ->
                argument.isEmpty() || argument.chars().anyMatch(Character::isWhitespace)
                    ? '"' + argument + '"'
                    : argument)
        .collect(Collectors.joining(" "));
  }

  @Override
  public String toString() {
    return text(arguments);
  }
}
