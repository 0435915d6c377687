"""Writes what the real PyTorch computes, for TorchWeightsTest: weights as .safetensors, inputs and outputs as .npz.

    python torch_golden.py          writes ../resources/torch (torch and safetensors of requirements.txt)

Inputs and outputs are stored as the kit has them, channels last; weights as torch has them.
"""

import pathlib

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "resources" / "torch"


class ConvLSTMCell(nn.Module):
    """The cell that most projects copy: one convolution over x and h side by side, gates i, f, o, g."""

    def __init__(self, channels, hidden, kernel, bias=True):
        super().__init__()
        self.hidden = hidden
        self.conv = nn.Conv2d(channels + hidden, 4 * hidden, kernel, padding=(kernel[0] // 2, kernel[1] // 2), bias=bias)

    def forward(self, x, h, c):
        i, f, o, g = torch.split(self.conv(torch.cat([x, h], dim=1)), self.hidden, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


def randomise(module, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, value in module.state_dict().items():
        if value.is_floating_point():
            value.copy_(0.5 * torch.randn(value.shape, generator=generator))
            if name.endswith("running_var"):
                value.abs_().add_(0.5)
    return module.eval()


def run_cells(cells, x):
    """x is (B, T, C, H, W); every step of every cell's output."""
    for cell in cells:
        h = c = torch.zeros(x.shape[0], cell.hidden, *x.shape[3:])
        steps = []
        for t in range(x.shape[1]):
            h, c = cell(x[:, t], h, c)
            steps.append(h)
        x = torch.stack(steps, 1)
    return x


def last(x):
    """Channels last: (..., C, H, W) becomes (..., H, W, C)."""
    return np.ascontiguousarray(np.moveaxis(x.detach().numpy(), -3, -1))


def store(name, module, x, y):
    FOLDER.mkdir(parents=True, exist_ok=True)
    save_file({key: value.contiguous() for key, value in module.state_dict().items()}, FOLDER / f"{name}.safetensors")
    np.savez_compressed(FOLDER / f"{name}.npz", x=x, y=y)


def main():
    noise = torch.Generator().manual_seed(0)
    draw = lambda *shape: torch.randn(shape, generator=noise)
    with torch.no_grad():
        x = draw(3, 5, 4)
        lstm = randomise(nn.ModuleDict({"lstm": nn.LSTM(4, 3, num_layers=2, batch_first=True), "head": nn.Linear(3, 2)}), 1)
        store("lstm", lstm, x.numpy(), lstm["head"](lstm["lstm"](x)[0]).numpy())
        for name, module in {
            "lstm_no_bias": nn.LSTM(4, 3, bias=False, batch_first=True),
            "lstm_bidirectional": nn.LSTM(4, 3, bidirectional=True, batch_first=True),
            "lstm_projection": nn.LSTM(4, 3, proj_size=2, batch_first=True),
        }.items():
            randomise(module, 2)
            store(name, nn.ModuleDict({"lstm": module}), x.numpy(), module(x)[0].numpy())

        image = draw(2, 3, 6, 5)
        cnn = randomise(nn.Sequential(nn.Conv2d(3, 4, (3, 2)), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 3, padding=1),
                                      nn.Flatten(), nn.Linear(2 * 4 * 4, 3)), 3)
        store("cnn", cnn, last(image), cnn(image).numpy())
        store("cnn_half", cnn.half(), last(image), cnn.float()(image).numpy())

        clip = draw(2, 4, 3, 6, 5)
        cells = randomise(nn.ModuleDict({"cell_list": nn.ModuleList([
            ConvLSTMCell(3, 2, (3, 5)), ConvLSTMCell(2, 4, (3, 3), bias=False)])}), 4)
        store("convlstm", cells, last(clip), last(run_cells(cells["cell_list"], clip)))
        even = randomise(nn.ModuleDict({"cell": ConvLSTMCell(3, 2, (2, 3))}), 5)
        save_file(even.state_dict(), FOLDER / "convlstm_even.safetensors")

        crnn = randomise(nn.ModuleDict({"conv": nn.Conv2d(3, 2, 3), "lstm": nn.LSTM(2 * 4 * 3, 3, batch_first=True)}), 6)
        frames = crnn["conv"](clip.flatten(0, 1)).flatten(1).reshape(2, 4, -1)
        store("cnn_lstm", crnn, last(clip), crnn["lstm"](frames)[0].numpy())


if __name__ == "__main__":
    main()
