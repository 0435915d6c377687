"""Every field of every Keras layer that the kit loads, changed: what the bridge is held to by KerasWalkTest.

    KERAS_BACKEND=torch venv/bin/python walk.py     writes ../resources/keras/walk

For each layer one small model is saved as it is, and once more for each field of its get_config() and each other value
that Keras takes for it. NAME.npz holds an input x and Keras' own output y for it; walk.csv says which field was changed, and
the test accepts two answers from the kit: the same output, or a refusal that names the field. A value with which Keras
cannot build or run the model is no case. Models that a third hand could have saved, with classes and functions of its own
under Keras' names, end the list: the field is what the refusal has to name.
"""

import csv
import functools
import io
import json
import os
import pathlib
import shutil
import sys
import zipfile

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np
from keras import layers as L

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "resources" / "keras" / "walk"
CLIP, STEPS, IMAGE = (3, 6, 5, 2), (4, 3), (6, 5, 2)

BASES = {
    "lstm": (STEPS, lambda: L.LSTM(3, return_sequences=True)),
    "convlstm2d": (CLIP, lambda: L.ConvLSTM2D(2, 3, padding="same", return_sequences=True)),
    "conv2d": (IMAGE, lambda: L.Conv2D(2, 3)),
    "conv3d": (CLIP, lambda: L.Conv3D(2, (2, 3, 3))),
    "dense": ((4,), lambda: L.Dense(3)),
    "maxpooling2d": (IMAGE, lambda: L.MaxPooling2D(2)),
    "maxpooling3d": (CLIP, lambda: L.MaxPooling3D((1, 2, 2))),
    "globalaveragepooling2d": (IMAGE, lambda: L.GlobalAveragePooling2D()),
    "batchnormalization": (IMAGE, lambda: L.BatchNormalization()),
    "timedistributed": (CLIP, lambda: L.TimeDistributed(L.Conv2D(2, 3))),
    "activation": ((4,), lambda: L.Activation("tanh")),
    "relu": ((4,), lambda: L.ReLU()),
    "dropout": ((4,), lambda: L.Dropout(0.3)),
    "flatten": (IMAGE, lambda: L.Flatten()),
    "reshape": (IMAGE, lambda: L.Reshape((10, 6))),
    "repeatvector": ((4,), lambda: L.RepeatVector(3)),
    "masking": (STEPS, lambda: L.Masking(0.5)),
    "rescaling": (IMAGE, lambda: L.Rescaling(0.5, 1.0)),
}

SPECIAL = {
    "dtype": ["float16", "mixed_float16", "bfloat16", "float64"],
    "activation": ["linear", "relu", "sigmoid", "hard_sigmoid", "softmax", "gelu"],
    "recurrent_activation": ["hard_sigmoid", "relu", "softsign"],
    "padding": ["same", "valid", "causal"],
    "data_format": ["channels_first"],
    "strides": [2, [2, 1], [1, 2], [2, 1, 1], [1, 2, 1]],
    "dilation_rate": [2, [2, 1], [1, 2, 1], [2, 1, 1]],
    "kernel_size": [1, [2, 3], [1, 2, 3]],
    "pool_size": [1, 3, [3, 2], [2, 2, 2], [1, 3, 2]],
    "groups": [2],
    "axis": [1, 2, 3, -2],
    "target_shape": [[60], [-1, 6], [5, 12], [2, -1, 3]],
    "scale": [2.0, [1.0, 2.0], True, False],
    "offset": [0.25, [1.0, 2.0]],
    "noise_shape": [[1, 4], [None, 1]],
    "max_value": [0.5, 6.0],
    "mask_value": [0.0, 1],
    "quantization_config": [],
    "seed": [3],
    "name": ["another"],
    "layer": [],
}


def other_values(field, value):
    if field in SPECIAL:
        return [v for v in SPECIAL[field] if v != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, float):
        return [value / 2 + 0.125]
    if field.endswith("initializer"):
        return [keras.initializers.serialize(keras.initializers.Constant(0.25))]
    if field.endswith("regularizer"):
        return [keras.regularizers.serialize(r) for r in (keras.regularizers.L2(0.01), keras.regularizers.OrthogonalRegularizer())]
    if field.endswith("constraint"):
        return [keras.constraints.serialize(keras.constraints.MaxNorm(0.5))]
    return [True, 2, 0.5] if value is None else []


def randomise(model, seed):
    random = np.random.default_rng(seed)
    for variable in model.variables:
        if "seed_generator" not in variable.path:
            value = random.normal(0, 0.4, variable.shape)
            variable.assign(np.abs(value) + 0.3 if variable.name == "moving_variance" else value)


def sample(shape, seed):
    x = np.random.default_rng(seed).normal(0, 1, (2, *shape)).astype("float32")
    if len(shape) == 2:
        x[0, 1] = 0.5
        x[1, 2] = 0.0
    return x


def plain(config):
    """What a change of one value needs to be put into: JSON and back."""
    return json.loads(json.dumps(config, default=lambda o: keras.saving.serialize_keras_object(o)))


ROWS = []


def store(name, layer, field, value, model, x):
    randomise(model, len(ROWS))
    y = keras.ops.convert_to_numpy(model(x, training=False)).astype("float32")
    model.save(FOLDER / f"{name}.keras")
    np.savez_compressed(FOLDER / f"{name}.npz", x=x, y=y)
    ROWS.append([name, layer, field, json.dumps(value, default=str)[:60]])


