package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/**
 * The pictures of polygons and the strings of runs were made by pycocotools 2.0.11: {@code
 * decode(merge(frPyObjects([polygon], 9, 12)))} and {@code encode(mask)}.
 */
class CocoOutlineTest {

  @Test
  void tracesAPolygonWithFractionsAsPycocotoolsDoes() {
    assertThat(rasterized(polygon(1.3, 0.7, 10.9, 2.2, 8.4, 8.6, 2.5, 6.1)))
        .isEqualTo(
            """
            ............
            ..####......
            ..#########.
            ..########..
            ..########..
            ..########..
            ...######...
            ......###...
            ............
            """);
  }

  @Test
  void leavesTheMiddleOfAStarOpen() {
    assertThat(rasterized(polygon(6.0, 0.0, 7.6, 8.4, 0.4, 3.1, 11.7, 3.3, 3.9, 8.8)))
        .isEqualTo(
            """
            ............
            ............
            .....#......
            .####..#####
            ..###..###..
            ....#..##...
            ............
            ....###.....
            ............
            """);
  }

  @Test
  void cutsAPolygonAtTheEdgesOfTheImage() {
    assertThat(rasterized(polygon(-4.0, -3.0, 7.5, -2.0, 15.2, 4.4, 5.5, 12.1)))
        .isEqualTo(
            """
            ###########.
            ############
            ############
            ############
            .###########
            .###########
            ..##########
            ...########.
            ...#######..
            """);
  }

  @Test
  void fillsOnlyThePixelsWhoseCentreASliverCovers() {
    assertThat(rasterized(polygon(0.5, 0.5, 11.5, 8.0, 11.5, 8.4)))
        .isEqualTo(
            """
            ............
            ............
            ...#........
            ............
            ............
            ............
            ............
            ..........#.
            ............
            """);
  }

  @Test
  void joinsThePolygonsOfAnObject() {
    List<int[]> parts = List.of(points(0, 0, 2, 0, 2, 2, 0, 2), points(1, 1, 4, 1, 4, 3, 1, 3));

    assertThat(rasterized(CocoOutline.ofPolygons("", parts)))
        .startsWith("##..........\n####........\n.###........\n............\n");
  }

  @Test
  void takesPolygonsOfFewerThanThreePointsForNothing() {
    assertThat(rasterized(polygon(1, 1, 8, 8))).doesNotContain("#");
  }

  @Test
  void readsRunsDownTheColumns() {
    CocoOutline outline = CocoOutline.ofRuns("", 9, 12, new int[] {2, 3, 7, 1, 95});

    assertThat(rasterized(outline))
        .startsWith(
            """
            ............
            ............
            #...........
            ##..........
            #...........
            ............
            """);
  }

  @Test
  void readsTheStringsOfPycocotools() {
    int[] runs = CocoOutline.decompress("01l03YO00002N0002N005");

    assertThat(rasterized(CocoOutline.ofRuns("", 9, 12, runs)))
        .isEqualTo(
            """
            #...........
            ............
            ...######...
            ...######...
            ...########.
            ...########.
            ......#####.
            ......#####.
            ............
            """);
  }

  @Test
  void refusesWhatIsNoStringOfRuns() {
    assertThat(CocoOutline.decompress("01l\u007f")).isNull();
    assertThat(CocoOutline.decompress("01P")).as("breaks off").isNull();
    assertThat(CocoOutline.decompress("PPPPPPPPPPPP0")).as("too long a number").isNull();
    assertThat(CocoOutline.decompress("O")).as("a negative run").isNull();
  }

  @Test
  void refusesRunsThatDoNotFillTheImage() {
    assertThat(CocoOutline.ofRuns("", 9, 12, new int[] {100, 7}).problem(12, 9))
        .contains("add up to 107 pixels, but there are 108");
    assertThat(CocoOutline.ofRuns("", 9, 12, new int[] {1 << 30, 1 << 30, 1 << 30}).problem(12, 9))
        .contains("add up to 3221225472");
    assertThat(CocoOutline.ofRuns("", 9, 12, new int[] {110, -2}).problem(12, 9))
        .contains("negative number -2");
    assertThat(CocoOutline.ofRuns("", 12, 9, new int[] {108}).problem(12, 9))
        .contains("its size is [12, 9], but the image's is [9, 12]");
  }

