"""Writes the weights of one model in all ways to pack them that h5py knows and the reader here reads, a layer each.

  python3 make_packed.py FOLDER     (Debian's python3-h5py 3.7)
"""
import os
import sys

import h5py
import numpy as np

KERNEL = (np.arange(23)[:, None] * 100 + np.arange(17)).astype("f4")
WAYS = {
    "plain": {},
    "chunked": dict(chunks=(5, 4)),
    "gzip": dict(chunks=(5, 4), compression="gzip"),
    "shuffled": dict(chunks=(5, 4), compression="gzip", shuffle=True, fletcher32=True),
    "single": dict(chunks=(23, 17), compression="gzip"),
    "paged": dict(chunks=(1, 1)),
}


def write(path, libver, ways):
    with h5py.File(path, "w", libver=libver) as file:
        file.attrs["layer_names"] = [name.encode() for name in [*ways, "early", "named", "empty"]]
        file.attrs["keras_version"] = b"2.4.0"
        for name, way in ways.items():
            group = file.create_group(name)
            group.attrs["weight_names"] = [b"kernel:0"]
            values = np.arange(40 * 40).reshape(40, 40).astype("f4") if name == "paged" else KERNEL
            group.create_dataset("kernel:0", data=values, **way)

        # All chunks reserved at once: they need no index.
        early = file.create_group("early")
        early.attrs["weight_names"] = [b"kernel:0"]
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((5, 4))
        properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        space = h5py.h5s.create_simple(KERNEL.shape)
        dataset = h5py.h5d.create(early.id, b"kernel:0", h5py.h5t.IEEE_F32LE, space, properties)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, KERNEL)

        # A type with a name of its own lies in another object.
        named = file.create_group("named")
        named.attrs["weight_names"] = [b"kernel:0"]
        named["type"] = np.dtype("f4")
        named.create_dataset("kernel:0", data=KERNEL, dtype=named["type"])

        # Never written: no chunk is there, all is zero.
        empty = file.create_group("empty")
        empty.attrs["weight_names"] = [b"kernel:0"]
        empty.create_dataset("kernel:0", shape=(23, 17), dtype="f4", chunks=(5, 4))


folder = sys.argv[1]
write(os.path.join(folder, "packed-earliest.h5"), "earliest", WAYS | {"grown": dict(chunks=(5, 4), maxshape=(None, 17))})
write(os.path.join(folder, "packed-latest.h5"), "latest", {k: v for k, v in WAYS.items() if k in ("chunked", "gzip", "shuffled", "single", "paged")})
