"""Writes test/golden/metrics.json: what scikit-learn, SciPy and NumPy make of small random evaluations.

Scores are whole numbers over a power of two, so that they sum to 1 exactly and are short to write.
"""
import json
import warnings
from pathlib import Path

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.decomposition import PCA
from sklearn.metrics import (average_precision_score, balanced_accuracy_score, brier_score_loss, confusion_matrix, log_loss,
                             precision_recall_fscore_support, roc_auc_score, roc_curve)

BINS = 15
RESAMPLES = 40
warnings.filterwarnings("ignore")


def draws(seed, pictures):
    """Indexes from the Mersenne twister's 32-bit numbers, sign bit turned, those above a multiple of `pictures` left out."""
    twister = np.random.RandomState(seed)
    limit = 2**32 // pictures * pictures
    while True:
        number = int(twister.randint(0, 2**32, dtype=np.uint32)) ^ 0x80000000
        if number < limit:
            yield number % pictures


def interval(seed, pictures, statistic):
    source = draws(seed, pictures)
    values = [statistic(np.array([next(source) for _ in range(pictures)])) for _ in range(RESAMPLES)]
    value = statistic(np.arange(pictures))
    # Less the bootstrap's estimate of the bias (Efron & Tibshirani 1993, chapter 10).
    low, high = np.percentile(values, [2.5, 97.5]) - (np.mean(values) - value)
    return {"value": float(value), "low": float(low), "high": float(high)}


def reliability(confidences, correct):
    edges = np.linspace(0, 1, BINS + 1)
    bins = np.searchsorted(edges[1:-1], confidences)
    pictures = np.bincount(bins, minlength=BINS)
    accuracy = np.bincount(bins, correct, BINS) / np.maximum(pictures, 1)
    confidence = np.bincount(bins, confidences, BINS) / np.maximum(pictures, 1)
    true, predicted = calibration_curve(correct, confidences, n_bins=BINS) if 0 < correct.sum() < len(correct) else (None, None)
    if true is not None:
        assert np.array_equal(accuracy[pictures > 0], true) and np.array_equal(confidence[pictures > 0], predicted)
    return edges, pictures, confidence, accuracy


def calibration_error(confidences, correct):
    _, pictures, confidence, accuracy = reliability(confidences, correct)
    return float((pictures * np.abs(accuracy - confidence)).sum() / len(correct))


def selective_risk_area(confidences, correct):
    """Mean of the selective risks at coverages 1/n to 1, the wrong ones of equal confidence shared out evenly."""
    wrong = np.array([(1 - correct[confidences == value]).mean() for value in confidences])
    ordered = wrong[np.argsort(-confidences, kind="stable")]
    return float((np.cumsum(ordered) / np.arange(1, len(ordered) + 1)).mean())


def mean_average_precision(targets, scores):
    return float(np.mean([average_precision_score(targets == c, scores[:, c]) for c in np.unique(targets)]))


def evaluation(name, rng, pictures, classes, one, skill, occurring, never=None):
    targets = rng.choice(occurring, pictures)
    weights = rng.gamma(0.5, size=(pictures, classes))
    weights[np.arange(pictures), targets] += rng.random(pictures) * skill
    if never is not None:
        weights[:, never] = 0
    whole = 1 + np.floor(weights / weights.sum(1, keepdims=True) * (one - classes)).astype(int)
    whole[np.arange(pictures), whole.argmax(1)] += one - whole.sum(1)
    scores = whole / one
    order = np.argsort(-scores, axis=1, kind="stable")
    predicted, confidences = order[:, 0], scores.max(1)
    correct = (predicted == targets).astype(int)
    labels = list(range(classes))
    precision, recall, f1, support = precision_recall_fscore_support(targets, predicted, labels=labels, zero_division=0)
    likelihoods = np.log(scores[np.arange(pictures), targets])
    occur = np.unique(targets)
    edges, counts, confidence, accuracy = reliability(confidences, correct)
    return {
        "name": name, "classes": classes, "one": one, "targets": targets.tolist(), "scores": whole.tolist(),
        "ranks": (1 + (order == targets[:, None]).argmax(1)).tolist(),
        "confusion": confusion_matrix(targets, predicted, labels=labels).ravel().tolist(),
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(),
        "balancedAccuracy": float(balanced_accuracy_score(targets, predicted)),
        "bins": [edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), confidence.tolist(), accuracy.tolist()],
        "calibrationError": calibration_error(confidences, correct),
        "brier": float(brier_score_loss(targets, scores, labels=labels, scale_by_half=False)),
        "logLoss": float(log_loss(targets, scores, labels=labels)),
        "area": selective_risk_area(confidences, correct),
        "averagePrecision": [float(average_precision_score(targets == c, scores[:, c])) if c in occur else None for c in labels],
        "meanAveragePrecision": mean_average_precision(targets, scores),
        "intervals": {
            "meanPerClassRecall": interval(1, pictures, lambda i: balanced_accuracy_score(targets[i], predicted[i])),
            "meanAveragePrecision": interval(1, pictures, lambda i: mean_average_precision(targets[i], scores[i])),
            "ece": interval(2**31 + 5, pictures, lambda i: calibration_error(confidences[i], correct[i])),
            "nll": interval(1, pictures, lambda i: -likelihoods[i].mean()),
            "aurc": interval(1, pictures, lambda i: selective_risk_area(confidences[i], correct[i])),
        },
    }


