"""Writes test/golden/npy/: small arrays as NumPy saves them, and what float16 numbers are in float32."""
import json
from pathlib import Path

import numpy as np

folder = Path(__file__).parent / "npy"
folder.mkdir(exist_ok=True)
halves = np.array([0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x3555, 0x3C00, 0xBC01, 0x7BFF, 0x7C00, 0xFC00, 0x7E00, 0x5640],
                  dtype=np.uint16).view(np.float16)
np.save(folder / "float16.npy", halves)
np.save(folder / "float32.npy", np.arange(6, dtype=np.float32).reshape(2, 3) / 4)
np.save(folder / "int64.npy", np.array([-(2**60), 0, 2**60 + 1]))
np.save(folder / "uint8.npy", np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3))
np.save(folder / "scalar.npy", np.float32(1.5))
np.save(folder / "float64.npy", np.zeros(2))
np.save(folder / "fortran.npy", np.asfortranarray(np.ones((2, 3), np.float32)))
np.save(folder / "big-endian.npy", np.ones(2, ">f4"))
for version in [(2, 0), (3, 0)]:
    with open(folder / f"version{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, np.arange(3, dtype=np.float32), version=version)
values = [repr(float(value)) for value in halves.astype(np.float32)]
(folder / "float16.json").write_text(json.dumps(values) + "\n")
