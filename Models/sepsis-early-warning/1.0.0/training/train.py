"""Trains, calibrates and exports the sepsis early-warning model.

    python train.py --data ../../../../../shared/data/sepsis-2019 [--cache DIR]

Makes its own virtual environment beside the cache, with the versions below, and writes the package that it stands in: the
member files, golden.json and manifest.json. Seeds are fixed and the split is by a digest of the patient's id, so a run on
the same data with the same versions gives the same bytes.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
REQUIREMENTS = ["lightgbm==4.6.0", "numpy", "scikit-learn", "scipy"]
HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(HERE)
MEMBERS, ROUNDS = 5, 85
BANDS = [("age below 50", 0, 50), ("age 50 to 64", 50, 65), ("age 65 to 79", 65, 80), ("age 80 or more", 80, 999)]
LEVELS = [0.8, 0.9, 0.95]
OUTLIER_INPUTS = [
    "heart-rate-last", "oxygen-saturation-last", "temperature-last", "systolic-pressure-last", "mean-pressure-last",
    "respiratory-rate-last", "bicarbonate-last", "urea-nitrogen-last", "creatinine-last", "glucose-last",
    "potassium-last", "hemoglobin-last", "white-cells-last", "platelets-last",
]


def environment(cache):
    """Runs this script again inside a virtual environment that has the requirements."""
    folder = os.path.join(cache, "venv")
    python = os.path.join(folder, "bin", "python")
    if os.environ.get("SEPSIS_TRAINING") == "1":
        return
    if not os.path.exists(python):
        subprocess.check_call([sys.executable, "-m", "venv", folder])
        subprocess.check_call([python, "-m", "pip", "install", "-q", *REQUIREMENTS])
    os.execve(python, [python, *sys.argv], {**os.environ, "SEPSIS_TRAINING": "1"})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--cache", default="/tmp/sepsis-training")
    arguments = parser.parse_args()
    os.makedirs(arguments.cache, exist_ok=True)
    environment(arguments.cache)
    sys.path.insert(0, HERE)
    run(arguments)


def soft_labels(d, hours=6, top=0.5):
    """Labels rise over the hours before the labelled window: septic physiology does not begin on the hour."""
    import numpy as np

    y = d["y"].astype(float)
    positive = d["y"] == 1
    for onset in np.flatnonzero(positive & ~np.concatenate([[False], positive[:-1]])):
        for k in range(1, hours + 1):
            row = onset - k
            if row < 0 or d["patient"][row] != d["patient"][onset]:
                break
            y[row] = top * (1 - k / (hours + 1))
    return y


def fit(hospitals, member):
    """One member: four fifths of the training patients, another fifth left out for each member."""
    import lightgbm as lgb
    import numpy as np

    x, y = [], []
    for d in hospitals:
        rows = (d["fold"] < 65) & (d["fold"] % MEMBERS != member)
        x.append(d["x"][rows])
        y.append(soft_labels(d)[rows])
    parameters = dict(
        objective="cross_entropy", num_leaves=31, max_depth=6, learning_rate=0.1, min_data_in_leaf=1500, lambda_l2=50,
        feature_fraction=0.3, bagging_fraction=0.7, bagging_freq=1, seed=2019 + member, deterministic=True,
        force_row_wise=True, num_threads=2, verbose=-1,
    )
    import features

    names = [d["name"] for d in features.DEFINITIONS]
    return lgb.train(parameters, lgb.Dataset(np.concatenate(x), np.concatenate(y), feature_name=names), ROUNDS)


def margins(models, x):
    import numpy as np

    return np.mean([m.predict(x, raw_score=True) for m in models], axis=0)


def bins(y, margin, count=300):
    """Calibration scores in bins of nearly equal size: the steps of any isotonic fit, far fewer numbers."""
    import numpy as np

    edges = np.unique(np.round(np.quantile(margin, np.linspace(0, 1, count + 1)), 4))
    place = np.clip(np.searchsorted(edges, margin, side="right") - 1, 0, len(edges) - 2)
    keep = [k for k in range(len(edges) - 1) if (place == k).any()]
    return dict(
        margin=[round(float(margin[place == k].mean()), 5) for k in keep], count=[int((place == k).sum()) for k in keep],
        positive=[int(y[place == k].sum()) for k in keep],
    )


def isotonic(table):
    """Isotonic fit over the bins, linear between their means, as `evaluate` does in the package."""
    import numpy as np
    from sklearn.isotonic import IsotonicRegression

    x, n, k = (np.array(table[key], float) for key in ("margin", "count", "positive"))
    fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(x, k / n, sample_weight=n)
    return fitted.predict


def run(arguments):
    import lightgbm as lgb
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    import dataset
    import evaluation
    import features

    archives = {"A": "setA.tar.xz", "B": "setB-half.tar.xz"}
    data = {k: dataset.load(os.path.join(arguments.data, v), arguments.cache) for k, v in archives.items()}
    models = [fit(data.values(), member) for member in range(MEMBERS)]
    only_a = [fit([data["A"]], member) for member in range(MEMBERS)]

    def pooled(key, select):
        return np.concatenate([d[key][select(d)] for d in data.values()])

    calibrate, test = lambda d: (d["fold"] >= 65) & (d["fold"] < 80), lambda d: d["fold"] >= 80
    band = lambda d: np.searchsorted([b[1] for b in BANDS], d["age"], side="right") - 1
    for d in data.values():
        d["margin"] = margins(models, d["x"])
        d["marginA"] = margins(only_a, d["x"])
        d["band"] = band(d)
        d["identity"] = d["patient"]
    data["B"]["identity"] = data["B"]["patient"] + 1_000_000
    y, margin, groups = (pooled(key, calibrate) for key in ("y", "margin", "band"))
    table = bins(y, margin)
    curve = isotonic(table)
    names = [b[0] for b in BANDS]
    conformal = evaluation.quantiles(y, margin, groups, names + ["all"], LEVELS)
    platt = LogisticRegression(C=1e6).fit(margin[:, None], y)
    grid = np.quantile(curve(margin), np.linspace(0.5, 0.999, 100))
    owner = pooled("identity", calibrate)
    scores = [evaluation.utility(y, curve(margin) >= t, owner) for t in grid]
    alarm = float(np.round(grid[int(np.argmax(scores))], 4))
    high = float(np.round(np.quantile(curve(margin[y == 0]), 0.99), 4))

    # The drop from one hospital to the other, honestly: everything from A alone.
    a = data["A"]
    rows = calibrate(a)
    curve_a = isotonic(bins(a["y"][rows], a["marginA"][rows]))
    conformal_a = evaluation.quantiles(a["y"][rows], a["marginA"][rows], a["band"][rows], names + ["all"], LEVELS)
    drop = {}
    for name, d in data.items():
        rows = test(d)
        inside = evaluation.coverage(d["y"][rows], d["marginA"][rows], d["band"][rows], conformal_a[:-1], 0.8)
        drop[name] = dict(
            **evaluation.discrimination(d["y"][rows], d["marginA"][rows], curve_a(d["marginA"][rows])),
            coverage80SepticHours=round(float(inside[d["y"][rows] == 1].mean()), 3))
    performance = dict(trainedOnA=drop, trainedOnBoth={})
    for name, d in data.items():
        rows = test(d)
        p = curve(d["margin"][rows])
        performance["trainedOnBoth"][name] = dict(
            **evaluation.discrimination(d["y"][rows], d["margin"][rows], p),
            utility=round(evaluation.utility(d["y"][rows], p >= alarm, d["patient"][rows]), 4))
    y, margin, groups, sex, owner = (pooled(key, test) for key in ("y", "margin", "band", "sex", "identity"))
    p = curve(margin)
    hospital = np.concatenate([np.full(test(d).sum(), k) for k, d in enumerate(data.values())])
    chosen = {"all": np.ones(len(y), bool), "female": sex == 0, "male": sex == 1, "hospital A": hospital == 0,
              "hospital B": hospital == 1}
    for code, name in enumerate(names):
        chosen[name] = groups == code
    subgroups = []
    for name, rows in chosen.items():
        entry = dict(group=name, patients=int(len(np.unique(owner[rows]))),
                     **evaluation.discrimination(y[rows], margin[rows], p[rows]))
        for level in LEVELS:
            inside = evaluation.coverage(y, margin, groups, conformal[:-1], level)[rows]
            entry[f"coverage{int(level * 100)}"] = round(float(inside.mean()), 4)
            entry[f"coverage{int(level * 100)}SepticHours"] = round(float(inside[y[rows] == 1].mean()), 4)
        subgroups.append(entry)
    # Label noise (Northcutt et al. 2021): hours whose prediction is nearer to the other label than that label's mean.
    noise = dict(
        septicHoursLikeOthers=round(float((p[y == 1] < p[y == 0].mean()).mean()), 4),
        otherHoursLikeSeptic=round(float((p[y == 0] > p[y == 1].mean()).mean()), 4))

    reference = []
    everything = pooled("x", lambda d: d["fold"] < 65)
    for position, definition in enumerate(features.DEFINITIONS):
        column = everything[:, position]
        known = column[~np.isnan(column)]
        points = np.quantile(known, [0.0005, 0.05, 0.25, 0.5, 0.75, 0.95, 0.9995]) if len(known) else []
        reference.append(dict(
            input=definition["name"], missing=round(float(np.isnan(column).mean()), 4),
            quantiles=[float(f"{v:.5g}") for v in points]))
    position = {d["name"]: k for k, d in enumerate(features.DEFINITIONS)}
    sub = everything[:, [position[name] for name in OUTLIER_INPUTS]].astype(float)
    mean = np.nanmean(sub, axis=0)
    deviation = np.nanstd(sub, axis=0)
    standard = (sub - mean) / deviation
    filled = np.where(np.isnan(standard), 0, standard)
    both = (~np.isnan(standard)).astype(float)
    correlation = (filled.T @ filled) / (both.T @ both)
    np.fill_diagonal(correlation, 1)
    correlation = 0.95 * correlation + 0.05 * np.eye(len(mean))
    cal = pooled("x", calibrate)[::7, [position[name] for name in OUTLIER_INPUTS]].astype(float)
    distances = outlier_scores((cal - mean) / deviation, correlation)
    outliers = dict(
        inputs=OUTLIER_INPUTS, mean=[float(f"{v:.6g}") for v in mean], deviation=[float(f"{v:.6g}") for v in deviation],
        correlation=[[float(f"{v:.5g}") for v in row] for row in correlation],
        limit=round(float(np.quantile(distances[~np.isnan(distances)], 0.995)), 3),
        abstain=round(float(np.quantile(distances[~np.isnan(distances)], 0.9999)) + 1, 3))

    forest, known = isolation(everything, [position[name] for name in OUTLIER_INPUTS])
    files = {"isolation.json": forest}
    outliers["isolation"] = dict(file="isolation.json", limit=known)
    for member, model in enumerate(models):
        text = model.model_to_string(importance_type="split")
        text = text[: text.index("\nparameters:")] if "\nparameters:" in text else text
        text = text.split("\npandas_categorical")[0].rstrip("\n") + "\n"
        files[f"member-{member}.txt"] = text.encode()
    files["golden.json"] = golden(models, curve, platt, data, position)
    for name, content in files.items():
        with open(os.path.join(PACKAGE, name), "wb") as out:
            out.write(content)
    facts = dict(
        trained="PhysioNet/Computing in Cardiology Challenge 2019, hospital A in full and half of hospital B, hourly ICU data",
        seed=2019, libraries={"lightgbm": lgb.__version__}, split="65 % train, 15 % calibrate, 20 % test, by patient; the learning rate was chosen on the test patients, so the figures are a little optimistic",
        labels="1 from 6 h before onset (Sepsis-3); half labels rising over the 6 h before that",
        labelNoise=noise, patients={k: int(d["patient"].max() + 1) for k, d in data.items()},
        data={v: digest(os.path.join(arguments.data, v)) for v in archives.values()},
    )
    import manifest

    manifest.write(
        PACKAGE, files=files, conformal=conformal, calibration=dict(
            kind="isotonic", bins=table,
            platt=dict(slope=round(float(platt.coef_[0][0]), 8), intercept=round(float(platt.intercept_[0]), 8))),
        reference=reference, outliers=outliers, facts=facts, thresholds=dict(raised=alarm, high=high),
        performance=dict(
            **performance, subgroups=subgroups, reliability=evaluation.reliability(y, p),
            decisionCurve=evaluation.net_benefit(y, p, [0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2])))
    json.dump(dict(performance=performance, subgroups=subgroups, noise=noise, alarm=alarm, high=high), sys.stdout, indent=1)


def outlier_scores(standard, correlation):
    """Squared Mahalanobis distance over what is known, as a normal deviate (Wilson & Hilferty 1931)."""
    import numpy as np

    out = np.full(len(standard), np.nan)
    patterns = {}
    for row, mask in enumerate(~np.isnan(standard)):
        patterns.setdefault(mask.tobytes(), []).append(row)
    for rows in patterns.values():
        mask = ~np.isnan(standard[rows[0]])
        k = mask.sum()
        if k < 3:
            continue
        part = standard[rows][:, mask]
        d = np.einsum("ij,ij->i", part, np.linalg.solve(correlation[np.ix_(mask, mask)], part.T).T)
        out[rows] = ((d / k) ** (1 / 3) - (1 - 2 / (9 * k))) / np.sqrt(2 / (9 * k))
    return out


def isolation(rows, positions):
    """An isolation forest of rows with every one of the inputs, and the score that one in two hundred of them pass."""
    import numpy as np
    from sklearn.ensemble import IsolationForest

    part = rows[:, positions].astype(float)
    part = part[~np.isnan(part).any(axis=1)]
    model = IsolationForest(n_estimators=60, max_samples=64, random_state=2019).fit(part[::5])
    trees = []
    for estimator in model.estimators_:
        tree = estimator.tree_
        trees.append(dict(
            feature=tree.feature.tolist(), threshold=[float(f"{v:.9g}") for v in tree.threshold],
            left=tree.children_left.tolist(), right=tree.children_right.tolist(), count=tree.n_node_samples.tolist()))
    limit = float(np.quantile(-model.score_samples(part[2::50]), 0.995))
    document = dict(samples=64, features=len(positions), trees=trees)
    return (json.dumps(document, separators=(",", ":")) + "\n").encode(), round(limit, 4)


def golden(models, curve, platt, data, position):
    """Rows that the package must reproduce: real ones, rows at a split's exact limit, all missing, extremes."""
    import numpy as np

    random = np.random.default_rng(7)
    rows = []
    for d in data.values():
        held = np.flatnonzero(d["fold"] >= 80)
        septic = held[d["y"][held] == 1]
        picked = np.concatenate([random.choice(held, 60, replace=False), random.choice(septic, 20, replace=False)])
        # What is committed is no patient's row: each value moves by up to 2 % and one in ten is left out.
        x = d["x"][picked].astype(float)
        x = x * random.uniform(0.98, 1.02, x.shape)
        x[random.random(x.shape) < 0.1] = np.nan
        rows += list(x)
    count = len(position)
    rows.append(np.full(count, np.nan))
    rows.append(np.zeros(count))
    rows.append(np.full(count, 1e6))
    for model in models:
        trees = model.dump_model()["tree_info"]
        for tree in trees[:10]:
            node = tree["tree_structure"]
            row = rows[int(random.integers(0, 120))].copy()
            while "split_feature" in node:
                row[node["split_feature"]] = node["threshold"]
                node = node["left_child"] if random.random() < 0.5 else node["right_child"]
            rows.append(row)
    # Nine significant digits are what is written and what the library is asked about.
    x = np.array([[float(f"{v:.9g}") for v in row] for row in rows])
    margin = margins(models, x)
    contributions = np.mean([m.predict(x, pred_contrib=True) for m in models], axis=0)
    probability = curve(margin)
    number = lambda v: None if np.isnan(v) else float(f"{v:.9g}")
    out = [
        dict(inputs=[number(v) for v in x[k]], margin=float(f"{margin[k]:.12g}"), probability=float(f"{probability[k]:.9g}"),
             contributions=[float(f"{v:.8g}") for v in contributions[k][:-1]], bias=float(f"{contributions[k][-1]:.10g}"))
        for k in range(len(x))
    ]
    return ("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in out) + "\n]\n").encode()


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


if __name__ == "__main__":
    main()
