"""What the schedulers of diffusers do: part of make_goldens.py.

Each case is one scheduler class with one set of options and a number of steps. Its config is loaded
as a pipeline loads it (from_config), its model answers are noise from inputs.npy, and where it draws
noise it is given that of noises.npy in place of a generator's.
"""

import inspect
import itertools
import json
import warnings
from unittest import mock

import diffusers
import numpy as np
import torch

PLAYGROUND = dict(
    algorithm_type="dpmsolver++", dynamic_thresholding_ratio=0.995, euler_at_final=False,
    final_sigmas_type="zero", lower_order_final=True, num_train_timesteps=1000,
    prediction_type="epsilon", rho=7.0, sample_max_value=1.0, sigma_data=0.5, sigma_max=80.0,
    sigma_min=0.002, solver_order=2, solver_type="midpoint", thresholding=False,
)
SD = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
STEPS = [1, 2, 4, 10, 20, 50]
SOME = [10, 20]
FEW = [10]
VALUES = 8
# Heun asks 99 times in 50 steps.
ANSWERS = 2 * max(STEPS)

# Timesteps and sigmas of runs that state them.
CUSTOM = [999, 850, 736, 645, 545, 455, 343, 233, 124, 24]
CUSTOM_SIGMAS = [14.6, 6.4, 3.9, 2.7, 1.9, 1.4, 0.96, 0.65, 0.4, 0.15, 0.0]
CUSTOM_FLOW = [1.0, 0.9, 0.75, 0.6, 0.5, 0.3, 0.1]

TIMESTEP_KIND = ["DDIM", "DDPM", "PNDM", "LCM", "TCD"]
EXPLODING_KIND = ["LMSDiscrete", "EulerDiscrete", "EulerAncestralDiscrete", "HeunDiscrete"]
LOG_SNR_KIND = ["DPMSolverMultistep", "DPMSolverSinglestep", "UniPCMultistep", "DEISMultistep"]
EDM_KIND = ["EDMEuler", "EDMDPMSolverMultistep"]
BETA_KIND = TIMESTEP_KIND + EXPLODING_KIND + LOG_SNR_KIND
NAMES = [*BETA_KIND, "FlowMatchEulerDiscrete", *EDM_KIND]

WITH_SAMPLE = [n for n in BETA_KIND if n not in ["PNDM", "EulerAncestralDiscrete"]]
WITH_SPACING = ["DDIM", "DDPM", "PNDM", *EXPLODING_KIND, "DPMSolverMultistep", "UniPCMultistep",
                "DEISMultistep"]
WITH_SPREAD = ["LMSDiscrete", "EulerDiscrete", "HeunDiscrete", *LOG_SNR_KIND]
WITH_ZERO_SNR = ["DDIM", "DDPM", "LCM", "TCD", "EulerDiscrete", "EulerAncestralDiscrete",
                 "DPMSolverMultistep", "UniPCMultistep"]
WITH_THRESHOLDING = ["DDIM", "DDPM", "LCM", *LOG_SNR_KIND]
WITH_FINAL_SIGMAS = ["EulerDiscrete", "DPMSolverMultistep", "DPMSolverSinglestep", "UniPCMultistep"]


