"""Writes the golden values of the real Keras that the Java layers are held to.

    python -m venv venv && venv/bin/pip install -r requirements.txt
    KERAS_BACKEND=torch      venv/bin/python golden.py            writes ../resources/golden
    KERAS_BACKEND=tensorflow venv/bin/python golden.py --check    compares another backend with the files

Every configuration is one row of index.csv (id, layer, options) and one ID.npz of float32 arrays:

    x            input (channels last), x2 the input of a second call of a stateful layer
    w0, w1, ...  weights in Keras' order: kernel, recurrent kernel, bias; gamma, beta, moving mean, moving variance
    h0, c0       initial state                     hT, cT    final state
    mask         (B, T), 1 = use, 0 = skip
    dropout_mask, recurrent_dropout_mask           the masks Keras drew, one per gate, 1/(1 - rate) included
    y            output, y2 of the second call, y3 of a call with x after reset_state()
    dy, dhT, dcT random cotangents: loss = sum(y*dy) + sum(hT*dhT) + sum(cT*dcT) + reg_loss
    dx, dw0, ... gradients of that loss (of the second call, if there is one), and dh0, dc0
    init0, ...   the weights as Keras initialises them, where they are not random

Shapes are lopsided on purpose (kernel height != width, H != W, C != F, B != T), and nothing is symmetric or
constant, so that a swapped gate, a flipped or transposed kernel or a shifted padding cannot go unseen.
"""

import argparse
import csv
import os
import pathlib
import platform
import zlib

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "resources" / "golden"
BACKEND = keras.backend.backend()


@keras.saving.register_keras_serializable()
def hard_sigmoid_keras2(x):
    """The hard sigmoid of Keras 1 and 2: 0.2 x + 0.5, clipped to [0, 1]."""
    return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)


def activation(name):
    return hard_sigmoid_keras2 if name == "hard_sigmoid_keras2" else name


# ---------------------------------------------------------------- one place that knows the backend


def value_and_gradients(function, tensors, variables):
    """Runs function(*tensors) -> (loss, results) and differentiates loss by the tensors and the variables."""
    if BACKEND == "torch":
        import torch

        inputs = [torch.tensor(t, requires_grad=True) for t in tensors]
        values = [v.value for v in variables]
        loss, results = function(*inputs)
        gradients = torch.autograd.grad(loss, inputs + values, allow_unused=True)
    else:
        import tensorflow as tf

        inputs = [tf.constant(t) for t in tensors]
        values = [v.value for v in variables]
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss, results = function(*inputs)
        gradients = tape.gradient(loss, inputs + values)
    gradients = [
        np.zeros(np.shape(of), "float32") if g is None else to_numpy(g)
        for g, of in zip(gradients, list(tensors) + [v.numpy() for v in variables])
    ]
    n = len(tensors)
    return to_numpy(loss), [to_numpy(r) for r in results], gradients[:n], gradients[n:]


def to_numpy(tensor):
    return np.array(keras.ops.convert_to_numpy(tensor), dtype="float32")


class RecordedDropout:
    """Keeps every mask that Keras draws for a recurrent cell, in the order of drawing."""

    def __enter__(self):
        from keras.src.layers.rnn import dropout_rnn_cell

        self.module, self.masks = dropout_rnn_cell.backend.random, []
        self.original = self.module.dropout

        def dropout(inputs, rate, noise_shape=None, seed=None):
            mask = self.original(inputs, rate, noise_shape=noise_shape, seed=seed)
            self.masks.append(to_numpy(mask))
            return mask

        self.module.dropout = dropout
        return self

    def __exit__(self, *unused):
        self.module.dropout = self.original


class ReplayedDropout:
    """Hands stored masks to Keras instead of drawing, so that another backend can be compared."""

    def __init__(self, masks):
        self.masks = list(masks)

    def __enter__(self):
        from keras.src.layers.rnn import dropout_rnn_cell

        self.module = dropout_rnn_cell.backend.random
        self.original = self.module.dropout
        remaining = list(self.masks)
        self.module.dropout = lambda *a, **k: keras.ops.convert_to_tensor(remaining.pop(0))
        return self

    def __exit__(self, *unused):
        self.module.dropout = self.original