  @Test
  void refusesAPolygonFarOutsideInsteadOfWalkingThere() {
    assertThat(polygon(0, 0, 1e12, 0, 0, 5).problem(12, 9)).contains("far outside");
  }

  @Test
  void measuresTheAreaWhereNoneIsStated() {
    assertThat(polygon(1, 1, 6, 1, 6, 5, 1, 5).area()).isEqualTo(20);
    assertThat(CocoOutline.ofRuns("", 9, 12, new int[] {2, 3, 7, 1, 95}).area()).isEqualTo(4);
    assertThat(polygon(1, 1, 6, 1, 6, 5, 1, 5).withArea(7.5).area()).isEqualTo(7.5);
  }

  @Property
  void fillsARectangleOfWholePixelsExactly(
      @ForAll @Size(2) List<@IntRange(min = 0, max = 12) Integer> xs,
      @ForAll @Size(2) List<@IntRange(min = 0, max = 9) Integer> ys) {
    int left = Math.min(xs.get(0), xs.get(1));
    int right = Math.max(xs.get(0), xs.get(1));
    int top = Math.min(ys.get(0), ys.get(1));
    int bottom = Math.max(ys.get(0), ys.get(1));
    // Coordinates from 0 to 1 alone are taken for fractions of the image's size.
    Assume.that(right > 1 || bottom > 1);
    StringBuilder expected = new StringBuilder();
    for (int y = 0; y < 9; y++) {
      for (int x = 0; x < 12; x++) {
        expected.append(x >= left && x < right && y >= top && y < bottom ? '#' : '.');
      }
      expected.append('\n');
    }

    assertThat(rasterized(polygon(left, top, right, top, right, bottom, left, bottom)))
        .isEqualTo(expected.toString());
  }

  @Property
  void runsComeBackFromAnyMask(@ForAll @Size(108) List<Boolean> columns) {
    List<Integer> runs = new ArrayList<>();
    boolean inside = false;
    int length = 0;
    for (boolean pixel : columns) {
      if (pixel != inside) {
        runs.add(length);
        length = 0;
        inside = pixel;
      }
      length++;
    }
    runs.add(length);
    LabelMask mask = new LabelMask(12, 9, new byte[108]);

    CocoOutline outline =
        CocoOutline.ofRuns("", 9, 12, runs.stream().mapToInt(run -> run).toArray());

    assertThat(outline.problem(12, 9)).isNull();
    assertThat(outline.rasterize(mask, 1)).isEqualTo(columns.contains(true));
    for (int i = 0; i < 108; i++) {
      assertThat(mask.at(i / 9, i % 9)).isEqualTo(columns.get(i) ? 1 : 0);
    }
  }

  private static CocoOutline polygon(double... coordinates) {
    return CocoOutline.ofPolygons("", List.of(points(coordinates)));
  }

  private static int[] points(double... coordinates) {
    int[] points = new int[coordinates.length];
    for (int i = 0; i < points.length; i++) {
      points[i] = CocoOutline.upsampled(coordinates[i]);
    }
    return points;
  }

  private static String rasterized(CocoOutline outline) {
    LabelMask mask = new LabelMask(12, 9, new byte[108]);
    assertThat(outline.problem(12, 9)).isNull();
    assertThat(outline.rasterize(mask, 1)).isEqualTo(contains(mask, 1));
    StringBuilder picture = new StringBuilder();
    for (int y = 0; y < 9; y++) {
      for (int x = 0; x < 12; x++) {
        picture.append(mask.at(x, y) == 1 ? '#' : '.');
      }
      picture.append('\n');
    }
    return picture.toString();
  }

  private static boolean contains(LabelMask mask, int index) {
    for (byte at : mask.indices()) {
      if (at == index) {
        return true;
      }
    }
    return false;
  }

  @Property
  void whatEnclosesNothingFillsNothing(
      @ForAll @Size(min = 2, max = 14) List<@IntRange(min = -3, max = 14) Integer> fine) {
    int[] points = fine.stream().limit(fine.size() / 2 * 2L).mapToInt(at -> at).toArray();
    LabelMask mask = new LabelMask(12, 9, new byte[108]);
    CocoOutline outline = CocoOutline.ofPolygons("", List.of(points));
    boolean fractions = Arrays.stream(points).allMatch(at -> at >= 0 && at <= 5);

    boolean anyPixel = CocoOutline.rasterize(points, new boolean[108], mask, 1);

    assertThat(anyPixel && !fractions && !outline.encloses()).isFalse();
  }
}
