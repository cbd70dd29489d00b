package io.github.iaa4j.cli;

import io.github.iaa4j.wsss.crf.CrfPreset;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How class activations become pseudo masks. */
final class PseudoMaskOptions {

  @Option(
      names = "--refinement",
      paramLabel = "R",
      converter = RefinementConverter.class,
      description =
          "How activations are aligned with the image: none, colours:STEPS or pamr:ITERATIONS."
              + " Defaults to what the model was trained with; in training to colours:20, with a"
              + " backbone to pamr:10.")
  private @Nullable Refinement refinement;

  @Option(
      names = "--background",
      paramLabel = "B",
      converter = BackgroundConverter.class,
      description =
          "What is background: fixed:T, power:ALPHA or otsu (a threshold for each image). With two"
              + " thresholds, fixed:LOW:HIGH, power:ALPHA:ALPHA or otsu:2, pixels between them are"
              + " void. Defaults to what the model was trained with; in training to fixed:0.35.")
  private @Nullable BackgroundRule background;

  @Option(
      names = "--crf",
      paramLabel = "PRESET",
      description =
          "A dense CRF at the end of the pseudo masks: ${COMPLETION-CANDIDATES}. Defaults to what"
              + " the model was trained with, unless --refinement is given; in training to none.")
  private @Nullable CrfPreset crf;

  /** Whether any of the options was given. */
  boolean isGiven() {
    return refinement != null || background != null || crf != null;
  }

  /** The refinement that was asked for, with the CRF that was. */
  Refinement refinement(Refinement standard) {
    Refinement chosen = refinement == null ? standard : refinement;
    return crf == null ? chosen : chosen.withDenseCrf(crf.crf());
  }

  /** The background rule that was asked for. */
  BackgroundRule background(BackgroundRule standard) {
    return background == null ? standard : background;
  }

  /** A name and numbers after colons. */
  private record Choice(String name, List<Double> numbers) {

    static Choice parse(String text) {
      String[] parts = text.split(":", -1);
      try {
        return new Choice(
            parts[0],
            List.of(parts).subList(1, parts.length).stream().map(Double::valueOf).toList());
      } catch (NumberFormatException e) {
        throw new TypeConversionException("\"" + text + "\": expected numbers after the colons");
      }
    }

    /** The only number, as a count. */
    int count() {
      double number = numbers.get(0);
      if (number != Math.rint(number)) {
        throw new TypeConversionException(name + ":" + number + ", but steps are a whole number");
      }
      return (int) number;
    }

    TypeConversionException unknown(String allowed) {
      return new TypeConversionException(
          "\"" + name + "\" with " + numbers.size() + " numbers is not one of " + allowed);
    }
  }

  private static final class RefinementConverter implements ITypeConverter<Refinement> {
    @Override
    public Refinement convert(String text) {
      Choice choice = Choice.parse(text);
      try {
        return switch (choice.name + choice.numbers.size()) {
          case "none0" -> Refinement.none();
          case "colours1" -> Refinement.colourAffinity(choice.count());
          case "pamr1" -> Refinement.pixelAdaptive(choice.count());
          default -> throw choice.unknown("none, colours:STEPS and pamr:ITERATIONS");
        };
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  private static final class BackgroundConverter implements ITypeConverter<BackgroundRule> {
    @Override
    public BackgroundRule convert(String text) {
      Choice choice = Choice.parse(text);
      List<Double> numbers = choice.numbers;
      try {
        return switch (choice.name + numbers.size()) {
          case "fixed1" -> BackgroundRule.fixed(numbers.get(0));
          case "fixed2" -> BackgroundRule.fixed(numbers.get(0), numbers.get(1));
          case "power1" -> BackgroundRule.power(numbers.get(0));
          case "power2" -> BackgroundRule.power(numbers.get(0), numbers.get(1));
          case "otsu0" -> BackgroundRule.otsu();
          case "otsu1" -> {
            if (numbers.get(0) == 2) {
              yield BackgroundRule.twoThresholdOtsu();
            }
            throw new TypeConversionException("otsu has one threshold, otsu:2 has two");
          }
          default ->
              throw choice.unknown(
                  "fixed:T, fixed:LOW:HIGH, power:ALPHA, power:ALPHA:ALPHA, otsu and otsu:2");
        };
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