def option_sets(name):
    """Name, config, numbers of steps and arguments of every option set of one scheduler."""
    # Predictions are bounded in pipelines of latents neither by default nor by most configs.
    sd = dict(SD, clip_sample=False)
    if name == "PNDM":
        sd["skip_prk_steps"] = True
    yield "defaults", {}, STEPS, {}
    if name == "FlowMatchEulerDiscrete":
        yield from flow_match_sets()
        return
    if name in EDM_KIND:
        yield from edm_sets(name)
        return
    yield "stable diffusion", sd, STEPS, {}
    predictions = ["epsilon", "v_prediction"] + (["sample"] if name in WITH_SAMPLE else [])
    spacings = ["linspace", "leading", "trailing"] if name in WITH_SPACING else [None]
    for spacing, prediction in itertools.product(spacings, predictions):
        config = dict(sd, prediction_type=prediction)
        if spacing:
            config["timestep_spacing"] = spacing
        if spacing == "leading":
            config["steps_offset"] = 1
        yield f"{spacing or 'spacing'} {prediction}", config, SOME, {}
    yield "linear", dict(sd, beta_schedule="linear"), FEW, {}
    yield "cosine", dict(sd, beta_schedule="squaredcos_cap_v2"), SOME, {}
    trained = np.linspace(0.001, 0.02, 40).round(5).tolist()
    yield "trained betas", dict(
        sd, trained_betas=trained, num_train_timesteps=40, original_inference_steps=20
    ), FEW, {}
    if name in WITH_ZERO_SNR:
        zero = dict(sd, rescale_betas_zero_snr=True, prediction_type="v_prediction")
        yield "zero snr", dict(zero, timestep_spacing="trailing"), SOME, {}
        yield "zero snr linspace", dict(zero, timestep_spacing="linspace"), FEW, {}
    if name in WITH_SPREAD:
        yield from spread_sets(name, sd)
    if name in WITH_FINAL_SIGMAS:
        yield "final sigma_min", dict(sd, final_sigmas_type="sigma_min"), SOME, {}
    if name in WITH_THRESHOLDING:
        yield "thresholding", dict(
            sd, thresholding=True, dynamic_thresholding_ratio=0.8, sample_max_value=1.5
        ), SOME, {}
        yield "thresholding far", dict(
            sd, thresholding=True, sample_max_value=100.0, prediction_type="v_prediction"
        ), FEW, {}
    if name in ["DDIM", "DDPM", "LCM", "HeunDiscrete"]:
        yield "clipped", dict(sd, clip_sample=True, clip_sample_range=1.5), SOME, {}
    if name in ["DDIM", "PNDM"]:
        yield "last alpha", dict(sd, set_alpha_to_one=name == "PNDM", steps_offset=1), SOME, {}
    if name in ["DDPM", "LCM", "TCD", "EulerDiscrete", "HeunDiscrete", "DPMSolverMultistep",
                "DPMSolverSinglestep"]:
        yield "custom timesteps", sd, [None], {"timesteps": CUSTOM}
    yield from special_sets(name, sd)
    if name != "LMSDiscrete":
        # LMS weighs its first derivatives there as if there were some before them.
        yield "begins at 4", dict(sd, timestep_spacing="linspace"), FEW, {"begin": 4}


def spread_sets(name, sd):
    for spread in ["karras", "exponential", "beta"]:
        on = dict(sd, **{f"use_{spread}_sigmas": True})
        yield spread, on, SOME, {}
        yield f"{spread} leading", dict(on, timestep_spacing="leading"), FEW, {}
        yield f"{spread} cosine", dict(on, beta_schedule="squaredcos_cap_v2"), FEW, {}
        yield f"{spread} v final sigma_min", dict(
            on, prediction_type="v_prediction", final_sigmas_type="sigma_min"
        ), FEW, {}
        # LMS leaves the limits of Karras sigmas aside.
        if name != "LMSDiscrete" or spread != "karras":
            yield f"{spread} limits", dict(on, sigma_min=0.1, sigma_max=9.0), FEW, {}


