package io.github.iaa4j.llm.internal.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import okhttp3.Credentials;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** The proxies that environment variables name, as curl understands them. Immutable. */
public final class ProxyEnvironment extends ProxySelector {

  private static final String AUTHORIZATION = "Proxy-Authorization";
  private static final int UNAUTHORIZED = 407;
  private static final int DEFAULT_PORT = 1080;

  private final List<String> faults = new ArrayList<>();
  private final Map<String, Named> byScheme = new LinkedHashMap<>();
  private final List<String> direct;

  /**
   * @param credentials as the header carries them, or null
   * @param password as the address has it, or empty
   */
  private record Named(Proxy proxy, @Nullable String credentials, String password) {}

  /**
   * Reads the variables.
   *
   * @param environment such as {@link System#getenv()}
   */
  public ProxyEnvironment(Map<String, String> environment) {
    for (String scheme : List.of("http", "https")) {
      for (String variable : List.of(scheme + "_proxy", "all_proxy")) {
        Named named = named(environment, variable);
        if (named != null) {
          byScheme.putIfAbsent(scheme, named);
        }
      }
    }
    String without = value(environment, "no_proxy");
    List<String> hosts = new ArrayList<>();
    for (String host : without.split("[,\\s]+", -1)) {
      if (!host.isEmpty()) {
        hosts.add(host.toLowerCase(Locale.ROOT));
      }
    }
    direct = List.copyOf(hosts);
  }

  private static String value(Map<String, String> environment, String variable) {
    String value = environment.get(variable);
    if (value == null || value.isBlank()) {
      value = environment.get(variable.toUpperCase(Locale.ROOT));
    }
    return value == null ? "" : value.strip();
  }

  private @Nullable Named named(Map<String, String> environment, String variable) {
    String value = value(environment, variable);
    if (value.isEmpty()) {
      return null;
    }
    String address = value.contains("://") ? value : "http://" + value;
    boolean socks = address.toLowerCase(Locale.ROOT).startsWith("socks");
    // OkHttp's parser knows the ports and the escapes; of SOCKS it knows nothing.
    HttpUrl url = HttpUrl.parse(socks ? address.replaceFirst("^[^:]*", "http") : address);
    if (url == null || address.toLowerCase(Locale.ROOT).startsWith("https:")) {
      String fault =
          "the environment variable "
              + variable
              + " (or "
              + variable.toUpperCase(Locale.ROOT)
              + ") does not name a proxy that can be used; give it such as http://host:3128";
      if (!faults.contains(fault)) {
        faults.add(fault); // Its value may hold a password.
      }
      return null;
    }
    int port = url.port();
    if (port == HttpUrl.defaultPort("http") && !address.matches("(?i)[^/]*//[^/]*:80/?")) {
      port = DEFAULT_PORT;
    }
    Proxy proxy =
        new Proxy(
            socks ? Proxy.Type.SOCKS : Proxy.Type.HTTP,
            InetSocketAddress.createUnresolved(url.host(), port));
    String user = url.username();
    return new Named(
        proxy,
        user.isEmpty() ? null : Credentials.basic(user, url.password(), StandardCharsets.UTF_8),
        url.password());
  }

  /** What is wrong with the variables, without their values. */
  List<String> faults() {
    return faults;
  }

  /** What must be redacted. */
  List<String> secrets() {
    List<String> secrets = new ArrayList<>();
    for (Named named : byScheme.values()) {
      if (named.credentials != null) {
        secrets.add(named.credentials);
        secrets.add(named.credentials.substring("Basic ".length()));
        secrets.add(named.password);
      }
    }
    return secrets;
  }

  /** The proxy that requests to an address go through, as host and port, or empty. */
  String describe(HttpUrl url) {
    Named named = proxyFor(url.scheme(), url.host(), url.port());
    return named != null && named.proxy.address() instanceof InetSocketAddress address
        ? address.getHostString() + ":" + address.getPort()
        : "";
  }

  /** Makes a client go through the proxies. */
  void setUp(OkHttpClient.Builder http) {
    http.proxySelector(this)
        .proxyAuthenticator(
            (route, response) -> {
              String credentials = route == null ? null : credentials(route.address().url());
              return credentials == null
                      || response.request().header(AUTHORIZATION) != null
                      || response.code() != UNAUTHORIZED
                  ? null
                  : response.request().newBuilder().header(AUTHORIZATION, credentials).build();
            })
        // Without TLS there is no CONNECT, and a body is not sent a second time.
        .addNetworkInterceptor(this::authorize);
  }

  private Response authorize(Interceptor.Chain chain) throws IOException {
    HttpUrl url = chain.request().url();
    String credentials = url.isHttps() ? null : credentials(url);
    return chain.proceed(
        credentials == null
            ? chain.request()
            : chain.request().newBuilder().header(AUTHORIZATION, credentials).build());
  }

  private @Nullable String credentials(HttpUrl url) {
    Named named = proxyFor(url.scheme(), url.host(), url.port());
    return named == null ? null : named.credentials;
  }

  @Override
  public List<Proxy> select(URI uri) {
    String host = uri.getHost() == null ? "" : uri.getHost();
    Named named = proxyFor(uri.getScheme(), host, uri.getPort());
    return List.of(named == null ? Proxy.NO_PROXY : named.proxy);
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException e) {
    // There is no second proxy to try.
  }

  private @Nullable Named proxyFor(String scheme, String host, int port) {
    String name = bare(host.toLowerCase(Locale.ROOT));
    return isDirect(name, port) ? null : byScheme.get(scheme);
  }

  private boolean isDirect(String host, int port) {
    InetAddress literal = literal(host);
    if (host.equals("localhost")
        || host.endsWith(".localhost")
        || (literal != null && literal.isLoopbackAddress())) {
      return true;
    }
    for (String entry : direct) {
      if (entry.equals("*") || matches(entry, host, port, literal)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(
      String entry, String host, int port, @Nullable InetAddress literal) {
    int slash = entry.indexOf('/');
    if (slash > 0) {
      return literal != null && isInRange(entry, slash, literal);
    }
    String name = entry;
    int colon = entry.lastIndexOf(':');
    boolean isName = colon > 0 && entry.indexOf(':') == colon;
    boolean isBracketed = entry.startsWith("[") && colon > entry.indexOf(']');
    if (isName || isBracketed) {
      if (!entry.substring(colon + 1).equals(Integer.toString(port))) {
        return false;
      }
      name = entry.substring(0, colon);
    }
    name = bare(name).replaceFirst("^\\*?\\.", "");
    InetAddress address = literal(name);
    return address != null
        ? address.equals(literal)
        : host.equals(name) || (!name.isEmpty() && host.endsWith("." + name));
  }

  private static boolean isInRange(String entry, int slash, InetAddress address) {
    InetAddress range = literal(bare(entry.substring(0, slash)));
    String length = entry.substring(slash + 1);
    if (range == null || !length.matches("\\d{1,3}")) {
      return false;
    }
    byte[] a = range.getAddress();
    byte[] b = address.getAddress();
    int bits = Integer.parseInt(length);
    if (a.length != b.length || bits > 8 * a.length) {
      return false;
    }
    for (int i = 0; i < bits; i++) {
      int mask = 0x80 >> i % 8;
      if ((a[i / 8] & mask) != (b[i / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  /** Without the brackets of an IPv6 address and the dot that may end a name. */
  private static String bare(String host) {
    String name =
        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  /** An address that is written as numbers; names are not looked up. */
  private static @Nullable InetAddress literal(String host) {
    if (!host.matches("\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*")) {
      return null;
    }
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      return null;
    }
  }
}
