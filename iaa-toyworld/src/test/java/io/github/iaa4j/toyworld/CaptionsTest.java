package io.github.iaa4j.toyworld;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.toyworld.internal.Wording;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CaptionsTest {
  private static List<ToyScene> scenes;

  @BeforeAll
  static void draw() {
    scenes =
        IntStream.range(0, 1500)
            .parallel()
            .mapToObj(i -> ToyWorld.scene(Split.BROAD, 11, i))
            .toList();
  }

  /** Whether a name of the class, singular or plural, is in the caption as whole words. */
  private static boolean names(String caption, int classIndex) {
    return Pattern.compile("\\b(" + names(classIndex) + ")\\b").matcher(caption).find();
  }

  private static String names(int classIndex) {
    Set<String> names = new HashSet<>(Wording.NOUNS.get(classIndex));
    names.addAll(Wording.PLURALS.get(classIndex));
    if (ToyWorld.CLASS_NAMES.get(classIndex).equals("person")) {
      names.addAll(Wording.WOMEN);
      names.addAll(Wording.MEN);
    }
    return String.join("|", names);
  }

  @Test
  void everyPresentClassIsNamedAndNoAbsentOne() {
    for (ToyScene scene : scenes) {
      for (int k = 0; k < ToyWorld.CLASS_NAMES.size(); k++) {
        String name = ToyWorld.CLASS_NAMES.get(k);
        assertThat(names(scene.caption(), k))
            .as("%s in: %s", name, scene.caption())
            .isEqualTo(scene.labels().contains(name));
      }
    }
  }

  @Test
  void noColourIsNamedThatNoObjectHas() {
    // Words that also belong to settings: green meadows, blue skies, white fences, red barns.
    String elsewhere =
        "(green|blue|white|red|brown) (meadow|lawn|grass|field|hills|water|sky|snow|"
            + "clouds|fence|barn)|dark green forest";
    for (ToyScene scene : scenes) {
      String caption = scene.caption().replaceAll(elsewhere, "");
      for (int c = 0; c < ToyWorld.COLOUR_NAMES.size(); c++) {
        String colour = ToyWorld.COLOUR_NAMES.get(c);
        // "snow white" is a white, "navy blue" a blue, "ginger" an orange: whole list per colour.
        if (Pattern.compile("\\b" + colour + "\\b").matcher(caption).find()) {
          assertThat(scene.objects()).as(scene.caption()).anyMatch(o -> o.colour().equals(colour));
        }
      }
    }
  }

  @Test
  void sidesAreThoseOfThePicture() {
    for (ToyScene scene : scenes) {
      if (scene.objects().size() > 1) {
        continue;
      }
      ToyObject o = scene.objects().get(0);
      double centre = (o.x() + o.width() / 2.0) / ToyWorld.SIZE;
      if (scene.caption().contains("on the left")) {
        assertThat(centre).as(scene.caption()).isLessThan(0.4);
      }
      if (scene.caption().contains("on the right")) {
        assertThat(centre).as(scene.caption()).isGreaterThan(0.6);
      }
      if (scene.caption().matches(".*(facing|looking)( to the)? (left|right).*")) {
        assertThat(scene.caption()).matches(".*(facing|looking)( to the)? " + o.facing() + ".*");
      }
    }
  }

  @Test
  void leftOfAndRightOfAreThoseOfThePicture() {
    int seen = 0;
    for (ToyScene scene : scenes) {
      if (scene.objects().size() != 2 || scene.labels().size() != 2) {
        continue;
      }
      for (String side : List.of("left", "right")) {
        int at = scene.caption().indexOf(" " + side + " of ");
        if (at < 0) {
          continue;
        }
        seen++;
        String before = scene.caption().substring(0, at);
        ToyObject a = scene.objects().get(0);
        ToyObject b = scene.objects().get(1);
        boolean firstIsA = names(before, ToyWorld.CLASS_NAMES.indexOf(a.className()));
        ToyObject first = firstIsA ? a : b;
        ToyObject second = firstIsA ? b : a;
        double dx = first.x() + first.width() / 2.0 - second.x() - second.width() / 2.0;
        assertThat(dx < 0).as(scene.caption()).isEqualTo(side.equals("left"));
      }
    }
    assertThat(seen).isGreaterThan(20);
  }

  @Test
  void articlesFitTheWordThatFollows() {
    for (ToyScene scene : scenes) {
      assertThat(scene.caption()).doesNotContainPattern("\\ba [aeio]");
      assertThat(scene.caption()).doesNotContainPattern("\\ban [^aeiou]");
    }
  }

  @Test
  void nightAndRoomsHaveNoDaylight() {
    for (ToyScene scene : scenes) {
      if (scene.setting().equals("night") || scene.setting().equals("room")) {
        assertThat(scene.caption()).doesNotContainPattern("daylight|sunny|sunlight|daytime");
      }
    }
  }

  @Test
  void everyWordIsListed() {
    Set<String> known = new HashSet<>(ToyWorld.words());
    for (ToyScene scene : scenes) {
      assertThat(scene.caption().split("[ ,.]+")).as(scene.caption()).allMatch(known::contains);
    }
  }

  @Test
  void theVocabularyStaysSmall() {
    assertThat(ToyWorld.words()).hasSizeBetween(280, 500).isSorted();
  }

  @Test
  void theClassIsCalledByItsVocNameMostOfTheTime() {
    int canonical = 0;
    int all = 0;
    for (ToyScene scene : scenes) {
      for (String label : scene.labels()) {
        all++;
        int k = ToyWorld.CLASS_NAMES.indexOf(label);
        String plural = Wording.PLURALS.get(k).get(0);
        if (Pattern.compile("\\b(" + label + "|" + plural + ")\\b")
            .matcher(scene.caption())
            .find()) {
          canonical++;
        }
      }
    }
    assertThat(canonical / (double) all).isBetween(0.5, 0.8);
  }

  @Test
  void captionsAreShortAndLong() {
    List<Integer> words = scenes.stream().map(s -> s.caption().split(" ").length).sorted().toList();
    assertThat(words.get(0)).isLessThanOrEqualTo(3);
    assertThat(words.get(words.size() - 1)).isBetween(22, 45);
  }
}
