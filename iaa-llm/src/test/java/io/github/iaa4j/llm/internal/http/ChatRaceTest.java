package io.github.iaa4j.llm.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.JsonSchema;
import io.github.iaa4j.llm.openai.ChatServer;
import io.github.iaa4j.llm.openai.Fault;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several threads that find out at once what a server refuses without naming it. */
class ChatRaceTest {

  private static final int THREADS = 4;
  private static final int QUESTIONS = 24;

  @RegisterExtension private final ChatServer server = new ChatServer();
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private void refuse(Predicate<JsonObject> fault, String words) {
    server.serve(
        request -> {
          String body = request.getBody().utf8();
          MockResponse.Builder reply =
              fault.test(JsonParser.parseString(body).getAsJsonObject())
                  ? new MockResponse.Builder().code(400).body(words)
                  : Fault.text("{}");
          // Spreads the answers, so that the threads are at different points of their search.
          return reply.headersDelay(body.length() % 7, TimeUnit.MILLISECONDS).build();
        });
  }

  private static ChatRequest question(int number) {
    ChatRequest.Builder question =
        ChatRequest.builder()
            .message(ChatMessage.system("Be brief."))
            .message(ChatMessage.user("Say hello" + "!".repeat(number)))
            .schema(
                new JsonSchema(number % 3 == 0 ? "scene" : "judgement", "{\"type\": \"object\"}"));
    return number % 2 == 0 ? question.seed(number).build() : question.build();
  }

  private static boolean hasSystem(JsonObject body) {
    return body.get("messages").toString().contains("\"system\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"seed", "temperature", "seed and system", "errors by field"})
  void noQuestionIsLostWhateverTheOrderOfTheAnswers(String refused) throws Exception {
    switch (refused) {
      case "seed" -> refuse(body -> body.has("seed"), "{\"error\": \"Bad argument #7\"}");
      case "temperature" ->
          refuse(body -> body.has("temperature"), "{\"error\": \"sampling options are fixed\"}");
      case "errors by field" ->
          refuse(
              body -> body.has("seed"), "{\"errors\": {\"seed\": [\"is not what it should be\"]}}");
      default -> refuse(body -> body.has("seed") || hasSystem(body), "{\"error\": \"nope\"}");
    }
    try (OpenAiChatModel model =
        OpenAiChatModel.builder()
            .baseUrl(server.url("/v1").toString())
            .model("tiny")
            .maxRetries(0)
            .build()) {
      List<Future<ChatAnswer>> answers = new ArrayList<>();
      for (int i = 0; i < QUESTIONS; i++) {
        ChatRequest question = question(i);
        answers.add(threads.submit(() -> model.complete(question)));
      }
      for (Future<ChatAnswer> answer : answers) {
        assertThat(text(answer)).isEqualTo("{}");
      }
    }
  }

  private static String text(Future<ChatAnswer> answer)
      throws ExecutionException, InterruptedException {
    return answer.get().text();
  }
}
