"""Models as people have them, saved by the real Keras 3 and Keras 2, for PeoplesModelsTest.

    venv/bin/python people.py            writes ../resources/keras/people
    venv/bin/python people.py keras2     adds those of tf_keras (pip install tf_keras==2.21.0)
    venv/bin/python people.py [keras2] NAME...      only these

NAME.keras and NAME.h5 are the same model; NAME.npz holds an input x and Keras' output y, for every step of a model that
returns sequences. What has to be refused is in ../resources/keras/refused, under the word that the refusal names.
"""

import os
import pathlib
import sys

KERAS2 = "keras2" in sys.argv
os.environ["KERAS_BACKEND"] = "tensorflow" if KERAS2 else "torch"
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

if KERAS2:
    import tf_keras as keras
else:
    import keras
L = keras.layers

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "resources" / "keras" / "people"
CLIP = (4, 8, 6, 1)


def example(filters=(4, 3, 2)):
    """Keras' own example of next-frame prediction, smaller: the length of a clip is left open."""
    x = L.Input((None, 8, 8, 1))
    y = x
    for k, f in zip((5, 3, 1), filters):
        y = L.ConvLSTM2D(f, (k, k), padding="same", return_sequences=True, activation="relu")(y)
        y = L.BatchNormalization()(y) if k > 1 else y
    return keras.Model(x, L.Conv3D(1, (3, 3, 3), activation="sigmoid", padding="same")(y))


def frozen_inside():
    """A nested model with a frozen layer and batch statistics: in an .h5 file its weights are sorted by what trains."""
    inner = keras.Sequential([L.Input((8, 6, 1)), L.Conv2D(2, 3), L.BatchNormalization(), L.Conv2D(2, 2), L.Flatten()])
    inner.layers[0].trainable = False
    return keras.Sequential([L.Input(CLIP), L.TimeDistributed(inner), L.LSTM(3), L.Dense(2)])


def functional_inside():
    x = L.Input((6, 3))
    inner = keras.Model(x, L.TimeDistributed(L.Dense(4, activation="tanh"))(x))
    return keras.Sequential([L.Input((6, 3)), inner, L.LSTM(2, return_sequences=True), L.LSTM(2)])


def masking():
    """Keras 3 writes a functional model's mask into the graph: NotEqual, Any, and an argument of each call."""
    x = L.Input((6, 2))
    y = L.TimeDistributed(L.Dense(3))(L.Masking(0.0)(x))
    y = L.LSTM(3, return_sequences=True)(L.BatchNormalization()(y))
    return keras.Model(x, L.LSTM(2)(L.Dropout(0.1)(y)))


def functional_chain():
    """A functional model in another, and layers with names that people give: each Keras takes other ones."""
    x, y = L.Input((6, 3)), L.Input((6, 3))
    inner = keras.Model(x, L.LSTM(4, name="block1/lstm" if KERAS2 else "gedächtnis")(x))
    return keras.Model(y, L.Dense(2, name="head/dense" if KERAS2 else "größe 出力")(inner(y)))


def sequential(shape, *layers):
    return keras.Sequential([L.Input(shape), *layers])


MODELS = {
    "example": (example, (5, 8, 8, 1)),
    "pool3d": (lambda: sequential(CLIP, L.ConvLSTM2D(2, 3, return_sequences=True), L.MaxPooling3D((1, 2, 2), padding="same"),
                                  L.TimeDistributed(L.Flatten()), L.LSTM(3)), CLIP),
    "rows": (lambda: sequential((8, 6, 1), L.Reshape((8, -1)), L.LSTM(5, return_sequences=True), L.Flatten(), L.Dense(3)),
             (8, 6, 1)),
    "crnn": (lambda: sequential((8, 12, 1), L.Conv2D(3, 3), L.MaxPooling2D(2), L.Reshape((-1, 15)),
                                L.LSTM(4, return_sequences=True), L.Dense(2)), (8, 12, 1)),
    "seq2seq": (lambda: sequential((6, 2), L.Masking(), L.LSTM(5), L.RepeatVector(4), L.LSTM(4, return_sequences=True),
                                   L.TimeDistributed(L.Dense(2))), (6, 2)),
    "pixels": (lambda: sequential(CLIP, L.Rescaling(1 / 255.0, offset=-0.5), L.TimeDistributed(L.Conv2D(3, 3)), L.ReLU(),
                                  L.TimeDistributed(L.GlobalAveragePooling2D()), L.LSTM(3, stateful=False)), CLIP),
    "nested": (lambda: sequential(CLIP, sequential(CLIP, L.ConvLSTM2D(2, 3, return_sequences=True), L.BatchNormalization()),
                                  sequential((4, 6, 4, 2), L.Flatten(), L.Dense(3))), CLIP),
    "frozen_inside": (frozen_inside, CLIP),
    "functional_inside": (functional_inside, (6, 3)),
    "hard_sigmoid": (lambda: sequential(CLIP, L.ConvLSTM2D(2, (2, 3), recurrent_activation="hard_sigmoid", padding="same"),
                                        L.Conv2D(1, 1, activation="hard_sigmoid")), CLIP),
    "defaults": (lambda: sequential(CLIP, L.ConvLSTM2D(2, 3)), CLIP),
    "masking": (masking, (6, 2)),
    "functional_chain": (functional_chain, (6, 3)),
}

