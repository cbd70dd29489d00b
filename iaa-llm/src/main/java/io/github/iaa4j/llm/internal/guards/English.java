package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.core.words.ClassWords;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Where English sentences and clauses begin and end, and which words carry no content. */
final class English {

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+(?:['’-][\\p{L}\\p{N}]+)*");
  private static final Set<String> FUNCTION_WORDS =
      Set.of(
          "a", "an", "the", "and", "or", "of", "in", "on", "at", "with", "to", "by", "from", "is",
          "are", "its", "it", "that", "while", "as", "photo", "image", "picture", "near", "under",
          "over", "for", "their");
  private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?])\\s+(?=\\p{L})");
  private static final Pattern CLAUSE =
      Pattern.compile(
          "(?=[,;] )|(?<![,;])(?= (?:and|with|while|near|beside|behind|next to|in front"
              + " of|alongside|along with|surrounded by|followed"
              + " by|as|where|that|which|who|under|over|above) )");
  private static final Pattern TRAILING_MARKS =
      Pattern.compile("(?<![\\s.,;:!?…-])[\\s.,;:!?…-]++$");
  private static final Pattern DANGLING =
      Pattern.compile(
          "(?:[\\s,;]+(?:a|an|the|and|or|of|in|on|at|with|to|for|by|from|near|under|over|while|that"
              + "|which|is|are|its|his|her|their|as))+$",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern ARTICLE = Pattern.compile("\\b([Aa])n? $");

  private English() {}

  /** In lower case. */
  static List<String> words(String text) {
    return WORD.matcher(text.toLowerCase(Locale.ROOT)).results().map(r -> r.group()).toList();
  }

  /** The words but function words, in lower case. */
  static List<String> contentWords(String text) {
    return words(text).stream().filter(word -> !FUNCTION_WORDS.contains(word)).toList();
  }

  static boolean isSeveralSentences(String text) {
    return SENTENCE_END.matcher(text.strip()).find();
  }

  static List<String> sentences(String text) {
    return List.of(SENTENCE_END.split(text, -1));
  }

  /** Each but the first begins with the blank, mark or word that joins it. */
  static List<String> clauses(String text) {
    return List.of(CLAUSE.split(text, -1));
  }

  static String withoutTrailingMarks(CharSequence text) {
    return TRAILING_MARKS.matcher(text).replaceFirst("");
  }

  /** Without the words at the end that something must follow, as "in the". */
  static String withoutDanglingWords(CharSequence text) {
    return DANGLING.matcher(text).replaceFirst("");
  }

  /** The text with the article at its end, if there is one, as the noun takes it. */
  static String withArticleFor(String noun, String before) {
    boolean isAn = ClassWords.withArticle(noun.toLowerCase(Locale.ROOT)).startsWith("an ");
    return ARTICLE.matcher(before).replaceFirst(m -> m.group(1) + (isAn ? "n " : " "));
  }
}
