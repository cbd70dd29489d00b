package io.github.iaa4j.report;

/** Text on its way into a page. */
final class Html {

  private Html() {}

  /**
   * Escapes what HTML gives a meaning to, in text and in quoted attributes. Prompts are written by
   * language models, which write anything.
   */
  static String text(String raw) {
    StringBuilder escaped = new StringBuilder(raw.length() + 16);
    raw.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> {
                  boolean control = (c < ' ' && c != '\n' && c != '\t') || c == 0x7f;
                  boolean alone = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
                  escaped.appendCodePoint(control || alone ? 0xfffd : c);
                }
              }
            });
    return escaped.toString();
  }
}
