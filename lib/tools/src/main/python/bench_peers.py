"""The peers' side of the benchmark: one library, one process, asked over standard input.

Started as `python bench_peers.py PEER THREADS` by convlstm.app.Bench, it answers each line with one that starts with
"bench: ", as convlstm.app.BenchWorker does for the kit's own backends:

    load SPEC FILE   builds the model that SPEC describes with the weights of FILE    loaded PARAMETERS
    steps N SECONDS  takes N training steps, or fewer if the time is over             steps MS,MS,... LOSS,LOSS,...
    quit

SPEC is "kind=convlstm,B=8,T=10,...". FILE is an .npz with the input x, the target y (sample first, channels last) and
the weights w0, w1, ... in the order and layout of Keras. A step is forward, loss, backward and Adam; inputs and targets
lie in the library's own memory beforehand, and the loss comes back as a number after each step.
"""

import os
import sys
import time
import traceback

ON_GPU = ("torch-cuda", "torch-cuda-last", "torch-cuda-compiled")
PEERS = ("torch", "torch-concat", "torch-last", "torch-compiled", "keras-tf", "keras-tf-xla", "keras-torch",
         *ON_GPU, *(f"{name}-tf32" for name in ON_GPU))
RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-7


def say(*words):
    print("bench:", *words, flush=True)


def parse(spec):
    pairs = dict(pair.split("=") for pair in spec.split(","))
    kind = pairs.pop("kind")
    return kind, {name: int(size) for name, size in pairs.items()}


def squared_loss(kind):
    """Single layers learn a random target by mean squared error; whole models learn pixels from logits."""
    return kind in ("convlstm", "lstm")


def kernel_sizes(kind, n):
    """Of a stack of ConvLSTM2D layers."""
    return [n["k"], 3, 1] if kind == "keras-example" else [n["k"]] * n["layers"]