# ---------------------------------------------------------------- the configurations

CONFIGURATIONS = []


def add(id, layer, shape, **options):
    if any(c["id"] == id for c in CONFIGURATIONS):
        raise ValueError(f"id: expected a new one, got {id} twice")
    CONFIGURATIONS.append({"id": id, "layer": layer, "shape": shape, "options": options})


IMAGE = (2, 3, 5, 4, 3)  # B, T, H, W, C
WIDE = (3, 2, 4, 6, 2)
STEPS = (3, 4, 5)  # B, T, D


def conv_lstm(id, shape=IMAGE, **options):
    defaults = dict(filters=2, kernel_size=(2, 3), return_sequences=True)
    add("convlstm2d_" + id, "ConvLSTM2D", shape, **{**defaults, **options})


def lstm(id, shape=STEPS, **options):
    add("lstm_" + id, "LSTM", shape, **{**dict(units=3, return_sequences=True), **options})


conv_lstm("valid")
conv_lstm("same", padding="same")
conv_lstm("same_3x2", kernel_size=(3, 2), padding="same", shape=WIDE, filters=3)
conv_lstm("same_4x2", kernel_size=(4, 2), padding="same", shape=(1, 4, 6, 5, 2), filters=4)
conv_lstm("valid_1x1", kernel_size=(1, 1), filters=4)
conv_lstm("valid_1x3", kernel_size=(1, 3), shape=WIDE)
conv_lstm("same_5x3_wider_than_image", kernel_size=(5, 7), padding="same", shape=(2, 3, 3, 4, 2), filters=3)
conv_lstm("one_pixel", kernel_size=(3, 3), padding="same", shape=(2, 3, 1, 1, 4), filters=3)
conv_lstm("one_step", shape=(2, 1, 5, 4, 3))
conv_lstm("strides_2x1_valid", strides=(2, 1))
conv_lstm("strides_1x2_same", strides=(1, 2), padding="same")
conv_lstm("strides_2x3_same", strides=(2, 3), padding="same", kernel_size=(3, 2), shape=(2, 3, 6, 5, 2), filters=3)
conv_lstm("strides_3x2_same_small_kernel", strides=(3, 2), padding="same", kernel_size=(2, 1), shape=WIDE)
conv_lstm("strides_2x2_valid_return_state", strides=(2, 2), kernel_size=(3, 2), return_state=True)
conv_lstm("dilation_2x1_valid", dilation_rate=(2, 1))
conv_lstm("dilation_1x2_same", dilation_rate=(1, 2), padding="same")
conv_lstm("dilation_2x3_same", dilation_rate=(2, 3), padding="same", shape=(2, 2, 6, 5, 2), filters=3)
conv_lstm("relu", activation="relu")
conv_lstm("linear", activation="linear", padding="same")
conv_lstm("sigmoid_tanh", activation="sigmoid", recurrent_activation="tanh")
conv_lstm("hard_sigmoid", recurrent_activation="hard_sigmoid", padding="same")
conv_lstm("hard_sigmoid_keras2", recurrent_activation="hard_sigmoid_keras2", padding="same")
conv_lstm("no_bias", use_bias=False)
conv_lstm("no_unit_forget_bias", unit_forget_bias=False, bias_initializer=0.25)
conv_lstm("unit_forget_bias", unit_forget_bias=True, bias_initializer=0.25)
conv_lstm("last", return_sequences=False)
conv_lstm("last_return_state", return_sequences=False, return_state=True, padding="same")
conv_lstm("return_state", return_state=True, shape=WIDE, filters=3)
conv_lstm("go_backwards", go_backwards=True)
conv_lstm("go_backwards_last_return_state", go_backwards=True, return_sequences=False, return_state=True)
conv_lstm("initial_state", initial_state=True, padding="same")
conv_lstm("initial_state_strides", initial_state=True, return_state=True, strides=(1, 2), padding="same")
conv_lstm("initial_state_go_backwards", initial_state=True, go_backwards=True, return_state=True)
conv_lstm("mask", mask="gaps", return_state=True)
conv_lstm("mask_first_step_initial_state", mask="start", initial_state=True, return_state=True, padding="same")
conv_lstm("mask_zero_output", mask="gaps", zero_output_for_mask=True, return_state=True, initial_state=True)
conv_lstm("mask_go_backwards", mask="end", go_backwards=True, initial_state=True, return_state=True)
conv_lstm("mask_last", mask="end", return_sequences=False, return_state=True)
conv_lstm("mask_last_zero_output", mask="end", return_sequences=False, zero_output_for_mask=True)
conv_lstm("mask_whole_sequence", mask="row", initial_state=True, return_state=True, shape=(3, 2, 3, 4, 2))
conv_lstm("dropout", dropout=0.4, training=True)
conv_lstm("dropout_inference", dropout=0.4, recurrent_dropout=0.3, training=False)
conv_lstm("dropout_strides_same", dropout=0.3, training=True, strides=(2, 1), padding="same")
conv_lstm("recurrent_dropout", recurrent_dropout=0.4, training=True, padding="same", initial_state=True)
conv_lstm("dropout_both_mask", dropout=0.3, recurrent_dropout=0.5, training=True, mask="gaps", return_state=True)
conv_lstm("regularizers", kernel_l1=0.01, kernel_l2=0.02, recurrent_l2=0.03, bias_l1=0.04, padding="same")
conv_lstm("stateful", stateful=True, padding="same")
conv_lstm("stateful_strides_backwards", stateful=True, strides=(2, 1), go_backwards=True, return_sequences=False)

