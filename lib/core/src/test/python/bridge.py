"""The two ends of the bridge that only the real Keras can hold.

    python bridge.py write FOLDER              makes the files under ../resources/keras that KerasBridgeTest reads
    python bridge.py read MODEL KIT_NPZ PROBE  loads weights the kit saved into the Keras model in the file MODEL,
                                               and compares its output for x in PROBE with y in PROBE, the kit's

requirements.txt says which versions the files were made with.
"""

import os
import pathlib
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import keras
import numpy as np
from keras import layers as L

from load_kit_weights import load_kit_weights


def conv():
    """Two ConvLSTM2D and a ConvLSTM2D's usual company, with lopsided shapes and options that must not be lost."""
    return keras.Sequential([
        L.Input((4, 6, 5, 2)),
        L.ConvLSTM2D(3, (3, 2), padding="same", return_sequences=True, dropout=0.2, recurrent_dropout=0.1),
        L.TimeDistributed(L.BatchNormalization()),
        L.ConvLSTM2D(2, 3, recurrent_activation="hard_sigmoid", use_bias=False, return_sequences=True),
        L.TimeDistributed(L.Conv2D(4, (1, 2), activation="relu", name="mixer")),
        L.TimeDistributed(L.Dense(1, activation="sigmoid"), name="pixels"),
    ], name="conv")


def cnn_lstm():
    """A CNN-LSTM as a functional model; the file's alphabetical order is not the model's."""
    x = L.Input((4, 8, 6, 1))
    y = L.TimeDistributed(L.Conv2D(3, 3, strides=(2, 1), activation="relu", padding="same"))(x)
    y = L.TimeDistributed(L.MaxPooling2D())(y)
    y = L.TimeDistributed(L.Flatten())(y)
    y = L.LSTM(7, return_sequences=True, go_backwards=True)(y)
    y = L.Dropout(0.5)(y)
    y = L.LSTM(5, activation="relu")(y)
    return keras.Model(x, L.Dense(3)(y), name="cnn_lstm")


def randomise(model, seed):
    """No weight is zero or one, so that none can be mistaken for another; variances stay positive."""
    random = np.random.default_rng(seed)
    for variable in model.variables:
        if "seed_generator" not in variable.path:
            value = random.normal(0, 0.4, variable.shape)
            variable.assign(np.abs(value) + 0.3 if variable.name == "moving_variance" else value)


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for seed, model in enumerate([conv(), cnn_lstm()]):
        randomise(model, seed)
        x = np.random.default_rng(seed + 10).normal(0, 1, (3, *model.input_shape[1:])).astype("float32")
        model.save(folder / f"{model.name}.keras")
        model.save_weights(folder / f"{model.name}.weights.h5")
        model.save(folder / f"{model.name}.h5")
        np.savez(folder / f"{model.name}.npz", x=x, y=model.predict(x, verbose=0))
    dense = keras.Sequential([L.Input((3,)), L.Dense(2, name="links_follow")])
    for name, link in {"soft": h5py.SoftLink("/elsewhere"), "external": h5py.ExternalLink("conv.h5", "/")}.items():
        dense.save_weights(folder / f"{name}_link.weights.h5")
        with h5py.File(folder / f"{name}_link.weights.h5", "a") as h5:
            h5["elsewhere"] = h5["layers/dense/vars/0"][:]
            del h5["layers/dense/vars/0"]
            h5["layers/dense/vars/0"] = link
    with h5py.File(folder / "claims_too_much.weights.h5", "w") as h5:
        h5.create_dataset("layers/dense/vars/0", (40_000, 40_000), "float32", chunks=(4096, 4096))
    bidirectional = keras.Sequential([L.Input((3, 2)), L.Bidirectional(L.LSTM(2))])
    bidirectional.save(folder / "bidirectional.keras")
    softmax = keras.Sequential([L.Input((3,)), L.Dense(2, activation="softmax")])
    softmax.save(folder / "softmax.keras")
    branch = L.Input((3,))
    keras.Model(branch, L.Add()([L.Dense(2)(branch), L.Dense(2)(branch)])).save(folder / "branches.keras")
    twice = L.Dense(3)
    keras.Model(branch, twice(twice(branch))).save(folder / "shared.keras")


def read(model_file, kit_npz, probe):
    model = keras.models.load_model(model_file)
    randomise(model, 99)  # what the kit's weights have to overwrite
    arrays = np.load(probe)
    before = np.abs(model.predict(arrays["x"], verbose=0) - arrays["y"]).max()
    load_kit_weights(model, kit_npz)
    after = np.abs(model.predict(arrays["x"], verbose=0) - arrays["y"]).max()
    print(f"largest difference before {before:.2e}, after loading the kit's weights {after:.2e}")
    if not (after < 1e-5 < before):
        sys.exit("Keras does not compute what the kit computed")


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"] and len(sys.argv) == 3:
        write(pathlib.Path(sys.argv[2]))
    elif sys.argv[1:2] == ["read"] and len(sys.argv) == 5:
        read(*sys.argv[2:])
    else:
        sys.exit(__doc__)
