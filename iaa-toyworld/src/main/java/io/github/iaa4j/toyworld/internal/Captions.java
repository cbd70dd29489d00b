package io.github.iaa4j.toyworld.internal;

import io.github.iaa4j.toyworld.internal.Composer.Thing;
import java.util.ArrayList;
import java.util.List;

/** Describes a scene in one of many wordings, each of them true. */
final class Captions {
  private static final int BOAT = 2;
  private static final int CAT = 4;
  private static final int PERSON = 8;

  private final ToyRandom r;
  private final int setting;

  Captions(ToyRandom r, int setting) {
    this.r = r;
    this.setting = setting;
  }

  /**
   * @param things from the farthest to the nearest
   */
  String describe(List<Thing> things) {
    List<Thing> mixed = new ArrayList<>(things);
    for (int i = mixed.size() - 1; i > 0; i--) {
      int j = r.below(i + 1);
      Thing t = mixed.get(i);
      mixed.set(i, mixed.get(j));
      mixed.set(j, t);
    }
    boolean place = r.chance(0.72);
    String subject = subject(mixed, things);
    StringBuilder out = new StringBuilder();
    int form = place ? r.weighted(new double[] {0.52, 0.22, 0.1, 0.16}) : 4;
    switch (form) {
      case 0 ->
          out.append(prefix())
              .append(subject)
              .append(' ')
              .append(r.pick(Wording.PLACES.get(setting)));
      case 1 -> out.append(r.pick(Wording.PLACES.get(setting))).append(", ").append(subject);
      case 2 -> {
        String scene = r.pick(Wording.SCENES.get(setting));
        out.append(article(scene)).append(scene).append(" scene with ").append(subject);
      }
      case 3 -> {
        out.append(prefix()).append(subject).append(r.chance(0.5) ? " with " : ", ");
        out.append(r.pick(Wording.BACKGROUNDS.get(setting))).append(" in the background");
      }
      default -> out.append(prefix()).append(subject);
    }
    if (r.chance(0.2)) {
      out.append(", ").append(remark(mixed.get(0), mixed));
    }
    if (r.chance(0.35)) {
      String one = suffix();
      String two = suffix();
      out.append(", ").append(one);
      if (r.chance(0.5) && !two.equals(one)) {
        out.append(", ").append(two);
      }
    }
    if (r.chance(0.15)) {
      out.append('.');
    }
    return out.toString();
  }

  private String prefix() {
    return r.chance(0.5) ? r.pick(Wording.PREFIXES) + " " : "";
  }

  private String suffix() {
    boolean day = setting != Backdrop.NIGHT && setting != Backdrop.ROOM;
    return day && r.chance(0.35) ? r.pick(Wording.DAY_SUFFIXES) : r.pick(Wording.SUFFIXES);
  }

  private String subject(List<Thing> mixed, List<Thing> depth) {
    if (mixed.size() == 1) {
      Thing t = mixed.get(0);
      return phrase(t, false) + (r.chance(0.3) ? verb(t) : "") + where(t, 0.22) + facing(t, 0.15);
    }
    Thing a = mixed.get(0);
    Thing b = mixed.get(1);
    if (mixed.size() == 2) {
      if (a.classIndex() == b.classIndex() && r.chance(0.7)) {
        return pair(a, b);
      }
      String at = where(a, 0.07) + facing(a, 0.06);
      String first = phrase(a, false) + at;
      String second = phrase(b, a.classIndex() == b.classIndex());
      String joint = at.isEmpty() ? relation(a, b, depth) : " and ";
      return first + joint + second + facing(b, 0.06);
    }
    Thing c = mixed.get(2);
    String first = phrase(a, false);
    String second = phrase(b, a.classIndex() == b.classIndex());
    boolean again = c.classIndex() == a.classIndex() || c.classIndex() == b.classIndex();
    String third = phrase(c, again);
    return switch (r.below(4)) {
      case 0 -> first + relation(a, b, depth) + second + " and " + third;
      case 1 -> first + " and " + second + relation(b, c, depth) + third;
      default -> first + ", " + second + (r.chance(0.6) ? " and " : ", and ") + third;
    };
  }

  private String pair(Thing a, Thing b) {
    List<String> plurals = Wording.PLURALS.get(a.classIndex());
    String many = r.chance(0.6) ? plurals.get(0) : r.pick(plurals);
    String number = r.chance(0.8) ? "two " : r.chance(0.5) ? "a pair of " : "a couple of ";
    if (a.colour() == b.colour() && a.classIndex() != PERSON && r.chance(0.7)) {
      return number + colour(a) + " " + many;
    }
    if (a.colour() != b.colour() && a.classIndex() != PERSON && r.chance(0.35)) {
      return number + many + ", one " + colour(a) + " and one " + colour(b);
    }
    return number + many + (r.chance(0.25) ? " next to each other" : "");
  }

  /** Article, size, colour and noun, in that order; for a person, the clothes. */
  private String phrase(Thing t, boolean another) {
    StringBuilder words = new StringBuilder();
    if (r.chance(0.28)) {
      words.append(size(t)).append(' ');
    } else if (r.chance(0.05)) {
      words.append(r.pick(Wording.FLAVOURS)).append(' ');
    }
    boolean coloured = r.chance(0.62);
    String after = "";
    if (coloured) {
      if (t.classIndex() == PERSON && r.chance(0.85)) {
        after = clothes(t);
      } else {
        words.append(colour(t)).append(' ');
      }
    }
    words.append(noun(t));
    String text = words.toString();
    return (another ? "another " : article(text)) + text + after;
  }

