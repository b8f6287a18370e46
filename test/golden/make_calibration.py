"""Write temperatures and rejection scores by SciPy and scikit-learn, to compare nearlabel's with.

Logits are drawn here and written with the results, rounded so that JSON holds them exactly.

usage: make_calibration.py OUT_JSON
       make_calibration.py calibration.json      writes the committed file
"""

import json
import sys

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, log_expit, log_softmax, logsumexp, softmax
from sklearn.metrics import log_loss


def softmax_loss(logits, targets, inverse):
    return -log_softmax(inverse * logits, axis=1)[np.arange(len(targets)), targets].mean()


def softmax_slope(logits, targets, inverse):
    means = (softmax(inverse * logits, axis=1) * logits).sum(axis=1)
    return (means - logits[np.arange(len(targets)), targets]).mean()


def sigmoid_loss(logits, targets, inverse):
    truth = np.eye(logits.shape[1])[targets]
    return -(truth * log_expit(inverse * logits) + (1 - truth) * log_expit(-inverse * logits)).sum(axis=1).mean()


def sigmoid_slope(logits, targets, inverse):
    truth = np.eye(logits.shape[1])[targets]
    return ((expit(inverse * logits) - truth) * logits).sum(axis=1).mean()


LOSSES = {"softmax": (softmax_loss, softmax_slope), "sigmoid": (sigmoid_loss, sigmoid_slope)}


def fitted(logits, targets, score_function):
    """The zero of the slope, which is exact, checked against a search for the least loss, which is exact to its root."""
    loss, slope = LOSSES[score_function]
    inverse = brentq(lambda x: slope(logits, targets, x), 1e-6, 1e3, xtol=1e-15, rtol=1e-14)
    searched = minimize_scalar(lambda x: loss(logits, targets, np.exp(x)), bounds=(-7, 7), method="bounded", options={"xatol": 1e-10})
    assert abs(np.log(inverse) - searched.x) < 1e-6
    return {"temperature": 1 / inverse, "nllBefore": loss(logits, targets, 1), "nllAfter": loss(logits, targets, inverse)}


def case(random, name, score_function, pictures, labels, scale, sharpness, bias=0.0):
    """Cosines with a lift for the true label, times `scale`, plus `bias`: `sharpness` says how well it stands out."""
    targets = random.integers(labels, size=pictures)
    cosines = random.normal(0.2, 0.03, (pictures, labels))
    cosines[np.arange(pictures), targets] += sharpness * 0.03
    logits = np.round(scale * cosines + bias, 4)
    rows = {"name": name, "scoreFunction": score_function, "logits": logits.tolist(), "targets": targets.tolist()}
    return rows | fitted(logits, targets, score_function)


def scores(random):
    similarities = np.round(random.normal(0.2, 0.05, (6, 7)), 5)
    rivals = np.round(random.normal(0.18, 0.05, (6, 11)), 5)
    share = softmax(100 * np.concatenate([similarities, rivals], axis=1), axis=1)[:, :7].sum(axis=1)
    return {
        "similarities": similarities.tolist(),
        "rivals": rivals.tolist(),
        "logitScale": 100,
        "mcm": softmax(similarities, axis=1).max(axis=1).tolist(),
        "energy": logsumexp(100 * similarities, axis=1).tolist(),
        "similarity": similarities.max(axis=1).tolist(),
        "negativeLabels": share.tolist(),
    }


def main(out):
    random = np.random.default_rng(7)
    cases = [
        case(random, "too sure", "softmax", 60, 5, 100, 0.8),
        case(random, "not sure enough", "softmax", 60, 5, 5, 2.0),
        case(random, "two labels", "softmax", 40, 2, 28, 1.0),
        case(random, "sigmoid", "sigmoid", 60, 4, 60, 1.5, bias=-16.0),
    ]
    first = cases[0]
    probabilities = softmax(np.array(first["logits"]), axis=1)
    assert abs(log_loss(first["targets"], probabilities, labels=range(5)) - first["nllBefore"]) < 1e-12
    with open(out, "w") as file:
        json.dump({"temperatures": cases, "rejection": scores(random)}, file)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
