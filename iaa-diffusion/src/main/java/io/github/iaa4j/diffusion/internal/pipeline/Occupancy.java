package io.github.iaa4j.diffusion.internal.pipeline;

/**
 * How full batches were.
 *
 * @param liveRows of the UNet that belonged to a job
 * @param fullRows as there would have been if every batch had been full
 */
public record Occupancy(long liveRows, long fullRows) {

  /** The share of live rows, 0 to 1; 1 where nothing ran. */
  public double share() {
    return fullRows == 0 ? 1 : liveRows / (double) fullRows;
  }

  /** Both together. */
  public Occupancy plus(Occupancy other) {
    return new Occupancy(liveRows + other.liveRows, fullRows + other.fullRows);
  }
}