ROW = (2, 3, 6, 3)  # B, T, W, C; stored as images of height 1
for suffix, options in {
    "valid": dict(),
    "same_even_kernel": dict(kernel_size=4, padding="same"),
    "strides_same": dict(strides=2, padding="same", return_state=True, initial_state=True),
    "dilation_valid": dict(dilation_rate=2),
}.items():
    add("convlstm1d_" + suffix, "ConvLSTM1D", ROW,
        **{**dict(filters=2, kernel_size=3, return_sequences=True), **options})

lstm("sequences")
lstm("last", return_sequences=False)
lstm("one_step", shape=(2, 1, 4))
lstm("one_unit", units=1, shape=(2, 3, 4))
lstm("return_state", return_state=True)
lstm("last_return_state", return_sequences=False, return_state=True)
lstm("relu", activation="relu")
lstm("linear", activation="linear")
lstm("sigmoid_tanh", activation="sigmoid", recurrent_activation="tanh")
lstm("hard_sigmoid", recurrent_activation="hard_sigmoid")
lstm("hard_sigmoid_keras2", recurrent_activation="hard_sigmoid_keras2")
lstm("no_bias", use_bias=False)
lstm("no_unit_forget_bias", unit_forget_bias=False, bias_initializer=0.25)
lstm("unit_forget_bias", unit_forget_bias=True, bias_initializer=0.25)
lstm("go_backwards", go_backwards=True)
lstm("go_backwards_last_return_state", go_backwards=True, return_sequences=False, return_state=True)
lstm("initial_state", initial_state=True)
lstm("initial_state_go_backwards", initial_state=True, go_backwards=True, return_state=True)
lstm("mask", mask="gaps", return_state=True)
lstm("mask_first_step_initial_state", mask="start", initial_state=True, return_state=True)
lstm("mask_zero_output", mask="gaps", zero_output_for_mask=True, return_state=True, initial_state=True)
lstm("mask_go_backwards", mask="end", go_backwards=True, initial_state=True, return_state=True)
lstm("mask_last", mask="end", return_sequences=False, return_state=True)
lstm("mask_last_zero_output", mask="end", return_sequences=False, zero_output_for_mask=True)
lstm("mask_whole_sequence", mask="row", initial_state=True, return_state=True)
lstm("dropout", dropout=0.4, training=True)
lstm("dropout_inference", dropout=0.4, recurrent_dropout=0.3, training=False)
lstm("recurrent_dropout", recurrent_dropout=0.4, training=True, initial_state=True)
lstm("dropout_both_mask", dropout=0.3, recurrent_dropout=0.5, training=True, mask="gaps", return_state=True)
lstm("regularizers", kernel_l1=0.01, kernel_l2=0.02, recurrent_l2=0.03, bias_l1=0.04)
lstm("stateful", stateful=True)
lstm("stateful_backwards_last", stateful=True, go_backwards=True, return_sequences=False)


