package io.github.iaa4j.core.dataset;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A real image without a mask, from wherever the caller keeps its pixels. */
record SuppliedImage(String id, List<String> labels, Supplier<RgbImage> pixels)
    implements LabeledImage {

  @Override
  public boolean generated() {
    return false;
  }

  @Override
  public RgbImage image() {
    return pixels.get();
  }

  @Override
  public Optional<LabelMask> mask() {
    return Optional.empty();
  }
}
