package io.github.iaa4j.llm.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonAnswerTest {

  private static final Gson GSON =
      new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

  private static String prompt(String answer) throws JsonAnswer.Unusable {
    return JsonAnswer.find(answer, "prompt").get("prompt").getAsString();
  }

  private static JsonAnswer.Unusable fault(String answer) {
    return catchThrowableOfType(JsonAnswer.Unusable.class, () -> JsonAnswer.find(answer, "prompt"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"prompt\": \"a {red} cat\"}",
        "```json\n{\"prompt\": \"a {red} cat\"}\n```",
        "Sure! Here it is:\n{\"prompt\": \"a {red} cat\"} Anything else?",
        "<think>{\"prompt\": \"a dog\"} or rather</think>{\"prompt\": \"a {red} cat\"}",
        "<think>{\"prompt\": \"a dog</think>{\"prompt\": \"a {red} cat\"}",
        "[THINK]{\"prompt\": \"a dog\"}[/THINK]{\"prompt\": \"a {red} cat\"}",
        "{\"prompt\": \"a dog\"} or rather</think>{\"prompt\": \"a {red} cat\"}",
        "or {\"prompt\": \"a dog</THINKING>{\"prompt\": \"a {red} cat\"}",
        "<think>\n\n{\"prompt\": \"a {red} cat\"}",
        "<think>hm</think><think>```json\n{\"prompt\": \"a {red} cat\"}\n```</think>",
        "The form {like this} is {\"title\": \"x\"} so {\"prompt\": \"a {red} cat\", \"n\": {}}",
        "{\"answer\": {\"prompt\": \"a {red} cat\"}}",
        "[{\"prompt\": \"a {red} cat\"}]",
        "\"{\\\"prompt\\\": \\\"a {red} cat\\\"}\""
      })
  void theObjectIsFoundInWhateverIsAroundIt(String answer) throws JsonAnswer.Unusable {
    assertThat(prompt(answer)).isEqualTo("a {red} cat");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<|channel|>analysis<|message|>Perhaps {\"prompt\": \"a dog\"}<|end|><|start|>assistant"
            + "<|channel|>final<|message|>{\"prompt\": \"a {red} cat\"}",
        "<|channel|>final <|constrain|>JSON<|message|>{\"prompt\": \"a {red} cat\"}<|return|>",
        "<|channel|>analysis<|message|>{\"prompt\": \"a dog\"}<|end|><|start|>assistant<|channel|>"
            + "commentary to=functions.scene <|constrain|>json<|message|>"
            + "{\"prompt\": \"a {red} cat\"}<|call|>",
        "analysisMaybe {\"prompt\": \"a dog\"} or so.assistantfinal{\"prompt\": \"a {red} cat\"}",
        "analysisHm.assistantcommentary to=functions.scene json{\"prompt\": \"a {red} cat\"}",
        "<|START_THINKING|>{\"prompt\": \"a dog\"}<|END_THINKING|><|START_RESPONSE|>"
            + "{\"prompt\": \"a {red} cat\"}<|END_RESPONSE|>",
        "<|begin_of_thought|>{\"prompt\": \"a dog\"}<|end_of_thought|>{\"prompt\": \"a {red} cat\"}",
        "<|channel>thought\n{\"prompt\": \"a dog\"}<channel|>{\"prompt\": \"a {red} cat\"}",
        "<seed:think>{\"prompt\": \"a dog\"}</seed:think>{\"prompt\": \"a {red} cat\"}",
        "<musing>{\"prompt\": \"a dog\"}</musing>\n{\"prompt\": \"a {red} cat\"}",
        "{\"prompt\": \"a dog\"} no</musing>{\"prompt\": \"a {red} cat\"}",
        "<draft>{\"prompt\": \"a dog\"}</draft><answer>{\"prompt\": \"a {red} cat\"}</answer>",
        "<thought>hm\n{\"prompt\": \"a {red} cat\"}</thought>"
      })
  void whatTheModelWroteToItselfIsPassedOverWhateverMarksIt(String answer)
      throws JsonAnswer.Unusable {
    assertThat(prompt(answer)).isEqualTo("a {red} cat");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<|channel|>analysis<|message|>Perhaps {\"prompt\": \"a dog\"} but",
        "<|channel|>analysis<|message|>Hm.<|end|>"
      })
  void thoughtsInAChannelAreNoAnswer(String answer) {
    assertThat(fault(answer).fault()).isEqualTo(JsonAnswer.Unusable.Fault.ONLY_THINKING);
    assertThat(JsonAnswer.isThoughtAlone(answer)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"prompt\": \"a cat\",}",
        "{,\"prompt\": \"a cat\",,}",
        "{“prompt”: “a cat”}",
        "{“prompt\": \"a cat\", „n”: 1}",
        "{'prompt': 'a cat'}",
        "{‘prompt’: ‘a cat’}",
        "{`prompt`: `a cat`}",
        "{prompt: \"a cat\"}",
        "{\"n\": 1 \"prompt\": \"a cat\"}",
        "{\"n\": \"x\" \"prompt\": \"a cat\"}",
        "{\"n\": [1 2,], \"prompt\": \"a cat\"}",
        "{// the prompt\n\"prompt\": /* a \"quoted\" } one */ \"a cat\" # done\n}",
        "{\"n\": True, \"m\": None, \"k\": NaN, \"prompt\": \"a cat\"}",
        "{\"n\": [1, 2}, {\"prompt\": \"a cat\"}",
        "{\"n\": [{\"prompt\": \"a cat\"]}",
        "{\"n\": .5, \"m\": +1, \"k\": 1., \"prompt\": \"a cat\"}",
        "{\"broken\" here {\"prompt\": \"a cat\"}",
        "{\u00a0\"prompt\":\u00a0\"a cat\"\ufeff}",
        "```\n{\"prompt\": \"a cat\"\n```\nThat is all.",
        "{\"prompt\": \"a cat\"",
        "{\"prompt\": \"a cat\", \"advice\": \"make it",
        "{\"prompt\": \"a cat\", \"and\" nothing more}"
      })
  void whatModelsGetWrongIsMended(String answer) throws JsonAnswer.Unusable {
    assertThat(prompt(answer)).isEqualTo("a cat");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"prompt\": \"a sign that says \"open\" on a door\"}|a sign that says \"open\" on a door",
        "{\"prompt\": \"he said \"hi\", and left\", \"n\": 1}|he said \"hi\", and left",
        "{'prompt': 'it's the cat's wall'}|it's the cat's wall",
        "{\"prompt\": \"a\\_b \\d \\' \\u00e9 \\u12\"}|a_b \\d ' é \\u12",
        "{\"prompt\": \"<think>a</think>\"}|<think>a</think>",
        "{\"prompt\": \"a\\/b\\\\c\"}|a/b\\c",
        "{\"prompt\": \"\\ud83d\\udc31\"}|🐱"
      })
  void quotesAndEscapesInsideOfAStringAreText(String answer, String text)
      throws JsonAnswer.Unusable {
    assertThat(prompt(answer)).isEqualTo(text);
  }

  @Test
  void lineBreaksInsideOfAStringAreText() throws JsonAnswer.Unusable {
    assertThat(prompt("{\"prompt\": \"a cat\non a\twall\"}")).isEqualTo("a cat\non a\twall");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"prompt\": \"a cat on the",
        "{\"prompt\": [\"a cat\", \"a dog\"",
        "{\"prompt\": 0.9",
        "{\"prompt\": tru",
        "{\"prompt\":",
        "{\"prom",
        "{\"prompt\": \"a cat\\"
      })
  void aValueThatMayGoOnIsNotTaken(String answer) {
    assertThat(fault(answer).fault()).isEqualTo(JsonAnswer.Unusable.Fault.BAD_JSON);
  }

  @Test
  void whatBreaksOffIsReportedAsTruncated() throws JsonAnswer.Unusable {
    String cut = "{\"prompt\": \"a cat\", \"score\": 0.9";

    LenientJson.Found found = JsonAnswer.find(cut, List.of("prompt")).get(0);

    assertThat(found.truncated()).isTrue();
    assertThat(found.object().has("score")).isFalse();
    assertThat(JsonAnswer.find(cut + "}", List.of("prompt")).get(0).truncated()).isFalse();
  }

  @Test
  void ofSeveralObjectsTheOneWithAllTheFieldsCounts() throws JsonAnswer.Unusable {
    String answer =
        "{\"score\": 1} {\"advice\": \"x\"} {\"advice\": \"good\", \"score\": 0.5} {\"score\": 2,"
            + " \"advice\": \"late\"}";

    assertThat(JsonAnswer.find(answer, List.of("advice", "score")))
        .extracting(found -> found.object().get("advice").getAsString())
        .containsExactly("good", "late");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "~   ~|EMPTY",
        "<think>well, {\"prompt\": \"a cat\"} might|ONLY_THINKING",
        "<think>well</think> |ONLY_THINKING",
        "I'm sorry, but I can't help with that.|REFUSED",
        "I cannot describe people.|REFUSED",
        "A cat on the grass.|BAD_JSON",
        "{\"text\": \"a cat\"}|BAD_JSON",
        "{{{{{{{{|BAD_JSON"
      })
  void whatHoldsNoSuchObjectIsUnusableForAReason(
      String answer, JsonAnswer.Unusable.Fault expected) {
    assertThat(fault(answer).fault()).isEqualTo(expected);
  }

  @Test
  void whatIsNestedTooDeepIsPassedOver() throws JsonAnswer.Unusable {
    String deep = "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000);

    assertThat(fault(deep)).isNotNull();
    assertThat(prompt("{\"deep\": " + deep + ", \"prompt\": \"a cat\"}")).isEqualTo("a cat");
    assertThat(prompt("{\"l\": " + "[".repeat(10_000) + "]".repeat(10_000) + ",\"prompt\": \"a\"}"))
        .isEqualTo("a");
  }

  @ParameterizedTest
  @Timeout(20)
  @ValueSource(
      strings = {
        "{",
        "{\"",
        "{\"a\":",
        "{a:",
        "[",
        "\"",
        "{\"a\":1,",
        "{\"a\":1}",
        "{'",
        "<think>",
        "</think>",
        "\\",
        "{\"a\": \"\\",
        "\" ",
        "//",
        "/*",
        "{/*",
        "{#",
        "```",
        "{``",
        "a",
        "{\"a\":[1,",
        "9",
        "{\"a\":9",
        "{\\\"",
        "{\"a\": \"x\" , ",
        "\n",
        "{ \n"
      })
  void aMillionCharactersOfAnythingTakeNoTime(String piece) {
    assertThat(fault(piece.repeat(1_000_000 / piece.length()))).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "1.", "12e", "-"})
  @Timeout(20)
  void aNumberWithoutEndTakesNoTime(String piece) {
    String digits = piece.repeat(1_000_000 / piece.length());

    assertThat(fault("{\"score\": " + digits + "x}")).isNotNull();
    assertThat(fault("{\"score\": 1" + "1".repeat(500_000) + "." + digits + "x}")).isNotNull();
  }

  @Test
  @Timeout(20)
  void closedThoughtsWithoutEndAfterAnAnswerAreRead() throws JsonAnswer.Unusable {
    assertThat(prompt("{\"prompt\": \"a cat\"}" + "</think>\n".repeat(50_000))).isEqualTo("a cat");
  }

  @ParameterizedTest
  @Timeout(20)
  @ValueSource(
      strings = {"<a>", "</a>", "<a></b>", "<a></a>", "<|channel|>a<|message|>", "assistantfinal"})
  void tagsWithoutEndBetweenTwoAnswersTakeNoTime(String tag) throws JsonAnswer.Unusable {
    String many = tag.repeat(1_000_000 / tag.length());

    assertThat(prompt("{\"prompt\": \"a cat\"}" + many + "{\"prompt\": \"a dog\"}"))
        .isIn("a cat", "a dog");
  }

  @Test
  @Timeout(20)
  void anAnswerAfterTenMegabytesIsFound() throws JsonAnswer.Unusable {
    String chatter = "so {this} \"is\" what, ".repeat(500_000);

    assertThat(prompt(chatter + "{\"prompt\": \"a cat\"}" + chatter)).isEqualTo("a cat");
    assertThat(prompt("{\"note\": \"" + "x\\n".repeat(3_000_000) + "\", \"prompt\": \"a cat\"}"))
        .isEqualTo("a cat");
  }

  @Property
  void validJsonSurvivesEveryWrapping(
      @ForAll("objects") JsonObject object, @ForAll("wrappings") String wrapping)
      throws JsonAnswer.Unusable {
    object.addProperty("prompt", "a cat");

    String answer = wrapping.replace("JSON", GSON.toJson(object));

    assertThat(JsonAnswer.find(answer, "prompt")).isEqualTo(object);
  }

  @Property
  void prettyPrintedJsonIsReadAsItStands(@ForAll("objects") JsonObject object)
      throws JsonAnswer.Unusable {
    object.addProperty("prompt", "a cat");
    String answer = GSON.newBuilder().setPrettyPrinting().create().toJson(object);

    LenientJson.Found found = JsonAnswer.find(answer, List.of("prompt")).get(0);

    assertThat(found.object()).isEqualTo(object);
    assertThat(found.repaired()).isFalse();
    assertThat(found.truncated()).isFalse();
  }

  @Property
  void aCutAnswerNeverHoldsAValueThatTheWholeOneLacks(
      @ForAll("objects") JsonObject object, @ForAll int at) {
    object.addProperty("prompt", "a cat");
    String whole = GSON.toJson(object);
    String cut = whole.substring(0, Math.floorMod(at, whole.length()));

    for (LenientJson.Found found : LenientJson.objects(cut, List.of("prompt"))) {
      assertThat(found.object().get("prompt")).isEqualTo(object.get("prompt"));
    }
  }

  @Property
  void noAnswerMakesItFailInAnotherWay(@ForAll("scraps") String answer) {
    try {
      assertThat(JsonAnswer.find("{" + answer, "prompt").has("prompt")).isTrue();
    } catch (JsonAnswer.Unusable e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Test
  void theFaultIsSaidInWordsThatTheModelCanActOn() {
    assertThatThrownBy(() -> JsonAnswer.find("{\"text\": 1}", List.of("advice", "score")))
        .hasMessageContaining("\"advice\", \"score\"");
  }

  @Provide
  Arbitrary<String> wrappings() {
    return Arbitraries.of(
        "JSON",
        "```json\nJSON\n```",
        "```\nJSON```",
        "Here you are: JSON",
        "JSON\nI hope that this \"helps\" you {smile}!",
        "{note} it's 'this': JSON",
        "<think>{\"prompt\": \"no\"}</think>JSON",
        "<think>a \"b {\"prompt\": \"no </think>\nJSON",
        "{\"prompt\": no} </think>JSON",
        "[JSON]",
        "[{\"a\": 1}, JSON]",
        "{\"result\": JSON}",
        "\ufeffJSON\n\n",
        "<tool_call>JSON</tool_call>",
        "# comment's {quote\nJSON",
        "{\"a\" cut JSON");
  }

  @Provide
  Arbitrary<String> scraps() {
    Arbitrary<String> mark =
        Arbitraries.of(
            "{",
            "}",
            "[",
            "]",
            "\"",
            "'",
            "“",
            "\\",
            "\\u",
            ",",
            ":",
            "prompt",
            "\"prompt\":",
            "true",
            "-",
            "1e9",
            "//",
            "/*",
            "*/",
            "#",
            "```",
            "<think>",
            "</think>",
            "\n",
            " ",
            "\ud800",
            "\u0000",
            "1e999999999999");
    return Arbitraries.oneOf(mark, Arbitraries.strings().ofMaxLength(8))
        .list()
        .ofMaxSize(40)
        .map(parts -> String.join("", parts));
  }

  @Provide
  Arbitrary<JsonObject> objects() {
    return value(3)
        .list()
        .ofMaxSize(4)
        .flatMap(
            values ->
                keys()
                    .list()
                    .ofSize(values.size())
                    .map(
                        keys -> {
                          JsonObject object = new JsonObject();
                          for (int i = 0; i < keys.size(); i++) {
                            object.add(keys.get(i), values.get(i));
                          }
                          return object;
                        }));
  }

  /** Keys and texts with all that a reader could take for the end of something. */
  private static Arbitrary<String> keys() {
    return Arbitraries.oneOf(
            Arbitraries.strings().ofMaxLength(10),
            Arbitraries.strings().withChars("\"'“”{}[]:,\\/#` \n\té<>think").ofMaxLength(20),
            Arbitraries.of("\", \"prompt\": \"", "```", "//", "</b>", "it's", "", "a\": 1"))
        .filter(text -> !text.equals("prompt"));
  }

  private static Arbitrary<JsonElement> value(int depth) {
    Arbitrary<JsonElement> plain =
        Arbitraries.oneOf(
            keys().map(JsonPrimitive::new),
            Arbitraries.doubles().map(JsonPrimitive::new),
            Arbitraries.longs().map(JsonPrimitive::new),
            Arbitraries.of(true, false).map(JsonPrimitive::new),
            Arbitraries.just(JsonNull.INSTANCE));
    if (depth == 0) {
      return plain;
    }
    Arbitrary<JsonElement> list =
        value(depth - 1)
            .list()
            .ofMaxSize(3)
            .map(
                items -> {
                  JsonArray array = new JsonArray();
                  items.forEach(array::add);
                  return array;
                });
    Arbitrary<JsonElement> object =
        value(depth - 1)
            .list()
            .ofMaxSize(3)
            .flatMap(
                values ->
                    keys()
                        .list()
                        .ofSize(values.size())
                        .map(
                            keys -> {
                              JsonObject inner = new JsonObject();
                              for (int i = 0; i < keys.size(); i++) {
                                inner.add(keys.get(i), values.get(i));
                              }
                              return inner;
                            }));
    return Arbitraries.oneOf(plain, plain, list, object);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<Thought process>Maybe {\"prompt\": \"draft\"}</Thought process>",
        "<think level=\"2\">Maybe {\"prompt\": \"draft\"}</think>",
        "<musing mode='deep'>Maybe {\"prompt\": \"draft\"}</musing>",
        "<|im_thinking|>Maybe {\"prompt\": \"draft\"}<|im_end|>"
      })
  void thoughtsInTagsOfAnyFormAreNoAnswer(String thoughts) throws Exception {
    assertThat(
            JsonAnswer.find(thoughts + "{\"prompt\": \"a cat\"}", List.of("prompt"))
                .get(0)
                .object()
                .get("prompt")
                .getAsString())
        .isEqualTo("a cat");
  }
}
