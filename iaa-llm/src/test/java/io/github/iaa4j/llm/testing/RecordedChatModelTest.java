package io.github.iaa4j.llm.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.JsonSchema;
import io.github.iaa4j.llm.openai.ChatServer;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class RecordedChatModelTest {

  private static final ChatRequest CAT = question("A cat?");
  private static final ChatRequest DOG = question("A dog?");

  @RegisterExtension private final ChatServer server = new ChatServer();

  @TempDir private Path folder;

  /** The second message shows an image. */
  private static ChatRequest look(String image) {
    return ChatRequest.builder()
        .message(ChatMessage.system("Be brief."))
        .message(ChatMessage.user("A cat?", List.of(image)))
        .seed(7)
        .schema(new JsonSchema("photo", "{\"type\": \"object\"}"))
        .build();
  }

  private static ChatRequest question(String text) {
    return ChatRequest.builder()
        .message(ChatMessage.system("Be brief."))
        .message(ChatMessage.user(text))
        .seed(7)
        .schema(new JsonSchema("photo", "{\"type\": \"object\"}"))
        .build();
  }

  private Path recording(ChatModel model, ChatRequest... requests) {
    Path file = folder.resolve("a/recording.jsonl");
    try (RecordedChatModel recorded = RecordedChatModel.record(model, file)) {
      for (ChatRequest request : requests) {
        try {
          recorded.complete(request);
        } catch (LlmException e) {
          // Recorded as well.
        }
      }
    }
    return file;
  }

  @Test
  void aReplayAnswersWhatWasAnswered() {
    ChatAnswer cat = new ChatAnswer("{\"a\": \"é🐱\\u0000\"}\n\t ", "length", 3, 4);
    ChatAnswer dog = new ChatAnswer("", "", 0, 0, "I would rather not.");
    Path file =
        recording(FakeChatModel.script().answer(cat).answer(dog).name("smollm2").build(), CAT, DOG);

    RecordedChatModel replay = RecordedChatModel.replay(file);

    assertThat(replay.name()).isEqualTo("smollm2");
    assertThat(replay.unused()).isEqualTo(2);
    assertThat(replay.complete(DOG)).isEqualTo(dog);
    assertThat(replay.complete(CAT)).isEqualTo(cat);
    assertThat(replay.unused()).isZero();
  }

  @Test
  void aRecordingPassesTheAnswerOnAndHoldsOneExchangeALine() throws IOException {
    Path file = folder.resolve("recording.jsonl");
    try (RecordedChatModel recorded =
        RecordedChatModel.record(FakeChatModel.answering("one", "two"), file)) {
      assertThat(recorded.complete(CAT).text()).isEqualTo("one");
      assertThat(Files.readAllLines(file)).hasSize(1);
      assertThat(recorded.complete(DOG).text()).isEqualTo("two");
    }

    assertThat(Files.readAllLines(file)).hasSize(2).allMatch(line -> line.startsWith("{\"model\""));
  }

  @Test
  void equalRequestsGetTheirAnswersInTheirOrder() {
    Path file = recording(FakeChatModel.answering("one", "dog", "two"), CAT, DOG, CAT);

    RecordedChatModel replay = RecordedChatModel.replay(file);

    assertThat(replay.complete(CAT).text()).isEqualTo("one");
    assertThat(replay.complete(CAT).text()).isEqualTo("two");
    assertThatThrownBy(() -> replay.complete(CAT))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("answered 2 times (exchange 1, 3)");
  }

  @Test
  void whiteSpaceInTheSchemaMakesNoOtherRequest() {
    Path file = recording(FakeChatModel.answering("one"), CAT);

    assertThat(
            RecordedChatModel.replay(file)
                .complete(
                    CAT.toBuilder()
                        .schema(new JsonSchema("photo", "{\n\"type\":\"object\" }"))
                        .build())
                .text())
        .isEqualTo("one");
  }

  @Test
  void aFailureIsRecordedAndFailsAgain() {
    LlmException busy =
        LlmException.builder(LlmException.Kind.STATUS, "busy")
            .status(429)
            .retryAfter(Duration.ofMillis(1500))
            .headers(Map.of("retry-after-ms", List.of("1500"), "via", List.of("a", "b")))
            .requestId("req-7")
            .rawText("{\"e\": 1}")
            .permanent(false)
            .tokens(7)
            .build();
    Path file = recording(FakeChatModel.script().failure(busy).answer("one").build(), CAT, CAT);

    RecordedChatModel replay = RecordedChatModel.replay(file);
    LlmException again = catchThrowableOfType(LlmException.class, () -> replay.complete(CAT));

    assertThat(again)
        .hasMessage("busy")
        .usingRecursiveComparison()
        .ignoringFields("stackTrace", "cause", "suppressedExceptions")
        .isEqualTo(busy);
    assertThat(replay.complete(CAT).text()).isEqualTo("one");
  }

  @Test
  void aFailureOfWhichLittleIsKnownIsRecordedAsItIs() {
    LlmException silent =
        LlmException.builder(LlmException.Kind.UNREACHABLE, "nobody listens").build();
    Path file = recording(FakeChatModel.script().failure(silent).build(), CAT);

    LlmException again =
        catchThrowableOfType(
            LlmException.class, () -> RecordedChatModel.replay(file).complete(CAT));

    assertThat(again)
        .hasMessage("nobody listens")
        .returns(silent.kind(), LlmException::kind)
        .returns(0, LlmException::status)
        .returns(null, LlmException::retryAfter)
        .returns(Map.of(), LlmException::headers)
        .returns(null, LlmException::requestId)
        .returns(null, LlmException::rawText)
        .returns(false, LlmException::permanent);
  }

  @Test
  void anUnknownRequestIsToldFromTheNearestOne() {
    Path file = recording(FakeChatModel.answering("one", "two"), DOG, CAT);

    assertThatThrownBy(
            () ->
                RecordedChatModel.replay(file)
                    .complete(
                        ChatRequest.builder()
                            .message(ChatMessage.system("Be brief."))
                            .message(ChatMessage.user("A cat, please?"))
                            .seed(8)
                            .schema(new JsonSchema("photo", "{\"type\": \"object\"}"))
                            .build()))
        .isInstanceOf(StorageException.class)
        .hasMessageContainingAll(
            file.toString(),
            "for this request: \"A cat, please?\"",
            "exchange 2,",
            "messages[1]: recorded \"A cat?\", asked \"A cat, please?\"",
            "seed: recorded \"7\", asked \"8\"",
            "record it again with RecordedChatModel.record")
        .message()
        .doesNotContain("temperature", "messages[0]");
  }

  @Test
  void imagesAreAPartOfTheRequestAndTheFileHoldsTheirHashesAlone() throws IOException {
    ChatRequest grey = look("data:image/png;base64,AAAA");
    ChatRequest white = look("data:image/png;base64,BBBB");
    Path file = recording(FakeChatModel.answering("no", "yes"), grey, white);

    RecordedChatModel replay = RecordedChatModel.replay(file);

    assertThat(replay.complete(white).text()).isEqualTo("yes");
    assertThat(replay.complete(grey).text()).isEqualTo("no");
    assertThat(Files.readString(file)).contains("sha256:").doesNotContain("base64");
    assertThatThrownBy(() -> replay.complete(look("data:image/png;base64,CCCC")))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("messages[1].images: recorded \"");
  }

  @Test
  void whatAKillLeftOfALineIsCutOffBeforeItGoesOn() throws IOException {
    Path file = recording(FakeChatModel.answering("one", "two"), CAT, DOG);
    byte[] whole = Files.readAllBytes(file);

    for (int length = whole.length - 2; length > whole.length - 40; length -= 7) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(RecordedChatModel.replay(file).unused()).isEqualTo(1);
      try (RecordedChatModel recorded =
          RecordedChatModel.record(FakeChatModel.answering("two"), file)) {
        recorded.complete(DOG);
      }
      assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }
  }

  @Test
  void aLastLineWithoutItsNewlineCounts() throws IOException {
    Path file = recording(FakeChatModel.answering("one"), CAT);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));

    recording(FakeChatModel.answering("two"), DOG);

    assertThat(RecordedChatModel.replay(file).unused()).isEqualTo(2);
  }

  @Test
  void aCallAfterTheCloseIsAnError() {
    RecordedChatModel recorded =
        RecordedChatModel.record(FakeChatModel.answering("one", "two"), folder.resolve("r.jsonl"));
    recorded.complete(CAT);
    recorded.close();
    recorded.close();
    RecordedChatModel replay = RecordedChatModel.replay(folder.resolve("r.jsonl"));
    replay.close();

    for (RecordedChatModel closed : List.of(recorded, replay)) {
      assertThatThrownBy(() -> closed.complete(CAT))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("is closed");
    }
  }

  @Test
  void aCancelledCallIsNotRecordedAndAReplayIsCancelledLikeAModel() {
    Path file = recording(FakeChatModel.answering("one"), CAT);
    RecordedChatModel replay = RecordedChatModel.replay(file);
    try (RecordedChatModel recorded =
        RecordedChatModel.record(FakeChatModel.answering("two"), file)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> recorded.complete(DOG)).isInstanceOf(CancelledException.class);
      assertThatThrownBy(() -> replay.complete(CAT)).isInstanceOf(CancelledException.class);
      assertThat(Thread.interrupted()).isTrue();
    }

    assertThat(replay.complete(CAT).text()).isEqualTo("one");
    assertThat(RecordedChatModel.replay(file).unused()).isEqualTo(1);
  }

  @Test
  @SuppressWarnings("NullAway") // What an adapter that is not checked for nulls may do.
  void aModelThatReturnsNullIsNamed() {
    try (RecordedChatModel recorded =
        RecordedChatModel.record(request -> null, folder.resolve("r.jsonl"))) {
      assertThatThrownBy(() -> recorded.complete(CAT))
          .isInstanceOf(NullPointerException.class)
          .hasMessageContaining("llm returned null");
    }
  }

  @Test
  void aWrongLineIsNamed() throws IOException {
    Path file = recording(FakeChatModel.answering("one"), CAT);
    Files.writeString(file, "{\"model\": 1}\n", StandardOpenOption.APPEND);

    assertThatThrownBy(() -> RecordedChatModel.replay(file))
        .isInstanceOf(StorageException.class)
        .hasMessageContainingAll(
            file.toString(), "line 2 is malformed (an exchange has a model, a request,");
    assertThatThrownBy(() -> RecordedChatModel.record(FakeChatModel.answering(), file))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("line 2");
  }

  @Test
  void aFileThatIsNotThereOrHoldsNothingIsToldAtOnce() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.jsonl"));

    assertThatThrownBy(() -> RecordedChatModel.replay(folder.resolve("none.jsonl")))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("none.jsonl");
    assertThatThrownBy(() -> RecordedChatModel.replay(empty))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("no exchange is recorded");
  }

  @Test
  void manyThreadsRecordAndReplayAtOnce() throws Exception {
    List<ChatRequest> requests =
        IntStream.range(0, 200).mapToObj(i -> question("Number " + i % 50 + "?")).toList();
    Path file = folder.resolve("recording.jsonl");
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (RecordedChatModel recorded =
        RecordedChatModel.record(
            FakeChatModel.responding(
                r -> new ChatAnswer(r.messages().get(1).text() + "!", "stop", 0, 0)),
            file)) {
      for (Future<ChatAnswer> answer :
          threads.invokeAll(
              requests.stream()
                  .<java.util.concurrent.Callable<ChatAnswer>>map(r -> () -> recorded.complete(r))
                  .toList())) {
        answer.get();
      }
    }
    RecordedChatModel replay = RecordedChatModel.replay(file);
    List<Future<ChatAnswer>> answers =
        threads.invokeAll(
            requests.stream()
                .<java.util.concurrent.Callable<ChatAnswer>>map(r -> () -> replay.complete(r))
                .toList());
    threads.shutdown();

    for (int i = 0; i < answers.size(); i++) {
      assertThat(answers.get(i).get().text())
          .isEqualTo(requests.get(i).messages().get(1).text() + "!");
    }
    assertThat(replay.unused()).isZero();
  }

  @Test
  void noKeyIsInTheFile() throws IOException {
    String key = "sk-very/secret+1234567890";
    Path file = folder.resolve("recording.jsonl");
    server.enqueue(401, "{\"error\": \"bad key " + key + "\"}");
    server.enqueueAnswer("hello");
    try (OpenAiChatModel model = server.model().apiKey(() -> key).build();
        RecordedChatModel recorded = RecordedChatModel.record(model, file)) {
      assertThatThrownBy(() -> recorded.complete(CAT)).isInstanceOf(LlmException.class);
      recorded.complete(CAT);
    }

    assertThat(Files.readString(file)).contains("401", "hello").doesNotContain(key, "secret");
  }

  @Property(tries = 200)
  void anyTextComesBackAsItWas(@ForAll String text, @ForAll String question) throws IOException {
    Path file = Files.createTempFile("recording", ".jsonl");
    try {
      ChatAnswer answer = new ChatAnswer(text + "\ud83d", text, 1, 2);
      ChatRequest request = question(question + "\udc31\u2028");
      try (RecordedChatModel recorded =
          RecordedChatModel.record(FakeChatModel.answering(List.of(answer)), file)) {
        recorded.complete(request);
      }

      assertThat(RecordedChatModel.replay(file).complete(request)).isEqualTo(answer);
    } finally {
      Files.delete(file);
    }
  }

  /** A field that is not in the key would make different requests look the same. */
  @Test
  void everyFieldOfARequestIsInTheKey() {
    assertThat(fields(ChatRequest.class))
        .containsExactly("messages", "maxTokens", "temperature", "seed", "schema");
    assertThat(fields(ChatMessage.class)).containsExactly("role", "text", "images");
    assertThat(fields(JsonSchema.class)).containsExactly("name", "json");
    assertThat(fields(ChatAnswer.class))
        .containsExactly("text", "finishReason", "promptTokens", "completionTokens", "refusal");
    assertThat(fields(LlmException.class))
        .containsExactly(
            "kind",
            "status",
            "retryAfter",
            "headers",
            "requestId",
            "rawText",
            "permanent",
            "tokens");
  }

  private static List<String> fields(Class<?> type) {
    return Arrays.stream(type.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()))
        .map(Field::getName)
        .toList();
  }

  @Test
  void everyOptionMakesAnotherRequest() {
    Path file = recording(FakeChatModel.answering("one"), CAT);

    for (ChatRequest other :
        List.of(
            DOG,
            CAT.toBuilder().maxTokens(9).build(),
            CAT.toBuilder().temperature(0).build(),
            CAT.toBuilder().seed(9).build(),
            CAT.toBuilder().schema(new JsonSchema("other", "{\"type\": \"object\"}")).build(),
            CAT.toBuilder().schema(new JsonSchema("photo", "{\"type\": \"string\"}")).build(),
            CAT.toBuilder().message(ChatMessage.assistant("A dog.")).build(),
            look("data:image/png;base64,AAAA"))) {
      assertThatThrownBy(() -> RecordedChatModel.replay(file).complete(other))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("differs: ");
    }
  }
}
