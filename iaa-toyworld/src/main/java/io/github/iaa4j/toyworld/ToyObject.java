package io.github.iaa4j.toyworld;

/**
 * One object of a scene.
 *
 * @param className one of {@link ToyWorld#CLASS_NAMES}
 * @param colour the body colour, one of {@link ToyWorld#COLOUR_NAMES}
 * @param size {@code small}, {@code medium} or {@code large}, by the visible area
 * @param facing {@code left} or {@code right}
 * @param x left edge of the visible pixels, in pixels
 * @param y upper edge of the visible pixels, in pixels
 * @param width of the bounding box of the visible pixels
 * @param height of the bounding box of the visible pixels
 * @param areaFraction this object's visible pixels divided by the pixels of the image, in (0, 1]
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
