package io.github.iaa4j.toyworld;

/**
 * One object of a scene.
 *
 * @param className one of {@link ToyWorld#CLASS_NAMES}
 * @param colour the body colour, one of {@link ToyWorld#COLOUR_NAMES}
 * @param size {@code small}, {@code medium} or {@code large}, by the visible area
 * @param facing {@code left} or {@code right}
 * @param x left edge of the visible pixels
 * @param y upper edge of the visible pixels
 * @param width of the visible pixels' box
 * @param height of the visible pixels' box
 * @param areaFraction visible pixels of this object over all pixels of the image
 */
public record ToyObject(
    String className,
    String colour,
    String size,
    String facing,
    int x,
    int y,
    int width,
    int height,
    double areaFraction) {}
