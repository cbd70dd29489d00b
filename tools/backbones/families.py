"""A tiny network of each family that iaa4j fine-tunes, with random weights."""

import math
from functools import partial

import torch
from timm.models._efficientnet_builder import decode_arch_def, round_channels
from timm.models._efficientnet_blocks import SqueezeExcite
from timm.models.convnext import ConvNeXt
from timm.models.efficientnet import EfficientNet
from timm.models.mobilenetv3 import MobileNetV3
from timm.models.resnet import BasicBlock, Bottleneck, ResNet
from timm.models.vision_transformer import VisionTransformer
from timm.models.deit import VisionTransformerDistilled
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModel, Dinov2Config, Dinov2Model
from transformers import Dinov2WithRegistersConfig, Dinov2WithRegistersModel

import backbones

# Blocks with a stride change their width, as in the real networks: without one they would be given a
# shortcut when their stride is removed.
# The side of the images: convolutional networks reach stride 32, tokens are 8 pixels wide.
SIZE = 64
TOKEN_SIZE = 32
PATCH = 8


def _effnet(arch, act, stem=8, kind=EfficientNet, **arguments):
    return kind(
        block_args=decode_arch_def(arch),
        num_classes=0,
        num_features=24,
        stem_size=stem,
        round_chs_fn=partial(round_channels, multiplier=1.0, divisor=4),
        act_layer=act,
        **arguments,
    )


def _vit(**arguments):
    return VisionTransformer(
        img_size=TOKEN_SIZE, patch_size=PATCH, embed_dim=16, depth=2, num_heads=2, mlp_ratio=2, num_classes=0, **arguments
    )


