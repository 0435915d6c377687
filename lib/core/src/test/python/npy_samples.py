"""Writes the .npy and .npz files that NumPy itself made, for NpyTest and NpzTest.

    python lib/core/src/test/python/npy_samples.py lib/core/src/test/resources/convlstm/data

Element i (in C order) of each array has the value i - 8 for signed types, i for unsigned ones, i % 2 for booleans,
i / 4 - 2 for floats. Made with NumPy 2; the arrays are the same under any, the deflated bytes need not be.
"""

import io
import sys
import zipfile
from pathlib import Path

import numpy as np

SHAPE = (2, 3, 4)
TYPES = ["|b1", "|i1", "|u1", "<i2", ">i2", "<u2", "<i4", ">i4", "<u4", "<i8", ">i8",
         "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]


def sample(dtype, shape=SHAPE):
    i = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    kind = np.dtype(dtype).kind
    values = {"b": i % 2, "u": i, "i": i - 8, "f": i / 4 - 2}[kind]
    return values.astype(dtype)


def npy(array, version=(1, 0), allow_pickle=False):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version, allow_pickle=allow_pickle)
    return out.getvalue()


def main(folder):
    files = {}
    for dtype in TYPES:
        files["little_" + dtype[1:] if dtype[0] != ">" else "big_" + dtype[1:]] = npy(sample(dtype))
    files["fortran_f4"] = npy(np.asfortranarray(sample("<f4")))
    files["fortran_u1_time_first"] = npy(np.asfortranarray(sample("|u1", (4, 3, 2, 5))))
    files["version2"] = npy(sample("<f4"), (2, 0))
    files["version3"] = npy(sample("<f4"), (3, 0))
    files["scalar"] = npy(np.float32(2.5).reshape(()))
    files["vector"] = npy(sample("<f4", (5,)))
    files["empty"] = npy(np.zeros((0, 3), np.float32))
    files["refused_object"] = npy(np.array([None, "x"], object), allow_pickle=True)
    files["refused_structured"] = npy(np.zeros(2, [("a", "<f4"), ("b", "<i4")]))
    files["refused_complex"] = npy(np.zeros(2, "<c8"))
    files["refused_text"] = npy(np.array(["ab", "c"]))
    files["refused_large_int"] = npy(np.array([1, 16777217], "<i8"))
    files["refused_large_double"] = npy(np.array([1, 1e300], "<f8"))
    for name, data in files.items():
        (folder / (name + ".npy")).write_bytes(data)
    arrays = {"x": sample("<f4"), "mask": sample("|b1"), "steps": sample("<i8", (6,))}
    np.savez(folder / "stored.npz", **arrays)
    np.savez_compressed(folder / "deflated.npz", **arrays)
    with zipfile.ZipFile(folder / "refused_climbs.npz", "w") as z:
        z.writestr(zipfile.ZipInfo("../outside.npy"), files["vector"])
    with zipfile.ZipFile(folder / "refused_other.npz", "w") as z:
        z.writestr(zipfile.ZipInfo("readme.txt"), "no array")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
