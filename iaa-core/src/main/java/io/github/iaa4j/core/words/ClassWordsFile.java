package io.github.iaa4j.core.words;

import io.github.iaa4j.core.error.ConfigurationException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Reads a file of class words, and collects everything that is wrong with it. */
final class ClassWordsFile {

  private static final Set<String> FIELDS =
      Set.of("say", "plural", "one", "group", "also", "near", "not", "avoid");

  private final String source;
  private final List<String> faults = new ArrayList<>();
  private final Map<String, ClassTerms> classes = new HashMap<>();

  /** Of the class that is being read: its fields, their lines, and the line that it begins in. */
  private final Map<String, String> fields = new LinkedHashMap<>();

  private final Map<String, Integer> lines = new HashMap<>();
  private String className = "";
  private int firstLine;

  private ClassWordsFile(String source) {
    this.source = source;
  }

  /** The terms of PASCAL VOC's and COCO's classes, by {@link ClassTerms#key}. */
  static Map<String, ClassTerms> builtIn() {
    try (InputStream in = ClassWordsFile.class.getResourceAsStream("class-words.txt")) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks class-words.txt");
      }
      return new ClassWordsFile("class-words.txt")
          .parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The terms of a file's classes, by {@link ClassTerms#key}.
   *
   * @throws ConfigurationException naming every fault with file, line and field
   */
  static Map<String, ClassTerms> read(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new ConfigurationException(file + ": is not UTF-8 text. Save it as UTF-8.");
    } catch (IOException e) {
      throw new ConfigurationException(
          file + ": the class words cannot be read (" + e + "). Name a file that can.");
    }
    return new ClassWordsFile(file.toString()).parse(text);
  }

  private Map<String, ClassTerms> parse(String text) {
    int number = 0;
    for (String raw : text.split("\r?\n", -1)) {
      number++;
      // Cleaned as the texts are that the terms are looked for in. A byte order mark goes too.
      String line = VisibleText.of(raw).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (line.startsWith("[")) {
        beginClass(line, number);
      } else {
        readField(line, number);
      }
    }
    endClass();
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
    return classes;
  }

  private void beginClass(String line, int number) {
    endClass();
    className = line.endsWith("]") ? line.substring(1, line.length() - 1).strip() : "";
    if (ClassTerms.key(className).isEmpty()) {
      fault(number, "expected a class name in brackets, such as [tvmonitor], found " + line);
      className = "unnamed"; // Its fields are read all the same, for their faults.
    } else if (classes.containsKey(ClassTerms.key(className))) {
      fault(number, "the class [" + className + "] is in the file twice. Join the two");
    }
    firstLine = number;
  }

  private void readField(String line, int number) {
    int colon = line.indexOf(':');
    String field = colon < 0 ? line : line.substring(0, colon).strip();
    String value = colon < 0 ? "" : line.substring(colon + 1).strip();
    if (className.isEmpty()) {
      fault(number, field + ": comes before any class. Begin with its name, such as [cat]");
    } else if (!FIELDS.contains(field)) {
      fault(
          number,
          "expected say, plural, one, group, also, near, not or avoid and a colon, found " + line);
    } else if (value.isEmpty()) {
      fault(number, field + ": is empty. Give it words, or leave the line out");
    } else if (fields.putIfAbsent(field, value) != null) {
      fault(number, field + ": is in [" + className + "] twice. Join the two with a comma");
    } else {
      lines.put(field, number);
    }
  }

  private void endClass() {
    if (!className.isEmpty()) {
      Term say = say();
      classes.put(
          ClassTerms.key(className),
          new ClassTerms(
              say,
              one(say),
              fields.getOrDefault("group", "").toLowerCase(Locale.ROOT),
              terms("also"),
              terms("near"),
              terms("not"),
              terms("avoid").stream().map(Term::singular).toList()));
    }
    fields.clear();
    lines.clear();
    className = "";
  }

  private Term say() {
    Term say = term("say", fields.getOrDefault("say", ClassTerms.spelledOut(className)));
    String plural = fields.get("plural");
    if (plural == null) {
      return say;
    }
    if (!Term.isForm(plural)) {
      fault(
          line("plural"),
          "plural: expected one name without a comma, such as mice; found \"" + plural + "\"");
      return say;
    }
    return say.withPlural(plural.toLowerCase(Locale.ROOT));
  }

  private String one(Term say) {
    String one = fields.getOrDefault("one", "");
    if (one.isEmpty() || one.endsWith(say.singular())) {
      return one;
    }
    fault(line("one"), "one: expected words that end in \"" + say.singular() + "\", found " + one);
    return "";
  }

  private List<Term> terms(String field) {
    String value = fields.get(field);
    return value == null
        ? List.of()
        : Stream.of(value.split(",", -1)).map(part -> term(field, part)).toList();
  }

  private Term term(String field, String written) {
    Term term = Term.parse(written.strip().toLowerCase(Locale.ROOT));
    if (term != null) {
      return term;
    }
    String expected =
        field.equals("say")
            ? "one name without a comma, such as: tv monitor"
            : "words with commas between them, such as: man/men, duck (verb)";
    fault(line(field), field + ": expected " + expected + "; found \"" + written.strip() + "\"");
    return Term.regular("?");
  }

  private int line(String field) {
    return lines.getOrDefault(field, firstLine);
  }

  private void fault(int line, String problem) {
    faults.add(source + ":" + line + ": " + problem + ".");
  }
}
