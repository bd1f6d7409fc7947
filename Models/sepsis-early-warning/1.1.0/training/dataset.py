"""Reads the PhysioNet/CinC 2019 files and splits patients."""

import hashlib
import json
import os
import tarfile

import numpy as np

import features


def read(archive):
    """All patients of a tar archive of pipe-separated files, rows one after another, in the order of their ids."""
    parts, ids = {}, []
    header = None
    with tarfile.open(archive) as tar:
        for member in tar:
            if not member.name.endswith(".psv"):
                continue
            text = tar.extractfile(member).read().decode()
            first, _, rest = text.partition("\n")
            header = first.strip().split("|")
            patient = os.path.basename(member.name)[:-4]
            lines = rest.strip().split("\n")
            parts[patient] = np.array([line.split("|") for line in lines], dtype=np.float32)
    order = sorted(parts)
    hour = np.concatenate([np.arange(len(parts[patient])) for patient in order])
    patient = np.concatenate([np.full(len(parts[p]), k) for k, p in enumerate(order)])
    values = np.concatenate([parts[p] for p in order]).astype(np.float64)
    # 36.6 as float32 is 36.599998; back to the decimal that was written.
    columns = {name: np.round(values[:, k], 4) for k, name in enumerate(header)}
    return order, patient, hour, columns


def fold(identifier):
    """0–99 by a digest of the patient's id: 0–79 are for development, by cross-validation in five parts; 80–99 are the test."""
    return int(hashlib.sha256(("headwall-sepsis|" + identifier).encode()).hexdigest()[:8], 16) % 100


def load(archive, cache):
    """Feature matrix, labels and groups of one hospital; kept in `cache` between runs."""
    names = json.dumps(features.DEFINITIONS, sort_keys=True)
    version = hashlib.sha256(names.encode()).hexdigest()[:12]
    path = os.path.join(cache, f"{os.path.basename(archive)}.{version}.npz")
    if not os.path.exists(path):
        ids, patient, hour, columns = read(archive)
        x = features.compute(columns, hour)
        np.savez(
            path, x=x, y=columns["SepsisLabel"].astype(np.int8), patient=patient, hour=hour,
            fold=np.array([fold(i) for i in ids])[patient], age=columns["Age"], sex=columns["Gender"],
        )
    return dict(np.load(path))
