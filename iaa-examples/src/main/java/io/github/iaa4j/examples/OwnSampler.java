package io.github.iaa4j.examples;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.core.settings.Description;

/** A custom sampler, such as one that calls a service; it has no steps to preview. */
public final class OwnSampler {

  private OwnSampler() {}

  /** What the service offers. */
  interface ImageService {
    RgbImage generate(String prompt, String negativePrompt, long seed);
  }

  /** One image after the other, each from its own seed alone. */
  record ServiceSampler(ImageService service) implements DiffusionSampler {
    /** Names what the service generates with: a run resumes with the same alone. */
    @Override
    public Description describe() {
      return Description.of("image service").with("model", "v1");
    }

    @Override
    public void generate(JobSource jobs, StepObserver observer) {
      for (GenerationJob job = jobs.poll(); job != null; job = jobs.poll()) {
        Prompt prompt = job.prompt();
        RgbImage image = service.generate(prompt.text(), prompt.negativePrompt(), job.seed());
        observer.onGenerated(new GeneratedImage(job, image, 1));
      }
    }

    @Override
    public void close() {}
  }
}
