package io.github.iaa4j.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.iaa4j.core.error.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonLinesTest {

  private static final Note CAT = new Note(1, "a cat");
  private static final Note NEKO = new Note(2, "猫 <b>\n");

  @TempDir Path folder;

  private record Note(int id, String text) {
    Note {
      if (id < 0) {
        throw new IllegalArgumentException("id is " + id + ", but must be at least 0");
      }
    }
  }

  private Path file() {
    return folder.resolve("notes.jsonl");
  }

  private void append(Note... notes) {
    try (JsonLines<Note> journal = JsonLines.append(file(), Note.class)) {
      for (Note note : notes) {
        journal.add(note);
      }
    }
  }

  private List<Note> read() {
    return JsonLines.read(file(), Note.class);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void linesAreReplacedAndOthersAddedBehindThem() {
    try (JsonLines<Note> journal = JsonLines.append(file(), Note.class)) {
      journal.add(CAT);
      journal.replace(List.of(NEKO));
      journal.add(CAT);
    }

    assertThat(read()).containsExactly(NEKO, CAT);
  }

  @Test
  void aMissingJournalHasNoLines() {
    assertThat(read()).isEmpty();
  }

  @Test
  void whatIsAddedIsReadBackInItsOrder() throws IOException {
    append(CAT);
    append(NEKO);

    assertThat(read()).containsExactly(CAT, NEKO);
    assertThat(Files.readString(file()))
        .isEqualTo("{\"id\":1,\"text\":\"a cat\"}\n{\"id\":2,\"text\":\"猫 <b>\\n\"}\n");
  }

  @Test
  void linesOfSeveralThreadsStayWhole() {
    List<Note> notes = IntStream.range(0, 200).mapToObj(i -> new Note(i, "猫".repeat(i))).toList();
    try (JsonLines<Note> journal = JsonLines.append(file(), Note.class)) {
      notes.parallelStream().forEach(journal::add);
    }

    assertThat(read()).containsExactlyInAnyOrderElementsOf(notes);
  }

  @Test
  void aKillAtAnyByteLosesAtMostTheLineThatWasBeingWritten() throws IOException {
    append(CAT, NEKO);
    byte[] whole = Files.readAllBytes(file());
    int first = new String(whole, StandardCharsets.UTF_8).indexOf('\n') + 1;
    for (int length = 0; length <= whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));

      // The line counts when only its newline is missing.
      List<Note> left = new ArrayList<>();
      if (length >= first - 1) {
        left.add(CAT);
      }
      if (length >= whole.length - 1) {
        left.add(NEKO);
      }
      assertThat(read()).as("%d bytes", length).isEqualTo(left);

      append(CAT);
      left.add(CAT);
      assertThat(read()).as("%d bytes, appended to", length).isEqualTo(left);
    }
  }

  @Test
  void emptyLinesAreSkipped() throws IOException {
    Files.writeString(file(), "\n{\"id\":1,\"text\":\"a cat\"}\r\n  \n");

    assertThat(read()).containsExactly(CAT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\":\"x\",\"text\":\"\"}",
        "{\"id\":-1,\"text\":\"\"}",
        "null",
        "[]",
        "{",
        "a"
      })
  void aMalformedLineIsNamedByItsNumber(String line) throws IOException {
    Files.writeString(file(), "{\"id\":1,\"text\":\"a cat\"}\n\n" + line + "\n");

    assertThatExceptionOfType(StorageException.class)
        .isThrownBy(this::read)
        .satisfies(e -> assertThat(e.file()).isEqualTo(file()))
        .withMessageContaining("line 3 is malformed (")
        .withMessageContaining("Fix or delete that line");
  }

  @Test
  void bytesThatAreNotUtf8AreNotTakenForText() throws IOException {
    Files.write(file(), "{\"id\":1,\"text\":\"é\"}\n".getBytes(StandardCharsets.ISO_8859_1));

    assertThatExceptionOfType(StorageException.class)
        .isThrownBy(this::read)
        .withMessageContaining("line 1 is malformed (it is not UTF-8)");
  }

  @Test
  void aWrongLastLineThatIsCompleteIsAnErrorRatherThanCutOff() throws IOException {
    String text = "{\"id\":1,\"text\":\"a cat\"}\n{\"id\":-2,\"text\":\"}\"}";
    Files.writeString(file(), text);

    assertThatExceptionOfType(StorageException.class)
        .isThrownBy(() -> append(CAT))
        .withMessageContaining("line 2 is malformed")
        .withMessageContaining("id is -2");
    assertThat(file()).hasContent(text);
  }

  @Test
  void aJournalIsRewrittenWhole() {
    append(CAT, NEKO);

    JsonLines.rewrite(file(), List.of(NEKO));

    assertThat(read()).containsExactly(NEKO);
  }

  @Test
  void aJournalCanHaveAFormatOfItsOwn() throws IOException {
    JsonLines.Format<Integer> format =
        new JsonLines.Format<>() {
          @Override
          public String format(Integer value) {
            return "{\"n\":" + value + "}";
          }

          @Override
          public Integer parse(int number, String line) {
            return number * 100 + Integer.parseInt(line.replaceAll("[^0-9]", ""));
          }
        };
    try (JsonLines<Integer> journal = JsonLines.append(file(), format)) {
      journal.add(7);
      journal.add(8);
    }

    assertThat(Files.readAllBytes(file())).isEqualTo(utf8("{\"n\":7}\n{\"n\":8}\n"));
    assertThat(JsonLines.read(file(), format)).containsExactly(107, 208);
  }
}