def special_sets(name, sd):
    minimum = dict(sd, final_sigmas_type="sigma_min")
    if name == "DDIM":
        for eta in [0.5, 1.0]:
            yield f"eta {eta}", dict(sd, eta=eta), SOME, {}
        yield "eta clipped", dict(sd, eta=0.7, thresholding=True, sample_max_value=2.0), FEW, {}
    if name == "TCD":
        for eta in [0.3, 1.0]:
            yield f"eta {eta}", dict(sd, eta=eta), STEPS, {}
    if name == "DDPM":
        for variance in ["fixed_small_log", "fixed_large"]:
            yield variance, dict(sd, variance_type=variance), SOME, {}
    if name == "PNDM":
        for prediction in ["epsilon", "v_prediction"]:
            prk = dict(sd, skip_prk_steps=False, prediction_type=prediction)
            yield f"runge-kutta {prediction}", prk, STEPS, {}
            yield f"runge-kutta trailing {prediction}", dict(
                prk, timestep_spacing="trailing"
            ), FEW, {}
    if name in ["LCM", "TCD"]:
        yield "distilled at 100", dict(sd, original_inference_steps=100), [3, 7, *STEPS], {}
        yield "timestep scaling", dict(sd, timestep_scaling=0.01), FEW, {}
    if name == "EulerDiscrete":
        yield "log linear", dict(sd, interpolation_type="log_linear"), SOME, {}
        yield "continuous", dict(
            sd, timestep_type="continuous", prediction_type="v_prediction", use_karras_sigmas=True,
            sigma_min=0.002, sigma_max=700.0,
        ), SOME, {}
        yield "custom sigmas", sd, [None], {"sigmas": CUSTOM_SIGMAS}
    if name == "DPMSolverMultistep":
        for kind, solver, order in itertools.product(
            ["dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++"],
            ["midpoint", "heun"], [1, 2, 3],
        ):
            config = dict(minimum, algorithm_type=kind, solver_type=solver, solver_order=order)
            yield f"{kind} {solver} {order}", config, SOME, {}
        for kind in ["dpmsolver++", "sde-dpmsolver++"]:
            yield f"{kind} 3 to zero", dict(sd, algorithm_type=kind, solver_order=3), STEPS, {}
        yield "dpmsolver v", dict(
            minimum, algorithm_type="dpmsolver", prediction_type="v_prediction"
        ), FEW, {}
        yield "dpmsolver thresholding", dict(
            minimum, algorithm_type="dpmsolver", thresholding=True, sample_max_value=3.0
        ), FEW, {}
        yield "order 3 to the end", dict(
            minimum, solver_order=3, lower_order_final=False
        ), SOME, {}
        yield "euler at final", dict(
            minimum, solver_order=3, lower_order_final=False, euler_at_final=True
        ), SOME, {}
        yield "lu", dict(sd, use_lu_lambdas=True), SOME, {}
        yield "lu cosine", dict(
            sd, use_lu_lambdas=True, beta_schedule="squaredcos_cap_v2"
        ), FEW, {}
        yield "karras sde", dict(
            sd, use_karras_sigmas=True, algorithm_type="sde-dpmsolver++"
        ), STEPS, {}
        for spacing in ["linspace", "leading", "trailing"]:
            yield f"lambda clipped {spacing}", dict(
                sd, lambda_min_clipped=-2.0, timestep_spacing=spacing
            ), SOME, {}
    if name == "DPMSolverSinglestep":
        for kind, solver, order in itertools.product(
            ["dpmsolver", "dpmsolver++", "sde-dpmsolver++"], ["midpoint", "heun"], [1, 2, 3]
        ):
            config = dict(minimum, algorithm_type=kind, solver_type=solver, solver_order=order)
            yield f"{kind} {solver} {order}", config, [9, *SOME], {}
        yield "order 3 to zero", dict(sd, solver_order=3), [3, 5, *STEPS], {}
        yield "lower order final", dict(minimum, solver_order=3, lower_order_final=True), [
            3, 5, *STEPS
        ], {}
        yield "lambda clipped", dict(sd, lambda_min_clipped=-2.0), SOME, {}
    if name == "UniPCMultistep":
        for solver, order, predict_x0 in itertools.product(
            ["bh1", "bh2"], [1, 2, 3], [True, False]
        ):
            config = dict(minimum, solver_type=solver, solver_order=order, predict_x0=predict_x0)
            yield f"{solver} {order} {'x0' if predict_x0 else 'noise'}", config, SOME, {}
        yield "order 3 to zero", dict(sd, solver_order=3), STEPS, {}
        yield "order 3 to the end", dict(
            minimum, solver_order=3, lower_order_final=False
        ), SOME, {}
        yield "no corrector", dict(sd, solver_order=3, disable_corrector=[0, 1, 3]), SOME, {}
        yield "noise v", dict(minimum, predict_x0=False, prediction_type="v_prediction"), FEW, {}
        flow = dict(sd, use_flow_sigmas=True, prediction_type="flow_prediction")
        yield "custom flow sigmas", flow, [None], {"sigmas": CUSTOM_FLOW}
        for final in ["zero", "sigma_min"]:
            yield f"flow karras {final}", dict(
                flow, use_karras_sigmas=True, final_sigmas_type=final
            ), SOME, {}
        yield "flow terminal", dict(flow, flow_shift=3.0, shift_terminal=0.1), FEW, {}
    if name == "DEISMultistep":
        for order in [1, 2, 3]:
            yield f"order {order}", dict(sd, solver_order=order), STEPS, {}
            yield f"order {order} to the end", dict(
                sd, solver_order=order, lower_order_final=False
            ), FEW, {}
    if name in LOG_SNR_KIND:
        for shift in [1.0, 3.0]:
            flow = dict(
                sd, use_flow_sigmas=True, flow_shift=shift, prediction_type="flow_prediction"
            )
            yield f"flow {shift}", flow, SOME, {}
        yield "flow epsilon", dict(flow, prediction_type="epsilon"), FEW, {}


