"""Writes the sample that SafetensorsTest reads, with the real library: pip install safetensors==0.7.0 numpy."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

here = Path(__file__).parent.parent / "resources/convlstm/data/python.safetensors"
arrays = {"a/kernel": np.arange(6, dtype=np.float32).reshape(2, 3) / 2, "scalar": np.array(-7, dtype=np.float32)}
save_file(arrays, here, metadata={"made by": "Python"})