def conv2d(id, shape=(2, 5, 4, 3), **options):
    add("conv2d_" + id, "Conv2D", shape, **{**dict(filters=4, kernel_size=(2, 3)), **options})


conv2d("valid")
conv2d("same", padding="same")
conv2d("same_4x2", kernel_size=(4, 2), padding="same", shape=(3, 6, 5, 2))
conv2d("same_wider_than_image", kernel_size=(5, 7), padding="same", shape=(1, 3, 4, 2))
conv2d("1x1", kernel_size=(1, 1), filters=5)
conv2d("strides_2x1_valid", strides=(2, 1))
conv2d("strides_2x3_same", strides=(2, 3), padding="same", shape=(2, 6, 5, 3))
conv2d("strides_3x2_same_small_kernel", strides=(3, 2), kernel_size=(1, 2), padding="same")
conv2d("dilation_1x2_valid", dilation_rate=(1, 2), shape=(2, 5, 6, 3), kernel_size=(3, 2))
conv2d("dilation_2x3_same", dilation_rate=(2, 3), padding="same", shape=(2, 6, 5, 3))
conv2d("no_bias_relu", use_bias=False, activation="relu")
conv2d("tanh", activation="tanh", padding="same")
conv2d("regularizers", kernel_l1=0.03, kernel_l2=0.02, bias_l2=0.05)

for suffix, options in {
    "2x2": dict(pool_size=(2, 2)),
    "2x3_valid": dict(pool_size=(2, 3)),
    "3x2_same": dict(pool_size=(3, 2), padding="same"),
    "2x2_strides_1x1_valid": dict(pool_size=(2, 2), strides=(1, 1)),
    "3x3_strides_2x1_same": dict(pool_size=(3, 3), strides=(2, 1), padding="same"),
    "2x3_strides_3x3_same": dict(pool_size=(2, 3), strides=(3, 3), padding="same"),
}.items():
    add("maxpool2d_" + suffix, "MaxPooling2D", (2, 6, 5, 3), **options)

for suffix, shape, options in [
    ("training_image", (2, 3, 4, 5), dict(training=True)),
    ("inference_image", (2, 3, 4, 5), dict(training=False)),
    ("training_vector", (6, 3), dict(training=True, momentum=0.9, epsilon=0.01)),
    ("training_sequence", (2, 3, 4), dict(training=True)),
    ("training_no_scale", (2, 3, 4, 2), dict(training=True, scale=False)),
    ("training_no_center", (2, 3, 4, 2), dict(training=True, center=False)),
]:
    add("batchnorm_" + suffix, "BatchNormalization", shape, **options)

for suffix, shape, options in [
    ("plain", (4, 5), dict(units=3)),
    ("no_bias_sigmoid", (4, 5), dict(units=2, use_bias=False, activation="sigmoid")),
    ("tanh", (2, 6), dict(units=7, activation="tanh")),
    ("relu_regularizers", (3, 4), dict(units=2, activation="relu", kernel_l1=0.02, kernel_l2=0.01, bias_l2=0.04)),
]:
    add("dense_" + suffix, "Dense", shape, **options)

for suffix, shape, options in [
    ("conv2d", IMAGE, dict(inner="Conv2D", filters=4, kernel_size=(2, 3), padding="same", activation="tanh")),
    ("conv2d_strides", IMAGE, dict(inner="Conv2D", filters=2, kernel_size=(3, 2), strides=(2, 1))),
    ("maxpool2d", IMAGE, dict(inner="MaxPooling2D", pool_size=(2, 3), padding="same")),
    ("dense", STEPS, dict(inner="Dense", units=2, activation="sigmoid")),
    ("batchnorm_training", IMAGE, dict(inner="BatchNormalization", training=True, momentum=0.7)),
    ("batchnorm_inference", IMAGE, dict(inner="BatchNormalization", training=False)),
    ("batchnorm_training_vector", (6, 3, 2), dict(inner="BatchNormalization", training=True, momentum=0.9)),
]:
    add("timedistributed_" + suffix, "TimeDistributed", shape, **options)

