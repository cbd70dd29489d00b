package consumer;

import com.sun.net.httpserver.HttpServer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.openai.OpenAiChatModel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Asks an OpenAI-compatible server of its own for an answer. */
public class Prompts {

  public static void main(String[] args) throws Exception {
    byte[] answer =
        "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"a red bird\"},\"finish_reason\":\"stop\"}]}"
            .getBytes(StandardCharsets.UTF_8);
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    try (OpenAiChatModel model = OpenAiChatModel.builder().baseUrl(url).model("any").build()) {
      ChatRequest request = ChatRequest.builder().message(ChatMessage.user("a prompt")).build();
      System.out.println("prompt: " + model.complete(request).text());
    } finally {
      server.stop(0);
    }
  }
}
