package io.github.iaa4j.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** The command as a person at a terminal sees it: exit code, standard output, standard error. */
public record Iaa(int exitCode, String out, String err) {

  public static Iaa run(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    String[] texts = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      texts[i] = String.valueOf(args[i]);
    }
    int exitCode = Main.execute(command, texts);
    return new Iaa(exitCode, out.toString(), err.toString());
  }
}