for name in ["tanh", "sigmoid", "hard_sigmoid", "hard_sigmoid_keras2", "relu", "linear"]:
    add("activation_" + name, "Activation", (5, 8), activation=name)

add("loss_mean_squared_error", "Loss", (3, 2, 4, 2), loss="mean_squared_error")
add("loss_binary_crossentropy_logits", "Loss", (3, 2, 4, 1), loss="binary_crossentropy")
add("loss_softmax_crossentropy_logits", "Loss", (5, 4), loss="categorical_crossentropy")


# ---------------------------------------------------------------- running one of them


def make_layer(name, options):
    """The Keras layer of a configuration, from the options that are arguments of its constructor."""
    options = dict(options)
    for call_option in ["mask", "training", "initial_state", "inner"]:
        options.pop(call_option, None)
    for weight in ["kernel", "recurrent", "bias"]:
        l1, l2 = options.pop(weight + "_l1", 0.0), options.pop(weight + "_l2", 0.0)
        if l1 or l2:
            options[weight + "_regularizer"] = keras.regularizers.L1L2(l1, l2)
    if "bias_initializer" in options:
        options["bias_initializer"] = keras.initializers.Constant(options["bias_initializer"])
    for key in ["activation", "recurrent_activation"]:
        if key in options:
            options[key] = activation(options[key])
    if "dropout" in options or "recurrent_dropout" in options:
        options["seed"] = 11
    return getattr(keras.layers, name)(**options)


