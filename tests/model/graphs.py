# SPDX-License-Identifier: LGPL-2.1-or-later
"""Graphs for the tests of the Model Interpreter, built with python3-onnx.

Weights have shapes and no contents: they are said to be in a file that is not
there, which is also how very large models come.
"""
import math

import onnx
from onnx import TensorProto as T, helper


class Graph:
    """Nodes in order; each operator returns the name of its output."""

    def __init__(self, opset=13):
        self.opset, self.nodes, self.weights, self.inputs, self.n = opset, [], [], [], 0

    def name(self, what):
        self.n += 1
        return f"{what}_{self.n}"

    def input(self, name, shape, kind=T.FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def weight(self, *shape, kind=T.FLOAT):
        t = T(name=self.name("w"), data_type=kind, dims=shape, data_location=T.EXTERNAL)
        t.external_data.add(key="location", value="absent.bin")
        self.weights.append(t)
        return t.name

    def ints(self, *values):
        self.weights.append(helper.make_tensor(self.name("i"), T.INT64, [len(values)], values))
        return self.weights[-1].name

    def floats(self, *values):
        self.weights.append(helper.make_tensor(self.name("f"), T.FLOAT, [len(values)], values))
        return self.weights[-1].name

    def scalar(self, value):
        self.weights.append(helper.make_tensor(self.name("s"), T.FLOAT, [], [value]))
        return self.weights[-1].name

    def op(self, kind, *inputs, outputs=1, **attributes):
        out = [self.name(kind) for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, out, name=out[0], **attributes))
        return out[0] if outputs == 1 else out

    def model(self, *outputs):
        shapes = [helper.make_empty_tensor_value_info(o) for o in outputs]
        graph = helper.make_graph(self.nodes, "g", self.inputs, shapes, self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])

    # What networks are made of

    def conv(self, x, cin, cout, k, stride=1, groups=1, bias=False, pad=None):
        pad = k // 2 if pad is None else pad
        args = [x, self.weight(cout, cin // groups, k, k)] + ([self.weight(cout)] if bias else [])
        return self.op("Conv", *args, strides=[stride] * 2, pads=[pad] * 4, group=groups, kernel_shape=[k, k])

    def norm(self, x, c):
        return self.op("BatchNormalization", x, *(self.weight(c) for _ in range(4)))

    def linear(self, x, cin, cout, bias=True):
        y = self.op("MatMul", x, self.weight(cin, cout))
        return self.op("Add", y, self.weight(cout)) if bias else y

    def silu(self, x):
        return self.op("Mul", x, self.op("Sigmoid", x))

    def layer_norm(self, x, d):
        """As exporters wrote it before opset 17."""
        centred = self.op("Sub", x, self.op("ReduceMean", x, axes=[-1]))
        var = self.op("ReduceMean", self.op("Pow", centred, self.scalar(2)), axes=[-1])
        y = self.op("Div", centred, self.op("Sqrt", self.op("Add", var, self.scalar(1e-5))))
        return self.op("Add", self.op("Mul", y, self.weight(d)), self.weight(d))

    def gelu(self, x):
        y = self.op("Add", self.op("Erf", self.op("Div", x, self.scalar(math.sqrt(2)))), self.scalar(1))
        return self.op("Mul", self.op("Mul", x, y), self.scalar(0.5))

    def heads(self, x, n, size, key=False):
        y = self.op("Reshape", x, self.ints(0, -1, n, size))
        return self.op("Transpose", y, perm=[0, 2, 3, 1] if key else [0, 2, 1, 3])

    def attend(self, q, k, v, n, d, mask=None):
        s = self.op("MatMul", self.heads(q, n, d // n), self.heads(k, n, d // n, key=True))
        s = self.op("Div", s, self.scalar(math.sqrt(d // n)))
        s = mask(s) if mask else s
        y = self.op("MatMul", self.op("Softmax", s, axis=-1), self.heads(v, n, d // n))
        return self.op("Reshape", self.op("Transpose", y, perm=[0, 2, 1, 3]), self.ints(0, -1, d))


def vgg19():
    g = Graph()
    x, c = g.input("x", ["batch", 3, 224, 224]), 3
    for count, width in ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512)):
        for _ in range(count):
            x, c = g.op("Relu", g.conv(x, c, width, 3, bias=True)), width
        x = g.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x, c = g.op("Flatten", x), 25088
    for width in (4096, 4096, 1000):
        x, c = g.op("Gemm", x, g.weight(width, c), g.weight(width), transB=1), width
    return g.model(x)


def resnet(blocks):
    g = Graph()
    x = g.op("Relu", g.norm(g.conv(g.input("x", ["batch", 3, 224, 224]), 3, 64, 7, 2), 64))
    x, c = g.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4), 64
    for i, count in enumerate(blocks):
        w = 64 << i
        for j in range(count):
            stride = 2 if i and not j else 1
            y = g.op("Relu", g.norm(g.conv(x, c, w, 1), w))
            y = g.op("Relu", g.norm(g.conv(y, w, w, 3, stride), w))
            y = g.norm(g.conv(y, w, 4 * w, 1), 4 * w)
            x = g.norm(g.conv(x, c, 4 * w, 1, stride), 4 * w) if not j else x
            x, c = g.op("Relu", g.op("Add", y, x)), 4 * w
    x = g.op("Flatten", g.op("GlobalAveragePool", x))
    return g.model(g.op("Gemm", x, g.weight(1000, c), g.weight(1000), transB=1))


def mobilenet_v2():
    g = Graph(11)
    six = lambda y: g.op("Clip", y, g.scalar(0), g.scalar(6))
    x, c = six(g.norm(g.conv(g.input("x", ["batch", 3, 224, 224]), 3, 32, 3, 2), 32)), 32
    for t, width, count, first in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
                                   (6, 160, 3, 2), (6, 320, 1, 1)):
        for j in range(count):
            stride, wide = first if not j else 1, c * t
            y = six(g.norm(g.conv(x, c, wide, 1), wide)) if t > 1 else x
            y = six(g.norm(g.conv(y, wide, wide, 3, stride, groups=wide), wide))
            y = g.norm(g.conv(y, wide, width, 1), width)
            x, c = g.op("Add", x, y) if stride == 1 and c == width else y, width
    x = g.op("GlobalAveragePool", six(g.norm(g.conv(x, c, 1280, 1), 1280)))
    # As exporters write x.view(x.size(0), -1)
    batch = g.op("Unsqueeze", g.op("Gather", g.op("Shape", x), g.op("Constant", value_int=0), axis=0), axes=[0])
    x = g.op("Reshape", x, g.op("Concat", batch, g.ints(-1), axis=0))
    return g.model(g.op("Gemm", x, g.weight(1000, 1280), g.weight(1000), transB=1))


def efficientnet_b0():
    g = Graph()
    x, c = g.silu(g.norm(g.conv(g.input("x", ["batch", 3, 224, 224]), 3, 32, 3, 2), 32)), 32
    for t, k, first, width, count in ((1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3),
                                      (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1)):
        for j in range(count):
            stride, wide, narrow = first if not j else 1, c * t, max(1, c // 4)
            y = g.silu(g.norm(g.conv(x, c, wide, 1), wide)) if t > 1 else x
            y = g.silu(g.norm(g.conv(y, wide, wide, k, stride, groups=wide), wide))
            s = g.silu(g.conv(g.op("GlobalAveragePool", y), wide, narrow, 1, bias=True))
            y = g.op("Mul", g.op("Sigmoid", g.conv(s, narrow, wide, 1, bias=True)), y)
            y = g.norm(g.conv(y, wide, width, 1), width)
            x, c = g.op("Add", x, y) if stride == 1 and c == width else y, width
    x = g.op("Flatten", g.op("GlobalAveragePool", g.silu(g.norm(g.conv(x, c, 1280, 1), 1280))))
    return g.model(g.op("Gemm", x, g.weight(1000, 1280), g.weight(1000), transB=1))


def yolov8n():
    """640 x 640, batch normalisation folded into the convolutions, as it is exported."""
    g = Graph(13)
    conv = lambda y, a, b, k=1, s=1: g.silu(g.conv(y, a, b, k, s, bias=True))

    def c2f(y, a, b, count, shortcut):
        half = b // 2
        parts = list(g.op("Split", conv(y, a, b), g.ints(half, half), outputs=2, axis=1))
        for _ in range(count):
            z = conv(conv(parts[-1], half, half, 3), half, half, 3)
            parts.append(g.op("Add", parts[-1], z) if shortcut else z)
        return conv(g.op("Concat", *parts, axis=1), half * len(parts), b)

    up = lambda y: g.op("Resize", y, "", g.floats(1, 1, 2, 2), mode="nearest")
    cat = lambda *y: g.op("Concat", *y, axis=1)
    x = c2f(conv(conv(g.input("images", ["batch", 3, 640, 640]), 3, 16, 3, 2), 16, 32, 3, 2), 32, 32, 1, True)
    p3 = c2f(conv(x, 32, 64, 3, 2), 64, 64, 2, True)
    p4 = c2f(conv(p3, 64, 128, 3, 2), 128, 128, 2, True)
    p5 = c2f(conv(p4, 128, 256, 3, 2), 256, 256, 1, True)
    pools = [conv(p5, 256, 128)]
    for _ in range(3):
        pools.append(g.op("MaxPool", pools[-1], kernel_shape=[5, 5], pads=[2] * 4, strides=[1, 1]))
    p5 = conv(cat(*pools), 512, 256)
    p4 = c2f(cat(up(p5), p4), 384, 128, 1, False)
    p3 = c2f(cat(up(p4), p3), 192, 64, 1, False)
    p4 = c2f(cat(conv(p3, 64, 64, 3, 2), p4), 192, 128, 1, False)
    p5 = c2f(cat(conv(p4, 128, 128, 3, 2), p5), 384, 256, 1, False)
    found = []
    for y, c in ((p3, 64), (p4, 128), (p5, 256)):
        box = g.conv(conv(conv(y, c, 64, 3), 64, 64, 3), 64, 64, 1, bias=True)
        cls = g.conv(conv(conv(y, c, 80, 3), 80, 80, 3), 80, 80, 1, bias=True)
        found.append(g.op("Reshape", cat(box, cls), g.ints(0, 144, -1)))
    box, cls = g.op("Split", g.op("Concat", *found, axis=2), g.ints(64, 80), outputs=2, axis=1)
    box = g.op("Transpose", g.op("Reshape", box, g.ints(0, 4, 16, 8400)), perm=[0, 2, 1, 3])
    box = g.conv(g.op("Softmax", box, axis=1), 16, 1, 1)
    return g.model(cat(g.op("Reshape", box, g.ints(0, 4, 8400)), g.op("Sigmoid", cls)))


def encoder(g, x, d, n, before):
    """One block; before: norms come before what they feed (ViT), or after the sums (BERT)."""
    y = g.layer_norm(x, d) if before else x
    y = g.linear(g.attend(*(g.linear(y, d, d) for _ in range(3)), n, d), d, d)
    x = g.op("Add", x, y)
    x = x if before else g.layer_norm(x, d)
    y = g.layer_norm(x, d) if before else x
    x = g.op("Add", x, g.linear(g.gelu(g.linear(y, d, 4 * d)), 4 * d, d))
    return x if before else g.layer_norm(x, d)


def bert(d, n, layers):
    g = Graph(12)
    ids = [g.input(i, ["batch", "sequence"], T.INT64) for i in ("input_ids", "token_type_ids")]
    x = g.op("Add", g.op("Gather", g.weight(30522, d), ids[0]), g.op("Gather", g.weight(2, d), ids[1]))
    length = g.op("Gather", g.op("Shape", ids[0]), g.ints(1))
    places = g.op("Slice", g.weight(1, 512, kind=T.INT64), g.ints(0), length, g.ints(1))
    x = g.layer_norm(g.op("Add", x, g.op("Gather", g.weight(512, d), places)), d)
    for _ in range(layers):
        x = encoder(g, x, d, n, False)
    first = g.op("Gather", x, g.op("Constant", value_int=0), axis=1)
    return g.model(x, g.op("Tanh", g.op("Gemm", first, g.weight(d, d), g.weight(d), transB=1)))


def vit_b16():
    g = Graph()
    x = g.conv(g.input("x", ["batch", 3, 224, 224]), 3, 768, 16, 16, bias=True, pad=0)
    x = g.op("Transpose", g.op("Reshape", x, g.ints(0, 768, -1)), perm=[0, 2, 1])
    batch = g.op("Slice", g.op("Shape", x), g.ints(0), g.ints(1))
    token = g.op("Expand", g.weight(1, 1, 768), g.op("Concat", batch, g.ints(1, 768), axis=0))
    x = g.op("Add", g.op("Concat", token, x, axis=1), g.weight(1, 197, 768))
    for _ in range(12):
        x = encoder(g, x, 768, 12, True)
    x = g.op("Gather", g.layer_norm(x, 768), g.op("Constant", value_int=0), axis=1)
    return g.model(g.linear(x, 768, 1000))


def gpt2():
    g = Graph()
    ids, d = g.input("input_ids", ["batch", "sequence"], T.INT64), 768
    words = g.weight(50257, d)
    length = g.op("Gather", g.op("Shape", ids), g.ints(1))
    places = g.op("Slice", g.weight(1, 1024, kind=T.INT64), g.ints(0), length, g.ints(1))
    x = g.op("Add", g.op("Gather", words, ids), g.op("Gather", g.weight(1024, d), places))
    past = g.weight(1, 1, 1024, 1024, kind=T.BOOL)

    def mask(s):
        m = g.op("Slice", g.op("Slice", past, g.ints(0), length, g.ints(2)), g.ints(0), length, g.ints(3))
        return g.op("Where", m, s, g.scalar(-1e4))

    for _ in range(12):
        qkv = g.op("Split", g.linear(g.layer_norm(x, d), d, 3 * d), g.ints(d, d, d), outputs=3, axis=2)
        x = g.op("Add", x, g.linear(g.attend(*qkv, 12, d, mask), d, d))
        x = g.op("Add", x, g.linear(g.gelu(g.linear(g.layer_norm(x, d), d, 4 * d)), 4 * d, d))
    x = g.layer_norm(x, d)
    return g.model(g.op("MatMul", x, g.op("Transpose", words, perm=[1, 0])))
