package io.github.iaa4j.llm.internal.json;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Separates what a model wrote to itself from what it wrote to its reader, if a server returns both
 * in one text: the channels of the Harmony format, and passages between tags of any name.
 */
final class Channels {

  private static final Pattern HARMONY =
      Pattern.compile(
          "<\\|channel\\|>\\s*+([a-z]++)[^<]*+(?:<\\|constrain\\|>[^<]*+)?<\\|message\\|>");

  /** The same if the server dropped the special tokens, so that the names alone are left. */
  private static final Pattern BARE = Pattern.compile("assistant(analysis|commentary|final)");

  private static final Pattern BARE_BEGIN =
      Pattern.compile("\\s*+(?:assistant)?+(analysis|commentary|final)(?=[^a-z])");

  private static final Pattern HARMONY_END =
      Pattern.compile("<\\|(?:end|return|call|start|channel)\\|>");

  /** Special tokens that open and close thoughts without looking like tags. */
  private static final Pattern OPENING =
      Pattern.compile(
          "<\\|?START_THINKING\\|?>|<\\|begin_of_thought\\|>|<\\|channel>\\s*+thought"
              + "|<unused94>(?:thought)?");

  private static final Pattern CLOSING =
      Pattern.compile("<\\|?END_THINKING\\|?>|<\\|end_of_thought\\|>|<channel\\|>|<unused95>");

  /** Thoughts as a message of their own, which ends like any message. */
  private static final Pattern THOUGHT_MESSAGE =
      Pattern.compile(
          "<\\|(?:im_)?(?:think(?:ing)?|thoughts?|reasoning)\\|>(.*?)"
              + "<\\|(?:im_end|end|/(?:im_)?(?:think(?:ing)?|thoughts?|reasoning))\\|>",
          Pattern.DOTALL);

  private static final Pattern TAG =
      Pattern.compile(
          "<(/?)([a-z][a-z0-9_:-]{0,40})(?:\\s[^<>]{0,80})?>", Pattern.CASE_INSENSITIVE);

  private static final int MAX_OPEN = 100;

  private Channels() {}

  /** A passage of its own. */
  private record Channel(String name, String text) {

    boolean isThought() {
      return name.equals("analysis");
    }
  }

  /**
   * The passages in which to look for the answer, the best first; the text itself if it has no
   * channels. Thoughts are marked by tags.
   */
  static List<String> passages(String answer) {
    List<Channel> channels = harmony(answer);
    if (channels.isEmpty()) {
      return List.of(tagged(answer));
    }
    List<String> passages = new ArrayList<>();
    for (int pass = 0; pass < 3; pass++) {
      for (int i = channels.size() - 1; i >= 0; i--) {
        Channel channel = channels.get(i);
        int place = channel.name.equals("final") ? 0 : channel.isThought() ? 2 : 1;
        if (place == pass) {
          passages.add(channel.isThought() ? "<think>" + channel.text : tagged(channel.text));
        }
      }
    }
    return passages;
  }

  private static List<Channel> harmony(String answer) {
    List<Channel> channels = new ArrayList<>();
    if (answer.contains("<|channel|>")) {
      Matcher begin = HARMONY.matcher(answer);
      Matcher end = HARMONY_END.matcher(answer);
      int from = 0;
      while (begin.find(from)) {
        from = end.find(begin.end()) ? end.start() : answer.length();
        channels.add(new Channel(begin.group(1), answer.substring(begin.end(), from)));
      }
      return channels;
    }
    Matcher next = BARE.matcher(answer);
    Matcher first = BARE_BEGIN.matcher(answer);
    boolean begins = first.lookingAt();
    if (!next.find(begins ? first.end() : 0)) {
      return channels;
    }
    if (begins) {
      channels.add(new Channel(first.group(1), answer.substring(first.end(), next.start())));
    }
    while (true) {
      String name = next.group(1);
      int from = next.end();
      boolean more = next.find();
      channels.add(
          new Channel(name, answer.substring(from, more ? next.start() : answer.length())));
      if (!more) {
        return channels;
      }
    }
  }

  private static String tagged(String answer) {
    String text =
        answer.contains("<|")
            ? THOUGHT_MESSAGE.matcher(answer).replaceAll("<think>$1</think>")
            : answer;
    return text.contains("<|")
            || text.contains("|>")
            || text.contains("<unused")
            || text.contains("_THINKING")
        ? CLOSING.matcher(OPENING.matcher(text).replaceAll("<think>")).replaceAll("</think>")
        : text;
  }

  /**
   * Of several objects those that are not between tags, whatever their names, or if there are none
   * those of the last passage between tags.
   *
   * @param found in their order
   */
  static List<LenientJson.Found> last(String text, List<LenientJson.Found> found) {
    if (found.size() < 2 || text.indexOf("</") < 0) {
      return found;
    }
    List<int[]> passages = passagesBetweenTags(text, found);
    List<LenientJson.Found> outside =
        found.stream().filter(object -> passageOf(object, passages) < 0).toList();
    if (!outside.isEmpty()) {
      return outside;
    }
    int last = passageOf(found.get(found.size() - 1), passages);
    return found.stream().filter(object -> passageOf(object, passages) == last).toList();
  }

  private static int passageOf(LenientJson.Found object, List<int[]> passages) {
    for (int i = 0; i < passages.size(); i++) {
      if (passages.get(i)[0] <= object.start() && object.end() <= passages.get(i)[1]) {
        return i;
      }
    }
    return -1;
  }

  /** From the opening tag, or the beginning if there is none, to the closing one. */
  private static List<int[]> passagesBetweenTags(String text, List<LenientJson.Found> found) {
    List<int[]> passages = new ArrayList<>();
    Deque<String> names = new ArrayDeque<>();
    Deque<Integer> places = new ArrayDeque<>();
    int object = 0;
    int since = 0;
    Matcher tag = TAG.matcher(text);
    while (tag.find()) {
      while (object < found.size() && found.get(object).end() <= tag.start()) {
        object++;
      }
      if (object < found.size() && found.get(object).start() < tag.start()) {
        continue; // Part of the object's text.
      }
      String name = tag.group(2).toLowerCase(Locale.ROOT);
      if (tag.group(1).isEmpty()) {
        if (names.size() == MAX_OPEN) {
          return List.of(); // Not thoughts, but an endless web page.
        }
        names.push(name);
        places.push(tag.start());
      } else if (!names.contains(name)) {
        passages.add(new int[] {since, tag.end()});
        since = tag.end();
      } else {
        int from;
        do {
          from = places.pop();
        } while (!names.pop().equals(name));
        if (names.isEmpty()) {
          passages.add(new int[] {from, tag.end()});
          since = tag.end();
        }
      }
    }
    return passages;
  }
}
