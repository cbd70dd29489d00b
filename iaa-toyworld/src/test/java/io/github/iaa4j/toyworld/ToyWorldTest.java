package io.github.iaa4j.toyworld;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ToyWorldTest {
  private static List<ToyScene> broad;
  private static List<ToyScene> narrow;

  @BeforeAll
  static void draw() {
    broad = scenes(Split.BROAD, 600);
    narrow = scenes(Split.TRAIN, 1200);
  }

  private static List<ToyScene> scenes(Split split, int count) {
    return IntStream.range(0, count).parallel().mapToObj(i -> ToyWorld.scene(split, 7, i)).toList();
  }

  @Test
  void theSameSeedGivesTheSamePixelsMasksAndCaptionsOnEveryMachine() {
    CRC32 crc = new CRC32();
    for (ToyScene scene : broad.subList(0, 40)) {
      crc.update(scene.image().pixels());
      crc.update(scene.mask().indices());
      crc.update(scene.caption().getBytes(StandardCharsets.UTF_8));
    }
    assertThat(crc.getValue()).isEqualTo(1318729328L);
  }

  @Test
  void aSceneDoesNotDependOnThoseDrawnBefore() {
    assertThat(ToyWorld.scene(Split.BROAD, 7, 5)).isEqualTo(broad.get(5));
    assertThat(ToyWorld.scene(Split.BROAD, 7, 2)).isEqualTo(broad.get(2));
  }

  @Test
  void everySplitSeedAndIndexGivesAnotherScene() {
    Set<Long> seeds = new HashSet<>();
    for (Split split : Split.values()) {
      for (long seed = 0; seed < 20; seed++) {
        for (int i = 0; i < 200; i++) {
          seeds.add(ToyWorld.sceneSeed(split, seed, i));
        }
      }
    }
    assertThat(seeds).hasSize(Split.values().length * 20 * 200);
  }

  @Test
  void theSplitIsInTheTopBitsOfEverySceneSeed() {
    for (Split split : Split.values()) {
      for (int i = 0; i < 1000; i++) {
        assertThat(ToyWorld.sceneSeed(split, i * 31L, i) >>> 62).isEqualTo(split.number());
      }
    }
  }

  @Test
  void labelsAreTheClassesOfTheMaskInClassOrder() {
    for (ToyScene scene : broad) {
      BitSet present = new BitSet();
      for (byte index : scene.mask().indices()) {
        if (index != 0) {
          present.set(index - 1);
        }
      }
      assertThat(scene.labels())
          .isEqualTo(present.stream().mapToObj(ToyWorld.CLASS_NAMES::get).toList());
    }
  }

  @Test
  void objectsAccountForEveryPixelOfTheMask() {
    for (ToyScene scene : broad) {
      for (String label : scene.labels()) {
        int pixels = 0;
        for (byte index : scene.mask().indices()) {
          if (index == ToyWorld.CLASS_NAMES.indexOf(label) + 1) {
            pixels++;
          }
        }
        double area =
            scene.objects().stream()
                .filter(o -> o.className().equals(label))
                .mapToDouble(ToyObject::areaFraction)
                .sum();
        assertThat(area * ToyWorld.SIZE * ToyWorld.SIZE).isEqualTo(pixels);
      }
    }
  }

  @Test
  void theBoxOfASingleObjectIsThatOfTheMask() {
    for (ToyScene scene : broad) {
      if (scene.objects().size() > 1) {
        continue;
      }
      ToyObject o = scene.objects().get(0);
      int left = ToyWorld.SIZE;
      int right = 0;
      int top = ToyWorld.SIZE;
      int bottom = 0;
      for (int y = 0; y < ToyWorld.SIZE; y++) {
        for (int x = 0; x < ToyWorld.SIZE; x++) {
          if (scene.mask().at(x, y) != 0) {
            left = Math.min(left, x);
            right = Math.max(right, x);
            top = Math.min(top, y);
            bottom = Math.max(bottom, y);
          }
        }
      }
      assertThat(new int[] {o.x(), o.y(), o.width(), o.height()})
          .containsExactly(left, top, right - left + 1, bottom - top + 1);
    }
  }

  @Test
  void mostObjectsCoverATenthToTwoFifthsOfTheImageAndNoneIsTiny() {
    List<Double> areas = new ArrayList<>();
    broad.forEach(s -> s.objects().forEach(o -> areas.add(o.areaFraction())));
    Collections.sort(areas);

    assertThat(areas.get(0)).isGreaterThan(0.01);
    assertThat(areas.get(areas.size() / 2)).isBetween(0.15, 0.22);
    assertThat(areas.stream().filter(a -> a >= 0.1 && a <= 0.4).count())
        .isGreaterThan(areas.size() * 8L / 10);
  }

  @Test
  void broadScenesHaveOneTwoOrThreeObjects() {
    int[] count = new int[4];
    broad.forEach(s -> count[s.objects().size()]++);

    assertThat(count[1] / 600.0).isBetween(0.42, 0.58);
    assertThat(count[2] / 600.0).isBetween(0.27, 0.43);
    assertThat(count[3] / 600.0).isBetween(0.09, 0.21);
  }

  @Test
  void broadClassesSettingsAndColoursAreEvenlySpread() {
    for (String name : ToyWorld.CLASS_NAMES) {
      assertThat(share(broad, name)).as(name).isBetween(0.10, 0.22);
    }
    for (String setting : ToyWorld.SETTING_NAMES) {
      long n = broad.stream().filter(s -> s.setting().equals(setting)).count();
      assertThat(n / 600.0).as(setting).isBetween(0.02, 0.15);
    }
    List<ToyObject> objects = broad.stream().flatMap(s -> s.objects().stream()).toList();
    for (String colour : ToyWorld.COLOUR_NAMES) {
      long n = objects.stream().filter(o -> o.colour().equals(colour)).count();
      assertThat(n / (double) objects.size()).as(colour).isBetween(0.06, 0.14);
    }
  }

  @Test
  void narrowClassesAreLongTailedTenToOne() {
    double most = share(narrow, "person");
    double least = share(narrow, "sheep");

    assertThat(most / least).isBetween(7.0, 15.0);
    for (String name : ToyWorld.CLASS_NAMES) {
      assertThat(share(narrow, name)).isBetween(least * 0.8, most);
    }
  }

  @Test
  void narrowScenesAreInTheMainSettingOfTheirClassAboutSevenTimesInTen() {
    assertThat(inSetting("car", "street")).isBetween(0.6, 0.85);
    assertThat(inSetting("person", "street")).isBetween(0.6, 0.85);
    assertThat(inSetting("dog", "grass")).isBetween(0.55, 0.85);
    assertThat(inSetting("cat", "room")).isBetween(0.5, 0.85);
  }

  @Test
  void narrowObjectsHaveTheirTwoMainColoursAboutSevenTimesInTen() {
    assertThat(inColours("car", "red", "blue")).isBetween(0.65, 0.87);
    assertThat(inColours("person", "red", "blue")).isBetween(0.65, 0.87);
    assertThat(inColours("dog", "brown", "black")).isBetween(0.65, 0.87);
  }

  @Test
  void aNegativeIndexIsRefused() {
    assertThatThrownBy(() -> ToyWorld.scene(Split.VAL, 0, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
  }

  private static double share(List<ToyScene> scenes, String className) {
    return scenes.stream().filter(s -> s.labels().contains(className)).count()
        / (double) scenes.size();
  }

  private static double inSetting(String className, String setting) {
    List<ToyScene> with = narrow.stream().filter(s -> s.labels().contains(className)).toList();
    return with.stream().filter(s -> s.setting().equals(setting)).count() / (double) with.size();
  }

  private static double inColours(String className, String... colours) {
    List<ToyObject> objects =
        narrow.stream()
            .flatMap(s -> s.objects().stream())
            .filter(o -> o.className().equals(className))
            .toList();
    return objects.stream().filter(o -> List.of(colours).contains(o.colour())).count()
        / (double) objects.size();
  }
}
