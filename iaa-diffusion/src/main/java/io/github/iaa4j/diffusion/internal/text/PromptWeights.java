package io.github.iaa4j.diffusion.internal.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prompts with brackets that say how much a word counts, read as the community pipeline {@code
 * lpw_stable_diffusion} of diffusers reads them:
 *
 * <ul>
 *   <li>{@code (word)} counts 1.1 times, {@code [word]} 1/1.1 times, {@code (word:1.3)} 1.3 times;
 *       brackets within brackets multiply
 *   <li>{@code \(}, {@code \)}, {@code \[}, {@code \]} and {@code \\} are the characters themselves
 *   <li>an opening bracket without its end goes to the end of the text, and an end without its
 *       opening bracket is text
 * </ul>
 *
 * <p>A weight that is not a number, as in {@code (word:1.2.3)}, is text; there it is an error.
 */
final class PromptWeights {

  private static final double BRACKET = 1.1;
  private static final Pattern NUMBER = Pattern.compile(":([+-]?(?:\\d+\\.?\\d*|\\.\\d+))\\)");

  /**
   * Text that counts so much.
   *
   * @param text as it is tokenized, without brackets
   * @param weight 1 unless the prompt sets it
   */
  record Part(String text, double weight) {}

  private final String prompt;
  private final List<Part> parts = new ArrayList<>();
  private final Deque<Integer> round = new ArrayDeque<>();
  private final Deque<Integer> square = new ArrayDeque<>();

  private PromptWeights(String prompt) {
    this.prompt = prompt;
  }

  /** The parts of a prompt in its order, neighbours of equal weight joined; at least one. */
  static List<Part> parse(String prompt) {
    return new PromptWeights(prompt).parse();
  }

  private List<Part> parse() {
    Matcher number = NUMBER.matcher(prompt);
    int i = 0;
    while (i < prompt.length()) {
      char c = prompt.charAt(i);
      if (c == '\\') {
        boolean escapes = i + 1 < prompt.length() && "()[]\\".indexOf(prompt.charAt(i + 1)) >= 0;
        add(escapes ? prompt.substring(i + 1, i + 2) : "");
        i += escapes ? 2 : 1;
      } else if (c == '(' || c == '[') {
        (c == '(' ? round : square).addLast(parts.size());
        i++;
      } else if (c == ':' && !round.isEmpty() && number.region(i, prompt.length()).lookingAt()) {
        multiply(round.removeLast(), Double.parseDouble(number.group(1)));
        i = number.end();
      } else if (c == ')' && !round.isEmpty()) {
        multiply(round.removeLast(), BRACKET);
        i++;
      } else if (c == ']' && !square.isEmpty()) {
        multiply(square.removeLast(), 1 / BRACKET);
        i++;
      } else {
        int end = i + 1;
        while (end < prompt.length() && "\\()[]:".indexOf(prompt.charAt(end)) < 0) {
          end++;
        }
        add(prompt.substring(i, end));
        i = end;
      }
    }
    round.forEach(start -> multiply(start, BRACKET));
    square.forEach(start -> multiply(start, 1 / BRACKET));
    return joined();
  }

  private void add(String text) {
    parts.add(new Part(text, 1));
  }

  private void multiply(int start, double factor) {
    for (int k = start; k < parts.size(); k++) {
      parts.set(k, new Part(parts.get(k).text, parts.get(k).weight * factor));
    }
  }

  private List<Part> joined() {
    List<Part> joined = new ArrayList<>();
    for (Part part : parts) {
      Part last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
      if (last != null && last.weight == part.weight) {
        joined.set(joined.size() - 1, new Part(last.text + part.text, part.weight));
      } else {
        joined.add(part);
      }
    }
    return joined.isEmpty() ? List.of(new Part("", 1)) : joined;
  }
}