def _mobilenet_v3(output_stride):
    arch = [
        ["ds_r1_k3_s2_e1_c4_se0.25_nre"],
        ["ir_r1_k3_s2_e3_c8_nre"],
        ["ir_r1_k5_s2_e3_c12_se0.25", "ir_r1_k5_s1_e2_c12_se0.25"],
        ["ir_r1_k5_s2_e2_c16_se0.25"],
        ["cn_r1_k1_s1_c24"],
    ]
    arguments = {
        "block_args": decode_arch_def(arch),
        "stem_size": 8,
        "round_chs_fn": partial(round_channels, multiplier=1.0, divisor=4),
        "act_layer": nn.Hardswish,
        "se_layer": partial(SqueezeExcite, gate_layer="hard_sigmoid", force_act_layer=nn.ReLU),
    }
    model = MobileNetV3(num_classes=0, num_features=24, **arguments)
    # This class of timm has no output strides.
    if output_stride <= 16:
        _dilate(model.blocks[3][0].conv_dw, 32 // output_stride // 2)
    if output_stride <= 8:
        _dilate(model.blocks[2][0].conv_dw, 1)
        _dilate(model.blocks[2][1].conv_dw, 2)
    return backbones.timm_features(model)


def _dilate(conv, rate):
    conv.stride = (1, 1)
    conv.dilation = (rate, rate)
    conv.padding = tuple(rate * (kernel // 2) for kernel in conv.kernel_size)


class AlignedConv(nn.Conv2d):
    """
    A convolution of an even kernel with all its padding behind: the elements that the network had
    before its stride was removed stay where they were. timm splits the padding, which shifts them.
    """

    def forward(self, x):
        reach = [(kernel - 1) * rate for kernel, rate in zip(self.kernel_size, self.dilation)]
        x = nn.functional.pad(x, (0, reach[1], 0, reach[0]))
        return nn.functional.conv2d(x, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


def align(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size[0] % 2 == 0 and module.stride[0] == 1:
            module.__class__ = AlignedConv
    return model


def _tokens(prefix, table, table_prefix):
    return {"prefix": prefix, "patch": PATCH, "table": table, "tablePrefix": table_prefix}


def families(output_stride=32):
    """name -> (model, tokens or None, optimiser); the stride is that of convolutional networks"""
    torch.manual_seed(0)
    timm, hf = backbones.timm_features, backbones.transformers_features
    vit = {
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": TOKEN_SIZE,
        "patch_size": PATCH,
        "attn_implementation": "eager",
    }
    table = "backbone.embeddings.position_embeddings"
    return {
        "resnet-basic": (timm(ResNet(BasicBlock, [1, 1, 1, 1], 0, stem_width=4, channels=(4, 6, 8, 12), output_stride=output_stride)), None, "sgd"),
        "resnet-bottleneck": (
            timm(ResNet(Bottleneck, [1, 1, 1, 1], 0, stem_width=4, channels=(2, 3, 4, 5), output_stride=output_stride)),
            None,
            "sgd",
        ),
        "efficientnet-lite": (
            timm(
                _effnet(
                    [["ds_r1_k3_s1_e1_c4"], ["ir_r2_k3_s2_e3_c8"], ["ir_r1_k5_s2_e2_c12"], ["ir_r1_k3_s2_e2_c8"],
                     ["ir_r2_k5_s1_e2_c12"], ["ir_r1_k3_s2_e2_c16"]],
                    nn.ReLU6,
                    output_stride=output_stride,
                )
            ),
            None,
            "sgd",
        ),
        "efficientnet": (
            timm(
                _effnet(
                    [["ds_r1_k3_s1_e1_c4_se0.25"], ["ir_r1_k3_s2_e3_c8_se0.25"], ["ir_r2_k5_s2_e2_c12_se0.25"],
                     ["ir_r1_k3_s2_e2_c8_se0.25"], ["ir_r1_k5_s2_e2_c12_se0.25"]],
                    nn.SiLU,
                    output_stride=output_stride,
                )
            ),
            None,
            "sgd",
        ),
        "mobilenet-v2": (
            timm(
                _effnet(
                    [["ds_r1_k3_s1_c4"], ["ir_r2_k3_s2_e3_c8"], ["ir_r1_k3_s2_e2_c12"], ["ir_r1_k3_s2_e2_c8"],
                     ["ir_r1_k3_s2_e3_c12"]],
                    nn.ReLU6,
                    output_stride=output_stride,
                )
            ),
            None,
            "sgd",
        ),
        "mobilenet-v3": (_mobilenet_v3(output_stride), None, "sgd"),
        "convnext": (
            timm(
                ConvNeXt(
                    num_classes=0,
                    depths=(1, 1, 1, 1),
                    dims=(4, 8, 12, 16),
                    ls_init_value=0.5,
                    output_stride=output_stride,
                )
            ),
            None,
            "adamw",
        ),
        "vit": (timm(_vit()), _tokens(1, "backbone.pos_embed", 1), "adamw"),
        "vit-registers": (
            timm(_vit(reg_tokens=2, no_embed_class=True, init_values=0.3)),
            _tokens(3, "backbone.pos_embed", 0),
            "adamw",
        ),
        "deit-distilled": (
            timm(
                VisionTransformerDistilled(
                    img_size=TOKEN_SIZE, patch_size=PATCH, embed_dim=16, depth=2, num_heads=2, mlp_ratio=2, num_classes=0
                )
            ),
            _tokens(2, "backbone.pos_embed", 2),
            "adamw",
        ),
        "dinov2": (hf(Dinov2Model(Dinov2Config(mlp_ratio=2, **vit))), _tokens(1, table, 1), "adamw"),
        "dinov2-dynamic": (
            hf(Dinov2Model(Dinov2Config(mlp_ratio=2, **vit)), plain_table=False),
            _tokens(1, None, 1),
            "adamw",
        ),
        "dinov2-registers": (
            hf(Dinov2WithRegistersModel(Dinov2WithRegistersConfig(mlp_ratio=2, num_register_tokens=2, **vit))),
            _tokens(3, table, 1),
            "adamw",
        ),
        "clip": (
            hf(CLIPVisionModel(CLIPVisionConfig(intermediate_size=32, **vit))),
            _tokens(1, "POSITION", 1),
            "adamw",
        ),
    }


def randomise(model, generator):
    """Weights of the usual size and statistics of BatchNorm that are not the first ones."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() > 1 and not any(part in name for part in ("pos", "token")):
                parameter.copy_(noise / math.sqrt(max(1, parameter[0].numel())) * 1.4)
            elif parameter.dim() > 1:
                parameter.copy_(noise * 0.3)
            else:
                parameter.copy_(parameter + noise * 0.1)
        for name, buffer in model.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(torch.randn(buffer.shape, generator=generator) * 0.1)
            elif name.endswith("running_var"):
                buffer.copy_(1 + torch.rand(buffer.shape, generator=generator))
