package io.github.iaa4j.core.words;

import io.github.iaa4j.core.words.ClassWords.Mention;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds the words of one class in a text. Immutable. */
final class MentionFinder {

  /** What a term says of the class, from the words that do not count to the class's own name. */
  private enum Sense {
    NOT,
    NEAR,
    ALSO,
    OWN
  }

  /** A form of a term to look for, with letters folded. */
  private record Form(String text, Term term, Sense sense) {

    private boolean isSingular() {
      return text.equals(term.singular());
    }
  }

  /**
   * No article up to two words before. "Bus stops" are several of another thing, but in "a bus
   * stops" a bus does something.
   */
  private static final String NO_SINGULAR_SUBJECT =
      Stream.of("", "(?!of )\\p{L}{1,15} ", "(?!of )\\p{L}{1,15} (?!of )\\p{L}{1,15} ")
          .map(between -> "(?<!\\b(?:a|an|one|another|this) " + between + ")")
          .collect(Collectors.joining());

  /** Before a noun such as "sheep" that has one form: there is one of it. */
  private static final Pattern ONE_OF = Pattern.compile("(?:^| )(?:a|an|one) (?:\\p{L}+ ){0,2}\\z");

  private final String className;
  private final List<Form> forms = new ArrayList<>();

  /** A group for each form, in their order. */
  private final Pattern pattern;

  MentionFinder(String className, ClassTerms terms) {
    this.className = className;
    // At one place the longest form is tried first, and of equal ones the first here: "skies" is no
    // misspelled plural of "ski" where a file says so.
    terms.not().forEach(term -> add(term, Sense.NOT));
    add(terms.say(), Sense.OWN);
    terms.also().forEach(term -> add(term, Sense.ALSO));
    terms.near().forEach(term -> add(term, Sense.NEAR));
    forms.sort(Comparator.comparingInt((Form form) -> form.text().length()).reversed());
    pattern =
        Pattern.compile(
            forms.stream()
                .map(form -> "(" + regex(form) + ")")
                .collect(Collectors.joining("|", "(?<!\\p{L})(?:", ")(?!\\p{L})")));
  }

  private void add(Term term, Sense sense) {
    Stream.of(term.singular(), term.plural(), term.singular() + "s", term.singular() + "es")
        .map(Homoglyphs::fold)
        .distinct()
        .forEach(text -> forms.add(new Form(text, term, sense)));
  }

  /** A name may be hyphenated or run together; what is only near it makes another word so. */
  private static String regex(Form form) {
    String gap = form.sense() == Sense.NEAR ? "[\\s_-]+" : "[\\s_-]*";
    String spelled =
        Stream.of(form.text().split("[ -]+"))
            .filter(part -> !part.isEmpty())
            .map(Pattern::quote)
            .reduce((a, b) -> a + gap + b)
            .orElse(Pattern.quote(form.text()));
    boolean isPlural = !form.text().equals(Homoglyphs.fold(form.term().singular()));
    // Looked at before what stands in front of it, which takes longer.
    return form.sense().compareTo(Sense.NEAR) <= 0 && isPlural
        ? "(?=" + spelled + ")" + NO_SINGULAR_SUBJECT + spelled
        : spelled;
  }

  /**
   * Adds the mentions of the class.
   *
   * @param folded a text as {@link Homoglyphs#fold} gives it
   */
  void find(String folded, Collection<Mention> found) {
    Matcher matcher = pattern.matcher(folded);
    while (matcher.find()) {
      Form form = matchedForm(matcher);
      int start = matcher.start();
      int end = matcher.end();
      if (form.sense() != Sense.NOT && !isOtherUse(folded, start, end, form)) {
        found.add(
            new Mention(
                className,
                start,
                end,
                form.sense() != Sense.NEAR && !isPartOfWord(folded, start, end),
                isPlural(folded, start, form),
                form.sense() == Sense.OWN));
      }
    }
  }

  private Form matchedForm(Matcher matcher) {
    for (int i = 0; i < forms.size(); i++) {
      if (matcher.start(i + 1) >= 0) {
        return forms.get(i);
      }
    }
    throw new IllegalStateException("no group of " + pattern);
  }

  private static boolean isPlural(String text, int start, Form form) {
    return !form.isSingular()
        || (form.term().singular().equals(form.term().plural())
            && !ONE_OF.matcher(text.substring(0, start)).find());
  }

  /** "Dog-friendly" shows no dog, and yet an image model reads dog. */
  private static boolean isPartOfWord(String text, int start, int end) {
    boolean isAfterHyphen =
        start >= 2
            && text.charAt(start - 1) == '-'
            && Character.isLetter(text.codePointBefore(start - 1));
    boolean isBeforeHyphen =
        end + 1 < text.length()
            && text.charAt(end) == '-'
            && Character.isLetter(text.codePointAt(end + 1));
    return isAfterHyphen || isBeforeHyphen;
  }

  private static boolean isOtherUse(String text, int start, int end, Form form) {
    Term.PartOfSpeech alsoA = form.term().alsoA();
    if (alsoA == Term.PartOfSpeech.NOUN) {
      return false;
    }
    String before = text.substring(0, start);
    String after = text.substring(end);
    return alsoA == Term.PartOfSpeech.VERB
        ? VerbUse.matches(before, after, form.isSingular())
        : form.isSingular() && AdjectiveUse.matches(before, after);
  }
}