def detection(rng, known, unknown, one, tpr):
    a = np.minimum(one, np.floor(rng.beta(4, 2, known) * one)).astype(int)
    b = np.floor(rng.beta(2, 3, unknown) * one).astype(int)
    truth, scores = np.r_[np.ones(known), np.zeros(unknown)], np.r_[a, b]
    fpr, reached, _ = roc_curve(truth, scores, drop_intermediate=False)
    return {"known": a.tolist(), "unknown": b.tolist(), "tpr": tpr, "auroc": float(roc_auc_score(truth, scores)),
            "fpr": float(fpr[np.argmax(reached >= tpr)])}


def wilson(successes, total):
    limits = binomtest(successes, total).proportion_ci(0.95, "wilson")
    return [successes, total, float(limits.low), float(limits.high)]


def clustering(rng, leaves):
    distances = np.round(rng.random(leaves * (leaves - 1) // 2), 6)
    return {"leaves": leaves, "distances": squareform(distances).ravel().tolist(),
            "heights": linkage(distances, "average")[:, 2].tolist()}


def projection(rng, rows, columns):
    spread = rng.normal(size=(rows, columns)) * 0.6 ** np.arange(columns)
    whole = np.round((spread @ np.linalg.qr(rng.normal(size=(columns, columns)))[0] + 0.5) * 256).astype(int)
    return {"rows": rows, "columns": columns, "one": 256, "data": whole.ravel().tolist(),
            "scores": PCA(2, svd_solver="full").fit_transform(whole / 256).ravel().tolist()}


rng = np.random.default_rng(20)
golden = {
    "evaluations": [
        evaluation("few ties", rng, 70, 6, 2**14, 2, np.arange(6)),
        evaluation("many ties", rng, 90, 5, 2**4, 1, np.arange(5)),
        evaluation("confidences on the edges of bins", rng, 60, 4, 15 * 4, 2, np.arange(4)),
        evaluation("classes that do not occur, one never predicted", rng, 50, 8, 2**6, 1, [1, 2, 3, 6], never=6),
        evaluation("two classes", rng, 40, 2, 2**5, 0.5, np.arange(2)),
    ],
    "detections": [detection(rng, 60, 45, 10**6, 0.95), detection(rng, 80, 70, 12, 0.95), detection(rng, 20, 30, 30, 0.9)],
    "wilson": [wilson(k, n) for k, n in [(0, 1), (1, 1), (0, 40), (7, 9), (40, 40), (812, 1000), (9999, 10**4)]],
    "mcnemar": [[a, b, float(binomtest(a, a + b).pvalue)] for a, b in
                [(0, 0), (0, 1), (3, 3), (4, 3), (2, 11), (60, 31), (5100, 4900), (4900, 5100), (5300, 4700), (6000, 4000),
                 (10**4, 0), (50500, 49500)] if a + b],
    "clusterings": [clustering(rng, 2), clustering(rng, 9), clustering(rng, 16)],
    "projections": [projection(rng, 20, 6), projection(rng, 6, 20), projection(rng, 15, 60), projection(rng, 3, 4)],
}
(Path(__file__).parent / "metrics.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