def make_mask(kind, B, T):
    mask = np.ones((B, T), bool)
    if kind == "gaps":  # one step in the middle of the first sequence, the last of the second
        mask[0, T // 2] = False
        mask[1, T - 1] = False
    elif kind == "start":  # the first sequence starts late
        mask[0, 0] = False
    elif kind == "end":  # padded on the right, as texts are
        mask[0, 1:] = False
        mask[1, T - 1:] = False
    elif kind == "row":  # nothing of the second sequence is used
        mask[1, :] = False
    else:
        raise ValueError(f"mask: expected gaps, start, end or row, got {kind}")
    return mask


def run(configuration, stored=None):
    """All arrays of one configuration. With `stored`, its dropout masks are used instead of new ones."""
    name, options, shape = configuration["layer"], configuration["options"], configuration["shape"]
    random = np.random.default_rng(zlib.crc32(configuration["id"].encode()))
    normal = lambda shape, scale=1.0: (scale * random.standard_normal(shape)).astype("float32")
    if name == "Loss":
        return run_loss(options, shape, normal, random)
    if name == "Activation":
        layer = keras.layers.Activation(activation(options["activation"]))
    elif name == "TimeDistributed":
        layer = keras.layers.TimeDistributed(make_layer(options["inner"], options))
    else:
        layer = make_layer(name, options)
    x = normal(shape, 3.0 if name == "Activation" else 1.0)
    if name == "MaxPooling2D" or options.get("inner") == "MaxPooling2D":
        x = random.permutation(np.arange(x.size)).reshape(shape).astype("float32") / 10 - 0.08 * x.size  # no ties
    layer.build(shape)

    arrays = {"x": x}
    if "unit_forget_bias" in options:
        arrays["init2"] = layer.cell.bias.numpy()
    for i, weight in enumerate(layer.weights if not options.get("stateful") else layer.trainable_weights):
        value = normal(weight.shape, 0.5)
        if "moving_variance" in weight.path:
            value = np.abs(value) + 0.5
        weight.assign(value)
        arrays[f"w{i}"] = value
    trainable = layer.trainable_weights

    call = {}
    if options.get("mask"):
        call["mask"] = make_mask(options["mask"], shape[0], shape[1])
        arrays["mask"] = call["mask"].astype("float32")
    if "training" in options:
        call["training"] = options["training"]
    states = []
    if options.get("initial_state"):
        state = state_shape(layer, shape)
        states = [normal(state, 0.7), normal(state, 0.7)]
        arrays["h0"], arrays["c0"] = states
    if options.get("stateful"):
        arrays["y"] = to_numpy(layer(x, **call))
        arrays["x2"] = normal(shape)
        carried = [np.array(state.numpy()) for state in layer.states]
        second_call = to_numpy(layer(arrays["x2"], **call))
        # Differentiated with the carried states given as constants, which is what stateful means: torch
        # refuses to differentiate the stateful call itself, as the states are overwritten in place.
        call["initial_state"] = carried

    cotangents = {}

    def loss_of(input, *initial):
        if initial:
            call["initial_state"] = list(initial)
        results = layer(input, **call)
        results = list(results) if isinstance(results, (list, tuple)) else [results]
        loss = 0.0
        for key, result in zip(["dy", "dhT", "dcT"], results):
            if key not in cotangents:
                cotangents[key] = normal(tuple(result.shape))
            loss = loss + keras.ops.sum(keras.ops.multiply(result, cotangents[key]))
        for regularisation in layer.losses:
            loss = loss + regularisation
        return loss, results

    if stored is None:
        recorder = RecordedDropout()
    else:
        masks = [m for key in ("dropout_mask", "recurrent_dropout_mask") for m in stored.get(key, [])]
        recorder = ReplayedDropout(masks) if masks else RecordedDropout()
    second = "2" if options.get("stateful") else ""
    with recorder:
        loss, results, by_inputs, by_weights = value_and_gradients(
            loss_of, [arrays["x" + second]] + states, trainable)
    arrays.update(zip(["y" + second, "hT", "cT"], results))
    arrays.update(cotangents)
    arrays.update(zip(["dx" + second, "dh0", "dc0"], by_inputs))
    # Not the position among the trainable weights but among all of them, as w0, w1, ... are counted.
    positions = {id(w): i for i, w in enumerate(layer.weights)}
    arrays.update({f"dw{positions[id(w)]}": g for w, g in zip(trainable, by_weights)})
    arrays["loss"] = loss
    if layer.losses:
        arrays["reg_loss"] = to_numpy(sum(layer.losses))
    if recorder.masks and options.get("training"):  # Keras draws masks for inference too, and leaves them
        split_masks(arrays, recorder.masks, options)
    if options.get("stateful"):
        np.testing.assert_array_equal(arrays["y2"], second_call)
        del call["initial_state"]
        layer.reset_state()
        arrays["y3"] = to_numpy(layer(x, **call))
    if name == "BatchNormalization" or options.get("inner") == "BatchNormalization":
        for weight in layer.non_trainable_weights:
            arrays[weight.path.split("/")[-1] + "_after"] = weight.numpy()
    if name == "ConvLSTM1D":
        arrays = {key: as_image(key, value, options) for key, value in arrays.items()}
    return {key: np.asarray(value, "float32") for key, value in arrays.items()}


def state_shape(layer, shape):
    if isinstance(layer, keras.layers.LSTM):
        return (shape[0], layer.units)
    return layer.cell.compute_output_shape((shape[0],) + tuple(shape[2:]))[0]


def split_masks(arrays, masks, options):
    """Keras draws the input masks first, then the recurrent ones; 4 of each, 1 for an LSTM's input alone."""
    recurrent = 4 if options.get("recurrent_dropout") else 0
    inputs = masks[: len(masks) - recurrent]
    if len(inputs) not in (0, 1, 4):
        raise AssertionError(f"expected 0, 1 or 4 input masks, Keras drew {len(inputs)}")
    if inputs:
        arrays["dropout_mask"] = np.stack(inputs)
    if recurrent:
        arrays["recurrent_dropout_mask"] = np.stack(masks[len(inputs):])


def as_image(key, value, options):
    """ConvLSTM1D as ConvLSTM2D on images of height 1: kernels (1, k, in, out), sequences (B, T, 1, W, C)."""
    value = np.asarray(value)
    if key in ("w0", "w1", "dw0", "dw1"):
        return value[np.newaxis]
    if key in ("x", "dx") or key in ("y", "dy") and options["return_sequences"]:
        return value[:, :, np.newaxis]
    if value.ndim == 3:  # a state or a last output (B, W, F)
        return value[:, np.newaxis]
    return value


def run_loss(options, shape, normal, random):
    x = normal(shape)
    if options["loss"] == "mean_squared_error":
        target, loss = normal(shape), keras.losses.MeanSquaredError()
    elif options["loss"] == "binary_crossentropy":
        target, loss = random.random(shape).astype("float32"), keras.losses.BinaryCrossentropy(from_logits=True)
    else:
        target = np.eye(shape[-1], dtype="float32")[random.integers(shape[-1], size=shape[:-1])]
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    value, _, (dx,), _ = value_and_gradients(lambda logits: (loss(target, logits), []), [x], [])
    return {"x": x, "target": target, "loss": value, "dx": dx}


# ---------------------------------------------------------------- initialisers and short training runs


def orthogonal(shape):
    """The normal matrix that Keras factorised beside the orthogonal kernel that came of it."""
    from keras.src.initializers import random_initializers

    drawn = []
    original = random_initializers.random.normal

    def normal(*args, **kwargs):
        drawn.append(original(*args, **kwargs))
        return drawn[-1]

    random_initializers.random.normal = normal
    try:
        kernel = keras.initializers.Orthogonal(seed=5)(shape)
    finally:
        random_initializers.random.normal = original
    return {"normal": to_numpy(drawn[0]), "w0": to_numpy(kernel)}


def glorot_rows():
    """Limit and drawn statistics of glorot_uniform: what the fans of each shape imply."""
    for shape in [(5, 12), (40, 160), (3, 3, 4, 32), (2, 5, 8, 64), (1, 1, 16, 256)]:
        values = to_numpy(keras.initializers.GlorotUniform(seed=7)(shape))
        fan_in, fan_out = keras.src.initializers.random_initializers.compute_fans(shape)
        yield ["x".join(map(str, shape)), fan_in, fan_out, np.sqrt(6.0 / (fan_in + fan_out)),
               np.abs(values).max(), values.std()]


def training_model(kind):
    if kind == "convlstm2d":
        return keras.Sequential([
            keras.Input((3, 5, 4, 2)),
            keras.layers.ConvLSTM2D(3, (3, 2), padding="same", return_sequences=False),
            keras.layers.Conv2D(1, (2, 3), padding="same"),
        ])
    if kind == "lstm":
        return keras.Sequential([keras.Input((4, 3)), keras.layers.LSTM(5), keras.layers.Dense(2)])
    return keras.Sequential([
        keras.Input((3, 5, 4, 2)),
        keras.layers.ConvLSTM2D(2, (3, 3), padding="same", return_sequences=True),
        keras.layers.TimeDistributed(keras.layers.BatchNormalization()),
        keras.layers.ConvLSTM2D(2, (1, 3), padding="valid", return_sequences=True),
        keras.layers.TimeDistributed(keras.layers.Conv2D(1, (2, 1), activation="tanh")),
    ])


TRAININGS = [
    ("training_convlstm2d_adam", "convlstm2d", "adam", 0.01),
    ("training_lstm_adam", "lstm", "adam", 0.01),
    ("training_stacked_adam", "stacked", "adam", 0.01),
    ("training_lstm_rmsprop", "lstm", "rmsprop", 0.005),
    ("training_convlstm2d_momentum", "convlstm2d", "momentum", 0.05),
    ("training_lstm_sgd", "lstm", "sgd", 0.1),
]


def train(id, kind, optimizer, learning_rate, steps=20, batch=3):
    """Loss before each of `steps` updates, from stored weights and stored batches; mean squared error."""
    random = np.random.default_rng(zlib.crc32(id.encode()))
    model = training_model(kind)
    arrays = {}
    for i, weight in enumerate(model.weights):
        if weight.trainable and not weight.path.endswith("gamma"):
            weight.assign((0.4 * random.standard_normal(weight.shape)).astype("float32"))
        arrays[f"w{i}"] = weight.numpy()
    x = random.standard_normal((4, batch) + model.input_shape[1:]).astype("float32")
    x = np.tile(x, (steps // 4,) + (1,) * (x.ndim - 1))  # four batches, again and again
    # A target the model can learn: a smooth function of the input, with a little noise.
    shape = (steps, batch) + model.output_shape[1:]
    means = np.tanh(2 * x.reshape(steps, batch, -1).mean(axis=2)).reshape((steps, batch) + (1,) * (len(shape) - 2))
    noise = np.tile(random.standard_normal((4,) + shape[1:]), (steps // 4,) + (1,) * (len(shape) - 1))
    target = (0.5 * means + 0.1 * noise).astype("float32")
    optimiser = {
        "adam": lambda: keras.optimizers.Adam(learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7),
        "rmsprop": lambda: keras.optimizers.RMSprop(learning_rate, rho=0.9, epsilon=1e-7),
        "momentum": lambda: keras.optimizers.SGD(learning_rate, momentum=0.9),
        "sgd": lambda: keras.optimizers.SGD(learning_rate),
    }[optimizer]()
    model.compile(optimizer=optimiser, loss="mean_squared_error", run_eagerly=BACKEND == "tensorflow")
    losses = [model.train_on_batch(x[i], target[i]) for i in range(steps)]
    arrays.update(x=x, target=target, losses=np.array(losses))
    for i, weight in enumerate(model.weights):
        arrays[f"w{i}_after"] = weight.numpy()
    return {key: np.asarray(value, "float32") for key, value in arrays.items()}


# ---------------------------------------------------------------- files


def text(value):
    if isinstance(value, bool):
        return str(value).lower()
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def index_row(configuration):
    layer, options = configuration["layer"], dict(configuration["options"])
    if layer == "ConvLSTM1D":
        layer = "ConvLSTM2D"
        for key in ("kernel_size", "strides", "dilation_rate"):
            if key in options:
                options[key] = (1, options[key])
    return [configuration["id"], layer, ";".join(f"{k}={text(v)}" for k, v in options.items())]


def everything():
    for configuration in CONFIGURATIONS:
        yield configuration["id"], index_row(configuration), lambda stored=None, c=configuration: run(c, stored)
    for id, kind, optimizer, rate in TRAININGS:
        row = [id, "Training", f"model={kind};optimizer={optimizer};learning_rate={rate}"]
        yield id, row, lambda stored=None, a=(id, kind, optimizer, rate): train(*a)


def write():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.npz"):
        old.unlink()
    rows = []
    for id, row, make in everything():
        np.savez_compressed(FOLDER / f"{id}.npz", **make())
        rows.append(row)
    for id, shape in [("orthogonal_tall", (2, 3, 4, 8)), ("orthogonal_wide", (3, 12)), ("orthogonal_square", (6, 6))]:
        np.savez_compressed(FOLDER / f"{id}.npz", **orthogonal(shape))
        rows.append([id, "Orthogonal", f"shape={text(shape)}"])
    save_csv("index.csv", ["id", "layer", "options"], rows)
    save_csv("glorot_uniform.csv", ["shape", "fan_in", "fan_out", "limit", "largest", "deviation"], glorot_rows())
    versions = [f"python {platform.python_version()}", f"keras {keras.__version__}", f"numpy {np.__version__}"]
    backend = __import__(BACKEND)
    versions.append(f"{BACKEND} {backend.__version__.split('+')[0]}")
    (FOLDER / "versions.txt").write_text("\n".join(versions) + "\n")
    print(f"{len(rows)} configurations, {sum(f.stat().st_size for f in FOLDER.iterdir()) / 1e6:.2f} MB in {FOLDER}")


def save_csv(name, header, rows):
    with open(FOLDER / name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def check(tolerance=2e-5):
    """Compares what this backend computes with the stored files; any difference ends with status 1."""
    failures, worst = 0, 0.0
    for id, _, make in everything():
        stored = dict(np.load(FOLDER / f"{id}.npz"))
        fresh = make(stored)
        for key, expected in stored.items():
            if key in ("dropout_mask", "recurrent_dropout_mask"):
                continue  # given to Keras here, not drawn by it
            difference = np.abs(fresh[key] - expected).max() / max(1.0, np.abs(expected).max())
            worst = max(worst, difference)
            if not difference <= tolerance:
                failures += 1
                print(f"{id} {key}: differs by {difference:.2e}")
    print(f"largest relative difference {worst:.2e} on {BACKEND}, {failures} arrays above {tolerance}")
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the stored files, write nothing")
    if parser.parse_args().check:
        check()
    write()