def walk():
    skipped = []
    for layer, (shape, make) in BASES.items():
        x = sample(shape, 1)
        store(layer, layer, "", "", keras.Sequential([L.Input(shape), make()]), x)
        config = plain(make().get_config())
        inner = config.get("layer", {}).get("config") if "layer" in config else None
        for prefix, fields in [("", config)] + ([("layer.", inner)] if inner else []):
            for field, value in list(fields.items()):
                for n, other in enumerate(other_values(field, value)):
                    name = f"{layer}-{prefix}{field}-{n}"
                    changed = json.loads(json.dumps(config))
                    (changed["layer"]["config"] if prefix else changed)[field] = other
                    try:
                        built = type(make()).from_config(changed)
                        store(name, layer, field, other, keras.Sequential([L.Input(shape), built]), x)
                    except Exception as e:  # Keras takes no such value, or this backend cannot run it
                        skipped.append(f"{name} = {other}: {type(e).__name__}")
                        for left in FOLDER.glob(name + ".*"):
                            left.unlink()
    return skipped


def own(name, package):
    """A class of somebody's own, under the name of one of Keras': it computes something else."""
    base = getattr(L, name)
    call = functools.wraps(base.call)(lambda self, *a, **k: -2 * base.call(self, *a, **k))
    kind = type(name, (base,), {"call": call, "__module__": "theirs"})
    return keras.saving.register_keras_serializable(package)(kind) if package else kind


def strangers():
    x = sample(STEPS, 2)
    for name, args in [("LSTM", (3,)), ("Dense", (2,)), ("Flatten", ()), ("Dropout", (0.1,)), ("Activation", ("tanh",))]:
        for package in ["mine", "keras.layers", None]:
            made = own(name, package)(*args)
            store(f"own-{name}-{package}", name, "registered_name", package, keras.Sequential([L.Input(STEPS), made]), x)
    inner = L.TimeDistributed(own("Dense", "deep")(2))
    store("own-inside", "timedistributed", "registered_name", "deep", keras.Sequential([L.Input(STEPS), inner]), x)
    nested = keras.Sequential([L.Input(STEPS), own("LSTM", "nested")(3)])
    store("own-nested", "sequential", "registered_name", "nested", keras.Sequential([L.Input(STEPS), nested]), x)

    @keras.saving.register_keras_serializable("mine")
    def swish_of_ours(v):
        return 3 * v

    made = L.Dense(2, activation=swish_of_ours)
    store("own-activation", "dense", "activation", "swish_of_ours", keras.Sequential([L.Input(STEPS), made]), x)
    kind = type("Sequential", (keras.Sequential,), {"call": lambda self, *a, **k: -keras.Sequential.call(self, *a, **k)})
    kind = keras.saving.register_keras_serializable("mine")(kind)
    store("own-model", "sequential", "registered_name", "mine", kind([L.Input(STEPS), L.Dense(2)]), x)


def graphs():
    """Functional models that are no plain chain, and calls that change what a layer computes."""
    x, i = sample(STEPS, 3), L.Input(STEPS)
    h = L.LSTM(3, return_sequences=True)(i)
    store("training-true", "dropout", "training", True, keras.Model(i, L.Dropout(1e-9)(h, training=True)), x)
    store("behind-output", "functional", "chain", "", keras.Model(i, h), x)
    shared = L.Dense(3)
    store("shared", "functional", "chain", "", keras.Model(i, shared(shared(i))), x)
    store("skip", "functional", "chain", "", keras.Model(i, L.Add()([h, shared(h)])), x)
    state = L.LSTM(3)(i, initial_state=[L.Dense(3)(L.Flatten()(i)), L.Dense(3)(L.Flatten()(i))])
    store("initial-state", "functional", "chain", "", keras.Model(i, state), x)
    three = keras.Model(i, [h, L.Dense(1)(h), L.LSTM(2)(h)])
    three.save(FOLDER / "three-outputs.keras")
    np.savez_compressed(FOLDER / "three-outputs.npz", x=x, y=x)
    ROWS.append(["three-outputs", "functional", "output", "3"])
    frozen = keras.Sequential([L.Input(STEPS), L.LSTM(3), L.BatchNormalization()])
    frozen.trainable = False
    store("frozen", "sequential", "trainable", False, frozen, x)


def pack():
    """All models in one zip: hundreds of small files would be a burden for whoever clones."""
    with zipfile.ZipFile(FOLDER.parent / "walk.zip", "w", zipfile.ZIP_DEFLATED) as all:
        for file in sorted(FOLDER.iterdir()):
            entry = zipfile.ZipInfo(file.name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            all.writestr(entry, file.read_bytes(), compresslevel=9)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["name", "layer", "field", "value"])
        writer.writerows(ROWS)
        all.writestr(zipfile.ZipInfo("walk.csv", (1980, 1, 1, 0, 0, 0)), text.getvalue())
    shutil.rmtree(FOLDER)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    no_case = walk()
    strangers()
    graphs()
    pack()
    print(f"{len(ROWS)} models; Keras itself takes none of these:", *no_case, sep="\n  ", file=sys.stderr)