def flow_match_sets():
    for shift in [1.15, 3.0]:
        yield f"shift {shift}", dict(shift=shift), SOME, {}
    yield "terminal", dict(shift=3.0, shift_terminal=0.1), FEW, {}
    for spread in ["karras", "exponential", "beta"]:
        yield spread, {"shift": 3.0, f"use_{spread}_sigmas": True}, SOME, {}
    yield "inverted", dict(shift=3.0, invert_sigmas=True), FEW, {}
    yield "stochastic", dict(shift=3.0, stochastic_sampling=True), STEPS, {}
    yield "custom timesteps", dict(shift=3.0), [None], {"timesteps": CUSTOM}
    yield "custom sigmas", dict(shift=3.0), [None], {"sigmas": CUSTOM_FLOW}
    yield "custom both", dict(shift=3.0), [None], {
        "sigmas": CUSTOM_FLOW, "timesteps": [1000.0, 900.0, 700.0, 500.0, 300.0, 200.0, 50.0]
    }
    yield "begins at 4", {}, FEW, {"begin": 4}


def edm_sets(name):
    # The file of Playground v2.5, and what diffusers makes of a checkpoint of CosXL.
    yield "playground", PLAYGROUND, STEPS, {}
    cosxl = dict(sigma_data=1.0, sigma_schedule="exponential", prediction_type="v_prediction")
    yield "cosxl", cosxl, STEPS, {}
    yield "v", dict(prediction_type="v_prediction"), SOME, {}
    yield "limits", dict(sigma_min=0.1, sigma_max=9.0, sigma_data=0.7, rho=5.0), SOME, {}
    yield "exponential limits", dict(
        sigma_min=0.1, sigma_max=9.0, sigma_schedule="exponential"
    ), SOME, {}
    yield "final sigma_min", dict(final_sigmas_type="sigma_min"), SOME, {}
    yield "begins at 4", {}, FEW, {"begin": 4}
    if name == "EDMEuler":
        return
    for kind, solver, order in itertools.product(
        ["dpmsolver++", "sde-dpmsolver++"], ["midpoint", "heun"], [1, 2, 3]
    ):
        config = dict(algorithm_type=kind, solver_type=solver, solver_order=order)
        yield f"{kind} {solver} {order}", config, STEPS, {}
        yield f"{kind} {solver} {order} final sigma_min", dict(
            config, final_sigmas_type="sigma_min", euler_at_final=True
        ), SOME, {}
        yield f"{kind} {solver} {order} to sigma_min", dict(
            config, final_sigmas_type="sigma_min", lower_order_final=False
        ), SOME, {}
    yield "order 3 to the end", dict(solver_order=3, lower_order_final=False), SOME, {}
    yield "thresholding", dict(
        thresholding=True, dynamic_thresholding_ratio=0.8, sample_max_value=1.5
    ), SOME, {}
    yield "sde v", dict(cosxl, algorithm_type="sde-dpmsolver++"), SOME, {}
    yield "sde begins at 4", dict(algorithm_type="sde-dpmsolver++"), FEW, {"begin": 4}


def plan(name, config, steps, arguments):
    """The scheduler with its timesteps set."""
    cls = getattr(diffusers, name + "Scheduler")
    scheduler = cls.from_config({k: v for k, v in config.items() if k != "eta"})
    custom = {k: np.array(v) for k, v in arguments.items() if k != "begin"}
    scheduler.set_timesteps(**(custom or {"num_inference_steps": steps}))
    return scheduler


