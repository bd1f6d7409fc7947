"""Writes Fixtures/inference: small models of XGBoost and LightGBM with what the libraries say about a few rows.

    python make_fixtures.py ../../Fixtures/inference

Needs xgboost, lightgbm, shap and numpy. Everything is seeded; the data is made up.
"""

import json
import os
import sys

import lightgbm as lgb
import numpy as np
import shap
import xgboost as xgb


def numbers(values):
    return [None if np.isnan(v) else float(v) for v in np.asarray(values, float).ravel()]


def write(folder, name, rows, margins, contributions, **more):
    document = dict(
        rows=[numbers(row) for row in rows], margins=[numbers(m) for m in margins],
        contributions=[numbers(c) for c in contributions], **more)
    with open(os.path.join(folder, name + ".expected.json"), "w") as out:
        json.dump(document, out, separators=(",", ":"))
        out.write("\n")


def main(folder):
    os.makedirs(folder, exist_ok=True)
    random = np.random.default_rng(11)
    x = random.normal(size=(3000, 12)).astype(np.float32).astype(float)
    x[random.random(x.shape) < 0.15] = np.nan
    x[:, 4] = random.integers(0, 9, 3000)
    x[random.random(3000) < 0.1, 4] = np.nan
    z = np.nan_to_num(x)
    signal = z[:, 0] + z[:, 1] * z[:, 2] + np.isin(z[:, 4], [1, 3, 8]) * 1.5 - 0.5 * np.abs(z[:, 5]) + 0.4 * z[:, 7:].sum(1)
    y = (signal + random.normal(size=3000) > 0).astype(int)
    three = np.digitize(signal, [-1, 1])
    rows = x[:24].copy()
    rows[0] = np.nan
    rows[1, 4] = 77  # a code that was never seen
    rows[2, 4] = -1
    rows[3] = 0

    # XGBoost: missing values, categories, two formats.
    kinds = ["c" if k == 4 else "q" for k in range(12)]
    matrix = lambda a, label=None: xgb.DMatrix(a, label, feature_types=kinds, enable_categorical=True)
    booster = xgb.train(dict(objective="binary:logistic", max_depth=5, eta=0.3, max_cat_to_onehot=1, seed=1), matrix(x, y), 12)
    booster.save_model(os.path.join(folder, "xgboost.json"))
    booster.save_model(os.path.join(folder, "xgboost.ubj"))
    plain = [r for r in range(24) if r not in (1, 2)]
    write(folder, "xgboost", rows[plain], booster.predict(matrix(rows[plain]), output_margin=True)[:, None],
          booster.predict(matrix(rows[plain]), pred_contribs=True))
    classes = xgb.train(dict(objective="multi:softprob", num_class=3, max_depth=3, seed=1), xgb.DMatrix(z, three), 4)
    classes.save_model(os.path.join(folder, "xgboost-classes.json"))
    filled = np.nan_to_num(rows)
    write(folder, "xgboost-classes", filled, classes.predict(xgb.DMatrix(filled), output_margin=True),
          classes.predict(xgb.DMatrix(filled), pred_contribs=True)[:, 0])
    poisson = xgb.train(dict(objective="count:poisson", max_depth=3, seed=1), xgb.DMatrix(z, three + 0.0), 4)
    poisson.save_model(os.path.join(folder, "xgboost-poisson.json"))
    write(folder, "xgboost-poisson", filled, poisson.predict(xgb.DMatrix(filled), output_margin=True)[:, None],
          poisson.predict(xgb.DMatrix(filled), pred_contribs=True))

    # LightGBM: deep trees with many features on a path, categories, zeros as missing, a random forest.
    common = dict(verbose=-1, seed=1, deterministic=True, num_threads=1, min_data_in_leaf=3)
    variants = {
        "lightgbm": (dict(objective="binary", num_leaves=63, max_depth=-1), x, [4]),
        "lightgbm-zero": (dict(objective="binary", num_leaves=15, zero_as_missing=True), z, []),
        "lightgbm-none": (dict(objective="regression", num_leaves=15, use_missing=False), x, []),
        "lightgbm-forest": (
            dict(objective="binary", boosting="rf", bagging_fraction=0.6, bagging_freq=1, num_leaves=15), x, []),
    }
    for name, (parameters, data, categories) in variants.items():
        model = lgb.train({**common, **parameters}, lgb.Dataset(data, y, categorical_feature=categories or "auto"), 6)
        text = model.model_to_string()
        with open(os.path.join(folder, name + ".txt"), "w") as out:
            out.write(text[: text.index("end of trees")] + "end of trees\n")
        margins, contributions = model.predict(rows, raw_score=True), model.predict(rows, pred_contrib=True)
        if name == "lightgbm-forest":
            # The library's raw scores are sums; its predictions are of the mean.
            margins, contributions = margins / model.num_trees(), contributions / model.num_trees()
            assert np.allclose(1 / (1 + np.exp(-margins)), model.predict(rows))
        write(folder, name, rows, margins[:, None], contributions)

    # Interventional values, from the shap package.
    numeric = np.nan_to_num(x[:, [0, 1, 2, 3, 5, 6]])
    small = xgb.train(dict(objective="binary:logistic", max_depth=4, seed=1, base_score=0.5), xgb.DMatrix(numeric, y), 8)
    small.save_model(os.path.join(folder, "interventional.json"))
    background = numeric[100:120]
    explainer = shap.TreeExplainer(small, data=background, feature_perturbation="interventional")
    values = explainer.shap_values(numeric[:8])
    write(folder, "interventional", numeric[:8], small.predict(xgb.DMatrix(numeric[:8]), output_margin=True)[:, None],
          np.column_stack([values, np.full(8, float(np.ravel(explainer.expected_value)[0]))]),
          background=[numbers(row) for row in background])


if __name__ == "__main__":
    main(sys.argv[1])
