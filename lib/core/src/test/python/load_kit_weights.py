"""Reads weights that ConvLSTM Kit saved into a Keras model of the same layers."""

import numpy as np


def load_kit_weights(model, path):
    kit = {}
    for name, value in np.load(path).items():  # "0/ConvLSTM2D/kernel", in the model's order
        kit.setdefault(name.rsplit("/", 1)[0], []).append(value)
    layers = [layer for layer in model.layers if layer.weights]
    if len(layers) != len(kit):
        raise ValueError(f"{path} has {len(kit)} layers with weights, the model has {len(layers)}")
    for layer, weights in zip(layers, kit.values()):
        layer.set_weights(weights)  # says which shape it expected, if one differs
