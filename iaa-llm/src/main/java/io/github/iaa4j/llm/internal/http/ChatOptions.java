package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.llm.chat.ChatCapabilities;
import io.github.iaa4j.llm.chat.ServerWait;
import io.github.iaa4j.llm.chat.Sleeper;
import io.github.iaa4j.llm.internal.text.Setting;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * How an endpoint is reached and used. Immutable.
 *
 * @param model the model's name, as the server knows it
 * @param capabilities what the endpoint is known to accept
 */
public record ChatOptions(
    Address address,
    String model,
    Authentication authentication,
    Timeouts timeouts,
    Limits limits,
    Unavailability unavailability,
    ChatCapabilities capabilities,
    Network network,
    Time time) {

  private static final Duration DAY = Duration.ofDays(1);

  /**
   * Where requests go.
   *
   * @param baseUrl where the API begins
   * @param path what is appended to it
   * @param query parameters by name; their values are secrets
   */
  public record Address(@Nullable String baseUrl, String path, Map<String, String> query) {

    /** Copies the map. */
    public Address {
      query = copy(query);
    }

    private void check(List<String> faults) {
      if (baseUrl == null || baseUrl.isBlank()) {
        faults.add(Setting.BASE_URL + " is missing; give it such as http://127.0.0.1:8080/v1");
        return;
      }
      HttpUrl base = HttpUrl.parse(baseUrl.strip());
      if (base == null) {
        faults.add(
            Setting.BASE_URL
                + " is not an http or https address; give it such as http://127.0.0.1:8080/v1");
      } else if (!base.username().isEmpty() || !base.password().isEmpty()) {
        faults.add(
            Setting.BASE_URL
                + " contains a user name or a password; give the key with "
                + Setting.API_KEY);
      }
    }

    HttpUrl url() {
      HttpUrl.Builder url = HttpUrl.get(baseUrl == null ? "" : baseUrl.strip()).newBuilder();
      String appended = path.strip().replaceAll("^/+", "");
      if (!appended.isEmpty()) {
        url.addPathSegments(appended);
      }
      query.forEach(url::setQueryParameter);
      return url.build();
    }

    /** Without the query, whose values are secrets. */
    @Override
    public String toString() {
      return "Address[" + baseUrl + ", " + path + "]";
    }
  }

  /**
   * How requests identify themselves.
   *
   * @param apiKey asked at every call, or null
   * @param apiKeyHeader the header that carries the key; null for {@code Authorization: Bearer}
   * @param headers more headers by name; their values are secrets
   */
  public record Authentication(
      @Nullable Supplier<@Nullable String> apiKey,
      @Nullable String apiKeyHeader,
      Map<String, String> headers) {

    /** Copies the map. */
    public Authentication {
      headers = copy(headers);
    }

    private void check(List<String> faults) {
      headers.forEach(
          (name, value) -> {
            checkName(faults, "header", name);
            // OkHttp would put a value that it refuses into its message.
            if (!value.chars().allMatch(c -> c >= ' ' && c < 127)) {
              faults.add(
                  "the value of header "
                      + name
                      + " contains characters that an HTTP header cannot carry; check for line"
                      + " breaks");
            }
          });
      String keyHeader = apiKeyHeader == null ? "Authorization" : apiKeyHeader;
      checkName(faults, "apiKeyHeader", keyHeader);
      if (apiKey != null && headers.keySet().stream().anyMatch(keyHeader::equalsIgnoreCase)) {
        faults.add(
            "header "
                + keyHeader
                + " is given twice: with "
                + Setting.HEADER
                + " and with "
                + Setting.API_KEY);
      }
    }

    private static void checkName(List<String> faults, String option, String name) {
      if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
        faults.add(option + " is not a valid HTTP header name: \"" + name + '"');
      }
    }

    /** The names of the headers alone. */
    @Override
    public String toString() {
      return "Authentication" + headers.keySet();
    }

    /** Whether one of the headers looks as if it carried a key. */
    boolean hasCredentialHeader() {
      return headers.keySet().stream()
          .map(name -> name.toLowerCase(Locale.ROOT))
          .anyMatch(
              name -> name.contains("auth") || name.contains("key") || name.contains("token"));
    }
  }

  /**
   * How long things may take.
   *
   * @param call for one attempt
   * @param deadline for all attempts and waits of a call together
   */
  public record Timeouts(Duration connect, Duration read, Duration call, Duration deadline) {

    private void check(List<String> faults) {
      check(faults, "connectTimeout", connect);
      check(faults, Setting.READ_TIMEOUT.toString(), read);
      check(faults, Setting.CALL_TIMEOUT.toString(), call);
      check(faults, "deadline", deadline);
    }

    private static void check(List<String> faults, String option, Duration timeout) {
      if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(DAY) > 0) {
        faults.add(option + " must be from 1 ms to 1 day, not " + timeout);
      }
    }
  }

  /**
   * How much may be asked.
   *
   * @param maxConcurrent requests in flight at once
   * @param tokensPerMinute tokens read and written, or null for no limit
   */
  public record Limits(int maxRetries, int maxConcurrent, @Nullable Integer tokensPerMinute) {

    private void check(List<String> faults) {
      if (maxRetries < 0 || maxRetries > 10) {
        faults.add(Setting.MAX_RETRIES + " must be from 0 to 10, not " + maxRetries);
      }
      if (maxConcurrent < 1) {
        faults.add(Setting.MAX_CONCURRENT + " must be at least 1, not " + maxConcurrent);
      }
      if (tokensPerMinute != null && tokensPerMinute < 1) {
        faults.add(Setting.TOKENS_PER_MINUTE + " must be at least 1, not " + tokensPerMinute);
      }
    }
  }

  /**
   * How a server that is unavailable is waited for.
   *
   * @param maxWait zero for not at all
   * @param maxWaitToConnect the same for an address that nothing has ever listened on
   * @param listener called by the waiting threads
   */
  public record Unavailability(
      Duration maxWait, Duration maxWaitToConnect, Consumer<ServerWait> listener) {

    private void check(List<String> faults) {
      if (maxWait.isNegative() || maxWait.compareTo(DAY) > 0) {
        faults.add(Setting.MAX_WAIT + " must be from 0 to 1 day, not " + maxWait);
      }
      if (maxWaitToConnect.isNegative() || maxWaitToConnect.compareTo(maxWait) > 0) {
        faults.add(
            Setting.MAX_WAIT
                + " to connect must be from 0 to "
                + maxWait
                + ", not "
                + maxWaitToConnect);
      }
    }
  }

  /**
   * What connections go through.
   *
   * @param caFile certificates in PEM to trust beside Java's own, or null
   * @param proxies or null for Java's own settings
   * @param configure called once, before everything else is set
   */
  public record Network(
      @Nullable Path caFile,
      @Nullable ProxyEnvironment proxies,
      Consumer<OkHttpClient.Builder> configure) {

    private void check(List<String> faults) {
      if (proxies != null) {
        faults.addAll(proxies.faults());
      }
    }
  }

  /**
   * Where time comes from.
   *
   * @param sleeper null for one that a close of the endpoint wakes
   * @param jitter in [0, 1)
   */
  public record Time(Clock clock, @Nullable Sleeper sleeper, DoubleSupplier jitter) {}

  /** Everything that is missing or out of range, one sentence each. */
  List<String> faults() {
    List<String> faults = new ArrayList<>();
    address.check(faults);
    if (model.isEmpty()) {
      faults.add(Setting.MODEL + " is missing; give the name that the server knows the model by");
    }
    timeouts.check(faults);
    limits.check(faults);
    unavailability.check(faults);
    network.check(faults);
    authentication.check(faults);
    return faults;
  }

  private static Map<String, String> copy(Map<String, String> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }

  /** The model alone: the rest holds secrets. */
  @Override
  public String toString() {
    return "ChatOptions[" + model + "]";
  }
}
