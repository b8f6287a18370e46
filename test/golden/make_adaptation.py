"""Writes adaptation.json: Tip-Adapter's logits and zero-shot label propagation on a small random case, straight from the papers.

    python test/golden/make_adaptation.py
"""

import json
from pathlib import Path

import numpy as np

IMAGES, CLASSES, DIMENSION, EXAMPLES = 40, 5, 8, 12
SCALE, BIAS, ALPHA, BETA = 20.0, -1.5, 2.5, 4.0
NEIGHBOURS, GAMMA, SPREAD = 4, 3.0, 0.6


def unit_rows(rng, rows):
    values = rng.normal(size=(rows, DIMENSION))
    # Rounded before use, so that both programs start from the same numbers.
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def tip_adapter(images, classes, examples, labels):
    """Zhang et al. 2022: f W^T scaled, plus alpha * exp(-beta (1 - f F^T)) L."""
    one_hot = np.eye(CLASSES)[labels]
    affinity = np.exp(-BETA * (1 - images @ examples.T))
    return SCALE * images @ classes.T + BIAS + ALPHA * affinity @ one_hot


def label_propagation(images, classes):
    """Stojnic et al. 2024, transductive: (1 - a)(I - a D^-1/2 W D^-1/2)^-1 Y with dense matrices and a direct solver."""
    nodes = IMAGES + CLASSES
    weights = np.zeros((nodes, nodes))
    between, across = images @ images.T, images @ classes.T
    np.fill_diagonal(between, -np.inf)
    for i in range(IMAGES):
        for j in np.argsort(-between[i])[: NEIGHBOURS - 1]:
            weights[i, j] = max(0.0, between[i, j])
        for c in np.argsort(-across[i])[:NEIGHBOURS]:
            weights[i, IMAGES + c] = max(0.0, across[i, c]) ** GAMMA
    weights = weights + weights.T
    degree = weights.sum(axis=1)
    root = np.where(degree > 0, 1 / np.sqrt(np.where(degree > 0, degree, 1)), 0)
    normalised = root[:, None] * weights * root[None]
    seeds = np.zeros((nodes, CLASSES))
    seeds[IMAGES:] = np.eye(CLASSES)
    return (1 - SPREAD) * np.linalg.solve(np.eye(nodes) - SPREAD * normalised, seeds)[:IMAGES]


def main():
    rng = np.random.default_rng(20240616)
    images, classes, examples = unit_rows(rng, IMAGES), unit_rows(rng, CLASSES), unit_rows(rng, EXAMPLES)
    labels = rng.integers(0, CLASSES, size=EXAMPLES)
    wide = [matrix.astype(np.float64) for matrix in (images, classes, examples)]
    golden = {
        "scale": SCALE,
        "bias": BIAS,
        "alpha": ALPHA,
        "beta": BETA,
        "neighbours": NEIGHBOURS,
        "gamma": GAMMA,
        "spread": SPREAD,
        "images": images.tolist(),
        "classes": classes.tolist(),
        "examples": examples.tolist(),
        "labels": labels.tolist(),
        "tipAdapter": tip_adapter(*wide, labels).tolist(),
        "labelPropagation": label_propagation(wide[0], wide[1]).tolist(),
    }
    Path(__file__).with_name("adaptation.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