def trace(name, config, steps, arguments, inputs, noises):
    """One run: what is told of it, and the latents after each step."""
    scheduler = plan(name, config, steps, arguments)
    begin = arguments.get("begin", 0) * scheduler.order
    if hasattr(scheduler, "set_begin_index"):
        # Otherwise two equal timesteps at the start make diffusers skip a sigma.
        scheduler.set_begin_index(begin)
    scale = float(getattr(scheduler, "init_noise_sigma", 1.0))
    noise = torch.from_numpy(inputs[0].reshape(1, 2, 2, 2))
    x = noise * scale
    if begin:
        clean = torch.from_numpy(inputs[1].reshape(1, 2, 2, 2))
        if name == "FlowMatchEulerDiscrete":
            x = scheduler.scale_noise(clean, scheduler.timesteps[begin : begin + 1], noise)
        else:
            x = scheduler.add_noise(clean, noise, scheduler.timesteps[begin : begin + 1])
    told = dict(
        initial_scale=scale,
        timesteps=[float(t) for t in scheduler.timesteps],
        sigmas=[float(s) for s in getattr(scheduler, "sigmas", [])],
        input_scales=[],
    )
    takes_eta = "eta" in inspect.signature(scheduler.step).parameters
    eta = {"eta": config.get("eta", 0.0)} if takes_eta else {}
    rows = [x.numpy().reshape(-1)] if begin else []
    module = inspect.getmodule(type(scheduler))
    for i, t in enumerate(scheduler.timesteps):
        if i < begin:
            told["input_scales"].append(0.0)
            continue
        if hasattr(scheduler, "scale_model_input"):
            told["input_scales"].append(float(scheduler.scale_model_input(torch.ones(1), t)))
        else:
            told["input_scales"].append(1.0)
        answer = torch.from_numpy(inputs[1 + i].reshape(1, 2, 2, 2))
        fresh = torch.from_numpy(noises[i].reshape(1, 2, 2, 2))
        with mock.patch.object(module, "randn_tensor", lambda *_, **__: fresh, create=True):
            x = scheduler.step(answer, t, x, return_dict=False, **eta)[0]
        rows.append(x.numpy().reshape(-1))
    return told, rows


def shortest(values):
    """Numbers of float32, as short as they can be written."""
    return [float(str(np.float32(value))) for value in values]


def make_schedulers(folder):
    warnings.simplefilter("ignore")
    diffusers.logging.set_verbosity_error()
    folder.mkdir(parents=True)
    random = np.random.default_rng(1)
    # Row 0 is the initial noise, row 1 + i what the model answers at step i.
    inputs = random.standard_normal((1 + ANSWERS, VALUES)).astype("<f4")
    noises = random.standard_normal((ANSWERS, VALUES)).astype("<f4")
    np.save(folder / "inputs.npy", inputs)
    np.save(folder / "noises.npy", noises)
    cases, traces = [], []
    for name in NAMES:
        for label, config, counts, arguments in option_sets(name):
            for steps in counts:
                try:
                    told, rows = trace(name, config, steps, arguments, inputs, noises)
                except (ValueError, UnboundLocalError, IndexError, RuntimeError, TypeError) as e:
                    print(f"refused by diffusers: {name}, {label}, {steps}: {e}"[:120])
                    continue
                if not all(np.isfinite(row).all() for row in rows):
                    print(f"not a number in diffusers: {name}, {label}, {steps}")
                    continue
                told["initial_scale"] = shortest([told["initial_scale"]])[0]
                for key in ["timesteps", "sigmas", "input_scales"]:
                    told[key] = shortest(told[key])
                if all(scale == 1 for scale in told["input_scales"]):
                    del told["input_scales"]
                case = dict(name=label, scheduler=name + "Scheduler", config=config)
                asked = {k if k == "begin" else "custom_" + k: v for k, v in arguments.items()}
                case.update(steps=steps, **asked, **told, first_trace_row=len(traces))
                cases.append(case)
                traces.extend(rows)
    np.save(folder / "traces.npy", np.stack(traces).astype("<f4"))
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (folder / "cases.json").write_text("[\n" + lines + "\n]\n")
    print(len(cases), "cases,", len(traces), "rows")
