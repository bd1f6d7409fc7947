"""Writes others.expected.json: calibration, conformal limits, kernel and local explanations as the libraries give them."""

import json
import os
import sys

import crepes.base
import numpy as np
import shap
from lime import lime_base
from mapie.classification import SplitConformalClassifier
from sklearn.ensemble import IsolationForest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression, Ridge
from venn_abers import VennAbers


def main(folder):
    random = np.random.default_rng(5)
    score = np.round(random.normal(size=300), 2)
    label = (random.random(300) < 1 / (1 + np.exp(-score))).astype(int)
    test = np.concatenate([np.round(random.normal(size=40), 2), [-9, 9], random.normal(size=10)])
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(score, label)

    probability = 1 / (1 + np.exp(-score))
    va = VennAbers()
    va.fit(np.column_stack([1 - probability, probability]), label)
    merged, pair = va.predict_proba(np.column_stack([1 - 1 / (1 + np.exp(-test)), 1 / (1 + np.exp(-test))]))

    # crepes takes int((1 - level) (n + 1)), which binary fractions push off by one at 0.8: levels that are exact in binary.
    residual = random.normal(size=99)
    regressor = crepes.base.ConformalRegressor().fit(residual)
    limits = {
        str(level): float(regressor.predict_int(np.zeros(1), confidence=level)[0, 1]) for level in (0.5, 0.75, 0.9375)}

    # mapie's sets of labels (least ambiguous classifier) around a fitted classifier.
    own = np.random.default_rng(8)
    x = own.normal(size=(460, 2))
    kind = (x[:, 0] + 0.8 * own.normal(size=460) > 0).astype(int)
    classifier = LogisticRegression().fit(x[:200], kind[:200])
    levels = [0.75, 0.9, 0.95]
    conformal = SplitConformalClassifier(classifier, confidence_level=levels, conformity_score="lac", prefit=True)
    conformal.conformalize(x[200:399], kind[200:399])
    _, sets = conformal.predict_set(x[399:])
    sets = sets.astype(int).tolist()

    # lime's own fit of its neighbourhood: weighted ridge.
    rows = random.normal(size=(200, 5))
    outputs = np.sin(rows[:, 0]) + rows[:, 1] * rows[:, 2] - 0.3 * rows[:, 4]
    distances = np.sqrt((rows**2).sum(1))
    width = 0.75 * np.sqrt(5)
    kernel = lambda d: np.sqrt(np.exp(-(d**2) / width**2))
    base = lime_base.LimeBase(kernel, random_state=1)
    intercept, pairs, determination, _ = base.explain_instance_with_data(
        rows, np.column_stack([1 - outputs, outputs]), distances, 1, 5, feature_selection="none",
        model_regressor=Ridge(alpha=1, fit_intercept=True, random_state=1))
    coefficients = [value for _, value in sorted(pairs)]

    # KernelSHAP with every coalition.
    background = random.normal(size=(6, 5))
    weights = np.array([1.0, -2, 0.5, 0, 1])
    function = lambda z: np.tanh(z @ weights) + z[:, 0] * z[:, 3]
    point = random.normal(size=5)
    explainer = shap.KernelExplainer(function, background, silent=True)
    kernel_values = explainer.shap_values(point[None], silent=True, nsamples=2**10)[0]

    # An isolation forest.
    cloud = random.normal(size=(400, 4))
    forest = IsolationForest(n_estimators=8, max_samples=32, random_state=3).fit(cloud)
    trees = [
        dict(feature=e.tree_.feature.tolist(), threshold=e.tree_.threshold.tolist(), left=e.tree_.children_left.tolist(),
             right=e.tree_.children_right.tolist(), count=e.tree_.n_node_samples.tolist()) for e in forest.estimators_]
    far = np.concatenate([random.normal(size=(10, 4)), 4 * random.normal(size=(5, 4))])
    with open(os.path.join(folder, "isolation.json"), "w") as out:
        json.dump(dict(samples=32, features=4, trees=trees), out, separators=(",", ":"))
        out.write("\n")

    listed = lambda a: [float(v) for v in np.ravel(a)]
    json.dump(
        dict(
            score=listed(score), label=[int(v) for v in label], test=listed(test), isotonic=listed(isotonic.predict(test)),
            vennAbersLower=listed(pair[:, 0]), vennAbersUpper=listed(pair[:, 1]), vennAbers=listed(merged[:, 1]),
            residual=listed(residual), limits=limits, rows=[listed(r) for r in rows], outputs=listed(outputs),
            weights=listed(kernel(distances)), intercept=float(intercept), coefficients=[float(c) for c in coefficients],
            determination=float(determination), background=[listed(b) for b in background], point=listed(point),
            linear=listed(weights), kernelBias=float(np.ravel(explainer.expected_value)[0]), kernel=listed(kernel_values),
            mapieLevels=levels, mapieCalibration=listed(classifier.predict_proba(x[200:399])[:, 1]),
            mapieLabel=[int(v) for v in kind[200:399]], mapieTest=listed(classifier.predict_proba(x[399:])[:, 1]),
            mapieSets=sets,
            isolationRows=[listed(row) for row in far], isolation=listed(-forest.score_samples(far)),
        ),
        open(os.path.join(folder, "others.expected.json"), "w"), separators=(",", ":"))


if __name__ == "__main__":
    main(sys.argv[1])
