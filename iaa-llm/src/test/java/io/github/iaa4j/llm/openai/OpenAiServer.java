package io.github.iaa4j.llm.openai;

import com.google.gson.JsonObject;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatRequest;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A server that answers as it is told to, and models that ask it. */
abstract class OpenAiServer {

  static final String KEY = "sk-very-secret-0123456789";
  static final ChatRequest HELLO =
      ChatRequest.builder().message(ChatMessage.user("Say \"hello\" {now}")).build();

  @RegisterExtension final ChatServer server = new ChatServer();
  final SteppingClock clock = server.clock();

  OpenAiChatModel.Builder model() {
    return server.model().apiKey(() -> KEY);
  }

  static MockResponse answer(String text) {
    JsonObject message = new JsonObject();
    message.addProperty("role", "assistant");
    message.addProperty("content", text);
    return new MockResponse.Builder()
        .body(
            """
            {"choices": [{"index": 0, "finish_reason": "stop", "message": %s}],
             "usage": {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19}}\
            """
                .formatted(message))
        .build();
  }

  static MockResponse status(int code, String... header) {
    MockResponse.Builder response =
        new MockResponse.Builder().code(code).body("{\"error\": {\"message\": \"no\"}}");
    if (header.length == 2) {
      response.addHeader(header[0], header[1]);
    }
    return response.build();
  }
}