REFUSED = {
    "axis": lambda: sequential((4, 4, 4), L.BatchNormalization(axis=1), L.Conv2D(2, 3)),
    "axis2": lambda: sequential((4, 4, 4, 4), L.TimeDistributed(L.BatchNormalization(axis=2)), L.ConvLSTM2D(2, 3)),
    "gamma": lambda: sequential((3,), L.BatchNormalization(center=False), L.Dense(1)),
}
if KERAS2:
    REFUSED["mask"] = lambda: sequential((5, 3), L.Masking(0.0), L.Rescaling(2.0, 1.0), L.LSTM(3))


def randomise(model, seed):
    random = np.random.default_rng(seed)
    for variable in model.weights:
        value = random.normal(0, 0.4, variable.shape)
        name = getattr(variable, "path", variable.name)
        variable.assign(np.abs(value) + 0.3 if "moving_variance" in name else value)


def cudnn():
    """An .h5 file of a CuDNNLSTM, whose layer needs a GPU; tf_keras turns its weights into an LSTM's."""
    import h5py

    random = np.random.default_rng(7)
    with h5py.File(FOLDER / "cudnn.h5", "w") as h5:
        h5.attrs["layer_names"] = [b"cu_dnnlstm"]
        h5.attrs["backend"], h5.attrs["keras_version"] = "tensorflow", "2.2.4"
        group = h5.create_group("cu_dnnlstm")
        names = ["cu_dnnlstm/kernel:0", "cu_dnnlstm/recurrent_kernel:0", "cu_dnnlstm/bias:0"]
        group.attrs["weight_names"] = [name.encode() for name in names]
        for name, shape in zip(names, [(3, 16), (4, 16), (32,)]):
            group.create_dataset(name, data=random.normal(0, 0.4, shape).astype("float32"))
    model = sequential((5, 3), L.LSTM(4, return_sequences=True))
    model.load_weights(FOLDER / "cudnn.h5")
    x = random.normal(0, 1, (2, 5, 3)).astype("float32")
    np.savez_compressed(FOLDER / "cudnn.npz", x=x, y=model.predict(x, verbose=0))


def fitted():
    """A model with its compiled training and the optimizer's state, which belong to Keras."""
    model = sequential((4, 3), L.LSTM(3), L.Dropout(0.2), L.Dense(2))
    model.compile(loss="mse", optimizer="adam", metrics=["mae"])
    x = np.random.default_rng(97).normal(0, 1, (6, 4, 3)).astype("float32")
    model.fit(x, x[:, 0, :2], verbose=0)
    model.save(FOLDER / "fitted.keras")
    model.save(FOLDER / "fitted.h5")
    np.savez_compressed(FOLDER / "fitted.npz", x=x, y=model.predict(x, verbose=0))


def main():
    if sys.argv[1:] == ["fitted"]:
        return fitted()
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER.parent / "refused").mkdir(exist_ok=True)
    only = [a for a in sys.argv[1:] if a != "keras2"]
    for name, make in REFUSED.items():
        if not only or name in only:
            make().save(FOLDER.parent / "refused" / f"{name}{'_keras2' if KERAS2 else ''}.h5")
    for seed, (name, (make, shape)) in enumerate(MODELS.items()):
        if only and name not in only:
            continue
        name = f"{name}_keras2" if KERAS2 else name
        model = make()
        randomise(model, seed)
        x = np.random.default_rng(seed + 50).normal(0, 1, (2, *shape)).astype("float32")
        if "seq2seq" in name or "masking" in name:
            x[0, 3:] = x[1, 1] = 0
        if "pixels" in name:
            x = np.floor(np.abs(x) * 80)
        np.savez_compressed(FOLDER / f"{name}.npz", x=x, y=model.predict(x, verbose=0))
        model.save(FOLDER / f"{name}.keras")
        model.save(FOLDER / f"{name}.h5")
        if name == "nested":
            model.save(FOLDER / "nested_folder", zipped=False)
    if only:
        return
    if KERAS2:
        cudnn()
        return
    fitted()
    # Masks and the loss: Keras leaves masked steps out of both, and takes the mean over the others.
    model = sequential((4, 3), L.Masking(0.0), L.LSTM(3, return_sequences=True), L.Dense(2))
    randomise(model, 99)
    random = np.random.default_rng(98)
    x, y = random.normal(0, 1, (6, 4, 3)).astype("float32"), random.normal(0, 1, (6, 4, 2)).astype("float32")
    x[0, 2:] = x[3, :1] = x[4, 1] = 0
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(0.1))
    model.save(FOLDER / "masked_loss.keras")
    losses = model.fit(x, y, batch_size=3, epochs=3, shuffle=False, verbose=0).history["loss"]
    np.savez_compressed(FOLDER / "masked_loss.npz", x=x, y=model.predict(x, verbose=0), target=y, losses=np.float32(losses))


if __name__ == "__main__":
    main()