class Torch:
    """PyTorch: nn.LSTM, and the convolutional LSTM as people write it, in the forms that are fast."""

    def __init__(self, variant, threads):
        import torch

        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.torch = torch
        print(f"aten,isa:{torch.backends.cpu.get_cpu_capability()}", flush=True)
        self.device = "cpu"
        where = ""
        if variant.startswith("torch-cuda"):
            if not torch.cuda.is_available():
                raise SystemExit(f"PyTorch {torch.__version__} finds no GPU: is it a build for CUDA?")
            tf32 = variant.endswith("-tf32")
            torch.backends.cuda.matmul.allow_tf32 = tf32
            torch.backends.cudnn.allow_tf32 = tf32
            torch.backends.cudnn.benchmark = True
            self.device = "cuda"
            where = f", on {torch.cuda.get_device_name()}, {'TF32' if tf32 else 'float32'}"
            variant = variant.removesuffix("-tf32").replace("torch-cuda", "torch")
        self.concat = variant == "torch-concat"
        self.last = variant == "torch-last"
        self.compiled = variant == "torch-compiled"
        form = {
            "torch": "eager, input convolution for all steps at once",
            "torch-concat": "eager, one convolution of x and h side by side",
            "torch-last": "eager, input convolution for all steps at once, channels last",
            "torch-compiled": "compiled with static shapes",
        }[variant]
        self.name = f"PyTorch {torch.__version__.split('+')[0]}, {form}{where}"
        if self.compiled:
            torch._dynamo.config.automatic_dynamic_shapes = False

    def load(self, kind, n, arrays):
        torch = self.torch
        weights = [torch.from_numpy(arrays[f"w{k}"]) for k in range(len(arrays) - 2)]
        model = self.model(kind, n, iter(weights)).to(self.device)
        self.x = self.data(arrays["x"])
        self.y = self.data(arrays["y"])
        self.loss = torch.nn.MSELoss() if squared_loss(kind) else torch.nn.BCEWithLogitsLoss()
        if self.last:
            model = model.to(memory_format=torch.channels_last)
        trained = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.Adam(trained, RATE, (BETA1, BETA2), EPSILON, fused=True)
        # On a GPU the compiler's CUDA graphs take part too: a recurrent loop is bound by launches without them.
        mode = "reduce-overhead" if self.device == "cuda" else "default"
        self.call = torch.compile(model, dynamic=False, mode=mode) if self.compiled else model
        return sum(p.numel() for p in trained)

    def data(self, array):
        """Sample first and channels last, as in the file, to time first and, for images, channels first."""
        t = self.torch.from_numpy(array).to(self.device).swapaxes(0, 1)
        if t.dim() == 5:
            t = t.permute(0, 1, 4, 2, 3)
            if self.last:
                T, B = t.shape[:2]
                t = t.reshape(T * B, *t.shape[2:]).contiguous(memory_format=self.torch.channels_last)
                return t.unflatten(0, (T, B))
        return t.contiguous()

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.call(self.x), self.y)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def model(self, kind, n, weights):
        """Takes its weights, in Keras' order and layout, from an iterator."""
        torch = self.torch
        nn = torch.nn
        concat = self.concat

        def oihw(w):
            return nn.Parameter(w.permute(3, 2, 0, 1).contiguous())

        class ConvLSTM(nn.Module):
            """(T, B, C, H, W) to the states (T, B, F, H, W); C may be 0. Gates i, f, c, o, as everywhere here."""

            def __init__(self, C, F, k):
                super().__init__()
                self.F, self.pad = F, k // 2
                kernel = oihw(next(weights)) if C else None
                recurrent = oihw(next(weights))
                if concat and C:
                    self.kernel, self.recurrent = nn.Parameter(torch.cat([kernel, recurrent], 1)), None
                else:
                    self.kernel, self.recurrent = kernel, recurrent
                self.bias = nn.Parameter(next(weights))

            def forward(self, x, T, state=None):
                conv = nn.functional.conv2d
                if x is not None and self.recurrent is not None:  # the input's share of the gates, every t at once
                    B = x.shape[1]
                    gates_x = conv(x.flatten(0, 1), self.kernel, self.bias, padding=self.pad).unflatten(0, (T, B))
                if state is None:
                    zeros = x.new_zeros(x.shape[1], self.F, *x.shape[3:])
                    state = (zeros, zeros)
                h, c = state
                outputs = []
                for t in range(T):
                    if x is None:
                        gates = conv(h, self.recurrent, self.bias, padding=self.pad)
                    elif self.recurrent is None:
                        gates = conv(torch.cat([x[t], h], 1), self.kernel, self.bias, padding=self.pad)
                    else:
                        gates = gates_x[t] + conv(h, self.recurrent, padding=self.pad)
                    i, f, g, o = gates.chunk(4, 1)
                    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                    h = torch.sigmoid(o) * torch.tanh(c)
                    outputs.append(h)
                return torch.stack(outputs), (h, c)

        class LSTM(nn.Module):
            """nn.LSTM has two biases where one would do; the second stays at zero, as if it were not there."""

            def __init__(self, D, U):
                super().__init__()
                self.lstm = nn.LSTM(D, U)
                with torch.no_grad():
                    self.lstm.weight_ih_l0.copy_(next(weights).T)
                    self.lstm.weight_hh_l0.copy_(next(weights).T)
                    self.lstm.bias_ih_l0.copy_(next(weights))
                    self.lstm.bias_hh_l0.zero_().requires_grad_(False)

            def forward(self, x):
                return self.lstm(x)[0]

        class Pointwise(nn.Module):
            """A 1x1 convolution of each frame."""

            def __init__(self):
                super().__init__()
                w = next(weights)
                self.kernel = oihw(w.reshape(1, 1, *w.shape[-2:]))
                self.bias = nn.Parameter(next(weights))

            def forward(self, x):
                y = nn.functional.conv2d(x.flatten(0, 1), self.kernel, self.bias)
                return y.unflatten(0, x.shape[:2])

        class One(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = ConvLSTM(n["C"], n["F"], n["k"])

            def forward(self, x):
                return self.layer(x, n["T"])[0]

        class EncoderForecaster(nn.Module):
            def __init__(self):
                super().__init__()
                F = [n["F1"], n["F2"], n["F3"]]
                ins = [n["C"], *F[:-1]]
                self.encoder = nn.ModuleList(ConvLSTM(c, f, n["k"]) for c, f in zip(ins, F))
                self.forecaster = nn.ModuleList(ConvLSTM(c, f, n["k"]) for c, f in zip([0, *F[:0:-1]], F[::-1]))
                self.output = Pointwise()

            def forward(self, x):
                states = []
                for layer in self.encoder:
                    x, state = layer(x, n["T"])
                    states.append(state)
                y, outputs = None, []
                for layer, state in zip(self.forecaster, states[::-1]):
                    y, _ = layer(y, n["T"], state)
                    outputs.append(y)
                return self.output(torch.cat(outputs, 2))

        class Stack(nn.Module):
            def __init__(self):
                super().__init__()
                kernels = kernel_sizes(kind, n)
                ins = [n["C"]] + [n["F"]] * (len(kernels) - 1)
                self.layers = nn.ModuleList(ConvLSTM(c, n["F"], k) for c, k in zip(ins, kernels))
                self.output = Pointwise()

            def forward(self, x):
                for layer in self.layers:
                    x, _ = layer(x, n["T"])
                return self.output(x)

        class CourseCnnLSTM(nn.Module):
            def __init__(self):
                super().__init__()
                self.kernel = oihw(next(weights))
                self.bias = nn.Parameter(next(weights))
                # Keras flattens (H, W, F), PyTorch (F, H, W): the rows of the LSTM's kernel are put in that order
                h, w, F, U = n["H"] // 2, n["W"] // 2, n["F"], n["U"]
                kernel = next(weights).reshape(h, w, F, 4 * U).permute(2, 0, 1, 3).reshape(h * w * F, 4 * U)
                lstm_weights = iter([kernel, next(weights), next(weights)])
                self.lstm = nn.LSTM(h * w * F, U)
                with torch.no_grad():
                    self.lstm.weight_ih_l0.copy_(next(lstm_weights).T)
                    self.lstm.weight_hh_l0.copy_(next(lstm_weights).T)
                    self.lstm.bias_ih_l0.copy_(next(lstm_weights))
                    self.lstm.bias_hh_l0.zero_().requires_grad_(False)
                self.dense = nn.Linear(U, n["H"] * n["W"] * n["C"])
                with torch.no_grad():
                    dense = next(weights).reshape(U, n["H"], n["W"], n["C"]).permute(0, 3, 1, 2).reshape(U, -1)
                    self.dense.weight.copy_(dense.T)
                    self.dense.bias.copy_(next(weights).reshape(n["H"], n["W"], n["C"]).permute(2, 0, 1).flatten())

            def forward(self, x):
                T, B, C, H, W = x.shape
                y = nn.functional.conv2d(x.flatten(0, 1), self.kernel, self.bias, padding=1)
                y = nn.functional.max_pool2d(torch.relu(y), 2).flatten(1).unflatten(0, (T, B))
                return self.dense(self.lstm(y)[0]).reshape(T, B, C, H, W)

        if kind == "lstm":
            return LSTM(n["D"], n["U"])
        return {"convlstm": One, "paper": EncoderForecaster, "course-convlstm": Stack, "keras-example": Stack,
                "course-cnnlstm": CourseCnnLSTM}[kind]()


class Keras:
    """Keras 3 on TensorFlow (the step is one tf.function, with XLA or without) or on PyTorch."""

    def __init__(self, variant, threads):
        self.on_torch = variant == "keras-torch"
        self.xla = variant == "keras-tf-xla"
        os.environ["KERAS_BACKEND"] = "torch" if self.on_torch else "tensorflow"
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        if self.on_torch:
            import torch as library

            library.set_num_threads(threads)
        else:
            import tensorflow as library

            library.config.threading.set_intra_op_parallelism_threads(threads)
        import keras

        keras.utils.set_random_seed(0)
        self.keras, self.library = keras, library
        name = "PyTorch" if self.on_torch else "TensorFlow"
        xla = ", compiled by XLA" if self.xla else ""
        self.name = f"Keras {keras.__version__} on {name} {library.__version__.split('+')[0]}{xla}"

    def load(self, kind, n, arrays):
        keras = self.keras
        keras.backend.clear_session()
        weights = [arrays[f"w{k}"] for k in range(len(arrays) - 2)]
        self.model = self.build(kind, n)
        count = self.model.count_params()
        if kind == "paper":
            # Keras' layer must have an input: a frame of zeros with one channel, whose kernel stays as it is
            weights.insert(9, weights[9][:, :, :1] * 0)
            count -= weights[9].size
        self.model.set_weights([w.reshape(v.shape) for w, v in zip(weights, self.model.weights, strict=True)])
        self.x = keras.ops.convert_to_tensor(arrays["x"])
        self.y = keras.ops.convert_to_tensor(arrays["y"])
        self.loss = (keras.losses.MeanSquaredError() if squared_loss(kind)
                     else keras.losses.BinaryCrossentropy(from_logits=True))
        self.optimizer = keras.optimizers.Adam(RATE, BETA1, BETA2, EPSILON)
        self.optimizer.build(self.model.trainable_variables)
        if not self.on_torch:
            self.function = self.library.function(self.tf_step, jit_compile=self.xla)
        return count

    def step(self):
        return float(self.torch_step() if self.on_torch else self.function())

    def tf_step(self):
        with self.library.GradientTape() as tape:
            loss = self.loss(self.y, self.model(self.x, training=True))
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    def torch_step(self):
        self.model.zero_grad()
        loss = self.loss(self.y, self.model(self.x, training=True))
        loss.backward()
        variables = self.model.trainable_variables
        with self.library.no_grad():
            self.optimizer.apply([v.value.grad for v in variables], variables)
        return loss

    def build(self, kind, n):
        keras = self.keras
        layers, ops = keras.layers, keras.ops

        def conv_lstm(F, k=n.get("k"), **options):
            return layers.ConvLSTM2D(F, k, padding="same", return_sequences=True, **options)

        B, T = n["B"], n["T"]
        if kind == "lstm":
            x = keras.Input((T, n["D"]), B)
            return keras.Model(x, layers.LSTM(n["U"], return_sequences=True)(x))
        H, W, C = n["H"], n["W"], n["C"]
        x = keras.Input((T, H, W, C), B)
        if kind == "convlstm":
            return keras.Model(x, conv_lstm(n["F"])(x))
        if kind in ("course-convlstm", "keras-example"):
            y = x
            for k in kernel_sizes(kind, n):
                y = conv_lstm(n["F"], k)(y)
            return keras.Model(x, layers.Dense(C)(y))
        if kind == "course-cnnlstm":
            y = layers.Conv2D(n["F"], 3, padding="same", activation="relu")(ops.reshape(x, (B * T, H, W, C)))
            y = ops.reshape(layers.MaxPooling2D(2)(y), (B, T, (H // 2) * (W // 2) * n["F"]))
            y = layers.LSTM(n["U"], return_sequences=True)(y)
            return keras.Model(x, ops.reshape(layers.Dense(H * W * C)(y), (B, T, H, W, C)))
        filters = [n["F1"], n["F2"], n["F3"]]
        y, states = x, []
        for F in filters:
            y, h, c = conv_lstm(F, return_state=True)(y)
            states.append((h, c))
        y, outputs = ops.zeros((B, T, H, W, 1)), []
        for F, state in zip(filters[::-1], states[::-1]):
            y = conv_lstm(F)(y, initial_state=list(state))
            outputs.append(y)
        return keras.Model(x, layers.Dense(C)(ops.concatenate(outputs, -1)))


def steps(peer, count, seconds):
    times, losses = [], []
    end = time.perf_counter() + seconds
    while len(times) < count and (not times or time.perf_counter() < end):
        start = time.perf_counter()
        loss = peer.step()
        times.append((time.perf_counter() - start) * 1e3)
        losses.append(loss)
    return ",".join(f"{t:.4f}" for t in times), ",".join(f"{v:.9g}" for v in losses)


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in PEERS:
        sys.exit(f"usage: bench_peers.py PEER THREADS, with PEER one of {', '.join(PEERS)}")
    import numpy

    variant, threads = sys.argv[1], int(sys.argv[2])
    peer = (Torch if variant.startswith("torch") else Keras)(variant, threads)
    say("ready", peer.name)
    for line in sys.stdin:
        command, *words = line.split(maxsplit=2)
        if command == "quit":
            return
        try:
            if command == "load":
                kind, sizes = parse(words[0])
                with numpy.load(words[1].strip()) as arrays:
                    say("loaded", peer.load(kind, sizes, dict(arrays)))
            elif command == "steps":
                say("steps", *steps(peer, int(words[0]), float(words[1])))
            else:
                raise ValueError(f"command: expected load, steps or quit, got {command}")
        except Exception as fault:
            traceback.print_exc()
            say("error", type(fault).__name__, " ".join(str(fault).split())[:500])


if __name__ == "__main__":
    main()