  private String clothes(Thing t) {
    String c = colour(t);
    return switch (r.below(6)) {
      case 0 -> " in " + c;
      case 1 -> " wearing " + c;
      case 2 -> " in " + article(c) + c + " shirt";
      case 3 -> " wearing " + article(c) + c + " shirt";
      case 4 -> " with " + article(c) + c + " shirt";
      default -> " dressed in " + c;
    };
  }

  private String noun(Thing t) {
    List<String> nouns = Wording.NOUNS.get(t.classIndex());
    if (r.chance(0.56)) {
      return nouns.get(0);
    }
    if (t.classIndex() == PERSON && r.chance(0.65)) {
      return r.pick(t.longHair() ? Wording.WOMEN : Wording.MEN);
    }
    return r.pick(nouns);
  }

  private String colour(Thing t) {
    List<String> words = Wording.COLOURS.get(t.colour());
    return r.chance(0.7) ? words.get(0) : r.pick(words);
  }

  private String size(Thing t) {
    return switch (t.size()) {
      case "small" -> r.pick(t.area() < 0.06 ? Wording.SMALL : Wording.SMALL.subList(0, 2));
      case "medium" -> r.pick(Wording.MEDIUM);
      default -> r.pick(t.area() > 0.26 ? Wording.LARGE : Wording.LARGE.subList(0, 2));
    };
  }

  private String verb(Thing t) {
    return switch (t.posture()) {
      case STANDING -> " standing";
      case WALKING -> " walking";
      case SITTING -> " sitting";
      case FLYING -> r.chance(0.7) ? " flying" : " in flight";
      case LANDED -> r.chance(0.5) ? " parked" : " on its wheels";
      case FLOATING -> setting == 1 ? (r.chance(0.5) ? " sailing" : " floating") : " with sails";
      case PARKED -> r.chance(0.6) ? " parked" : " seen from the side";
    };
  }

  private String where(Thing t, double probability) {
    if (!r.chance(probability)) {
      return "";
    }
    double x = t.centreX();
    if (x < 0.4) {
      return r.chance(0.6) ? " on the left" : " on the left side";
    }
    if (x > 0.6) {
      return r.chance(0.6) ? " on the right" : " on the right side";
    }
    return switch (r.below(4)) {
      case 0 -> " in the centre";
      case 1 -> " in the center";
      case 2 -> " in the middle";
      default -> " in the middle of the picture";
    };
  }

  private String facing(Thing t, double probability) {
    // These are drawn from the front, or look the same from both ends.
    boolean frontal =
        t.classIndex() == PERSON
            || t.classIndex() == BOAT
            || (t.classIndex() == CAT && t.posture() == Posture.SITTING);
    if (frontal || !r.chance(probability)) {
      return "";
    }
    String side = t.facesRight() ? "right" : "left";
    return switch (r.below(3)) {
      case 0 -> " facing " + side;
      case 1 -> " facing to the " + side;
      default -> " looking " + side;
    };
  }

  private String relation(Thing a, Thing b, List<Thing> depth) {
    List<String> options = new ArrayList<>(List.of(" and ", " and ", " with "));
    double dx = a.centreX() - b.centreX();
    double dy = a.centreY() - b.centreY();
    int gap = Math.max(a.x0(), b.x0()) - Math.min(a.x1(), b.x1());
    if (Math.abs(dx) > 0.2 && gap < 10) {
      options.addAll(List.of(" next to ", " beside ", " near ", " by ", " close to "));
    }
    if (dx < -0.2) {
      options.addAll(List.of(" to the left of ", " left of "));
    }
    if (dx > 0.2) {
      options.addAll(List.of(" to the right of ", " right of "));
    }
    if (dy < -0.3 && gap < 0) {
      options.addAll(List.of(" above ", " over "));
    }
    if (dy > 0.3 && gap < 0) {
      options.addAll(List.of(" below ", " under "));
    }
    if (gap < -6) {
      boolean nearer = depth.indexOf(a) > depth.indexOf(b);
      options.addAll(
          nearer ? List.of(" in front of ", " before ") : List.of(" behind ", " in back of "));
    }
    return r.pick(options);
  }

  private String remark(Thing t, List<Thing> all) {
    long same = all.stream().filter(o -> o.classIndex() == t.classIndex()).count();
    if (same > 1) {
      return "the background is " + r.pick(Wording.BACKGROUNDS.get(setting));
    }
    String noun = "the " + noun(t);
    return switch (r.below(4)) {
      case 0 -> noun + (t.classIndex() == PERSON ? " wears " : " is ") + colour(t);
      case 1 -> noun + " is " + size(t);
      case 2 -> {
        String at = where(t, 1);
        yield noun + " is" + at;
      }
      default -> "the background is " + r.pick(Wording.BACKGROUNDS.get(setting));
    };
  }

  private static String article(String text) {
    return "aeiou".indexOf(text.charAt(0)) >= 0 ? "an " : "a ";
  }
}
