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
REQUIREMENTS = ["lightgbm==4.6.0", "numpy==2.4.6", "scikit-learn==1.9.1", "scipy==1.17.1"]
HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(HERE)
MEMBERS, ROUNDS = 5, 180
HELD_OUT = 80
BANDS = [("age below 50", 0, 50), ("age 50 to 64", 50, 65), ("age 65 to 79", 65, 80), ("age 80 or more", 80, 999)]
LEVELS = [0.8, 0.9, 0.95]
OUTLIER_INPUTS = [
    "heart-rate-last", "oxygen-saturation-last", "temperature-last", "systolic-pressure-last", "mean-pressure-last",
    "respiratory-rate-last", "bicarbonate-last", "urea-nitrogen-last", "creatinine-last", "glucose-last",
    "potassium-last", "hemoglobin-last", "white-cells-last", "platelets-last",
]
# Where bicarbonate comes with every chemistry panel is another practice than where it does not.
PRACTICES = [("bicarbonate measured", 1, None), ("bicarbonate not measured", None, 1)]


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
    parser.add_argument("--package", default=PACKAGE, help="folder to write to; the package that this script stands in")
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
    """One member: the development patients but for one part in five, another for each member.

    Of the hours without sepsis near every second counts, twice: another half for each member.
    """
    import lightgbm as lgb
    import numpy as np

    import features

    x, y, weight = [], [], []
    for d in hospitals:
        label = soft_labels(d)
        drawn = np.random.default_rng(2019 + member).random(len(label)) < 0.5
        rows = (d["fold"] < HELD_OUT) & (d["fold"] % MEMBERS != member) & ((label > 0) | drawn)
        x.append(d["x"][rows])
        y.append(label[rows])
        weight.append(np.where(label[rows] > 0, 1.0, 2.0))
    parameters = dict(
        objective="cross_entropy", num_leaves=16, max_depth=5, learning_rate=0.065, min_data_in_leaf=2200, lambda_l2=100,
        feature_fraction=0.1, bagging_fraction=0.8, bagging_freq=1, seed=2019 + member, deterministic=True,
        force_row_wise=True, num_threads=2, verbose=-1,
    )
    names = [d["name"] for d in features.DEFINITIONS]
    data = lgb.Dataset(np.concatenate(x), np.concatenate(y), weight=np.concatenate(weight), feature_name=names)
    return lgb.train(parameters, data, ROUNDS)


def held_out(models, d, patients=None):
    """For development patients the margin of the one member that did not see them, for the others the mean of all.

    - patients: None, or "all": no member saw any patient of this hospital.
    """
    import numpy as np

    each = np.array([m.predict(d["x"], raw_score=True) for m in models])
    if patients == "all":
        return each.mean(axis=0)
    own = each[d["fold"] % MEMBERS, np.arange(each.shape[1])]
    return np.where(d["fold"] < HELD_OUT, own, each.mean(axis=0))


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


def groups(d):
    """Practice and age band of each hour, as one number, and the names and rules of all."""
    import numpy as np

    import features

    position = {f["name"]: k for k, f in enumerate(features.DEFINITIONS)}
    practice = np.where(d["x"][:, position["bicarbonate-ever"]] >= 1, 0, 1)
    band = np.searchsorted([b[1] for b in BANDS], d["age"], side="right") - 1
    return practice * len(BANDS) + band, band


def group_table():
    found = []
    for practice, low, high in PRACTICES:
        for name, youngest, oldest in BANDS:
            rule = [dict(input="bicarbonate-ever", **bounds(low, high))]
            rule.append(dict(input="age", **bounds(youngest or None, None if oldest == 999 else oldest)))
            found.append((f"{name}, {practice}", rule))
    return found


def bounds(low, high):
    return {k: v for k, v in (("from", low), ("below", high)) if v is not None}


def measured(models, data, kind, names):
    """Margins that no patient's own member had a part in, and what is fitted to those of the development patients."""
    import numpy as np

    import evaluation

    fitted = data if kind == "both" else {"A": data["A"]}
    for name, d in data.items():
        d[kind] = held_out(models, d, None if name in fitted else "all")
    rows = {name: d["fold"] < HELD_OUT for name, d in fitted.items()}
    y, margin, group = (
        np.concatenate([d[key][rows[name]] for name, d in fitted.items()]) for key in ("y", kind, "group"))
    table = bins(y, margin)
    limits = evaluation.limits(y, margin, group, names, LEVELS)
    everybody = evaluation.limits(y, margin, np.zeros(len(y)), ["everybody else"], LEVELS)
    return table, isotonic(table), limits + everybody


def run(arguments):
    import lightgbm as lgb
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    import dataset
    import evaluation
    import features
    import manifest

    archives = {"A": "setA.tar.xz", "B": "setB-half.tar.xz"}
    data = {k: dataset.load(os.path.join(arguments.data, v), arguments.cache) for k, v in archives.items()}
    table_of_groups = group_table()
    names = [name for name, _ in table_of_groups]
    for number, d in enumerate(data.values()):
        d["group"], d["band"] = groups(d)
        d["identity"] = d["patient"] + number * 1_000_000
        d["hospital"] = np.full(len(d["y"]), number)
    models = [fit(data.values(), member) for member in range(MEMBERS)]
    table, curve, conformal = measured(models, data, "both", names)
    only_a = [fit([data["A"]], member) for member in range(MEMBERS)]
    _, curve_a, conformal_a = measured(only_a, data, "A alone", names)
    development, test = lambda d: d["fold"] < HELD_OUT, lambda d: d["fold"] >= HELD_OUT

    def pooled(key, select):
        return np.concatenate([d[key][select(d)] for d in data.values()])

    y, margin, owner = (pooled(key, development) for key in ("y", "both", "identity"))
    p = curve(margin)
    platt = LogisticRegression(C=1e6).fit(margin[:, None], y)
    grid = np.quantile(p, np.linspace(0.5, 0.999, 60))
    alarm = float(np.round(grid[int(np.argmax([evaluation.utility(y, p >= t, owner) for t in grid]))], 4))
    high = float(np.round(np.quantile(p[y == 0], 0.99), 4))
    noise = evaluation.label_noise(y, p, owner)

    # Cross-validation: each fifth of the development patients by the member that did not see it.
    validation = {}
    for kind, title in (("both", "trainedOnBoth"), ("A alone", "trainedOnA")):
        validation[title] = {
            name: [round(float(roc_auc_score(d["y"][rows], d[kind][rows])), 4)
                   for part in range(MEMBERS) for rows in [(d["fold"] < HELD_OUT) & (d["fold"] % MEMBERS == part)]]
            for name, d in data.items()}

    # The test patients, once.
    performance = dict(crossValidation=validation)
    for kind, title, curve_of, limits in (("A alone", "trainedOnA", curve_a, conformal_a),
                                          ("both", "trainedOnBoth", curve, conformal)):
        performance[title] = {}
        for name, d in data.items():
            rows = test(d)
            labels, m = d["y"][rows], d[kind][rows]
            inside = evaluation.inside(labels, m, d["group"][rows], limits[:-1], 0.8)
            performance[title][name] = dict(
                **evaluation.discrimination(labels, m, curve_of(m)),
                aurocInterval=evaluation.bootstrap(labels, m, d["patient"][rows]),
                utility=round(evaluation.utility(labels, curve_of(m) >= alarm, d["patient"][rows]), 4),
                coverage80SepticHours=round(float(inside[labels == 1].mean()), 4))
    performance["recalibration"] = recalibration(data["B"], conformal_a, names)

    y, margin, group, band, sex, owner, hospital = (
        pooled(key, test) for key in ("y", "both", "group", "band", "sex", "identity", "hospital"))
    p = curve(margin)
    chosen = {"all": np.ones(len(y), bool), "female": sex == 0, "male": sex == 1, "hospital A": hospital == 0,
              "hospital B": hospital == 1}
    chosen.update({name: band == code for code, (name, _, _) in enumerate(BANDS)})
    chosen.update({name: group // len(BANDS) == code for code, (name, _, _) in enumerate(PRACTICES)})
    subgroups = []
    for name, rows in chosen.items():
        entry = dict(group=name, patients=int(len(np.unique(owner[rows]))),
                     **evaluation.discrimination(y[rows], margin[rows], p[rows]))
        for level in LEVELS:
            inside = evaluation.inside(y, margin, group, conformal[:-1], level)[rows]
            entry[f"coverage{int(level * 100)}"] = round(float(inside.mean()), 4)
            entry[f"coverage{int(level * 100)}SepticHours"] = round(float(inside[y[rows] == 1].mean()), 4)
        subgroups.append(entry)

    everything = pooled("x", development)
    reference = distribution(everything)
    outliers, forest = outlier_reference(everything)
    files = {"isolation.json": forest}
    for member, model in enumerate(models):
        text = model.model_to_string(importance_type="split")
        text = text[: text.index("\nparameters:")] if "\nparameters:" in text else text
        text = text.split("\npandas_categorical")[0].rstrip("\n") + "\n"
        files[f"member-{member}.txt"] = text.encode()
    position = {d["name"]: k for k, d in enumerate(features.DEFINITIONS)}
    files["golden.json"] = golden(models, curve, data, position)
    for name, content in files.items():
        with open(os.path.join(arguments.package, name), "wb") as out:
            out.write(content)
    facts = dict(
        trained="PhysioNet/Computing in Cardiology Challenge 2019, hospital A in full and half of hospital B, hourly ICU data",
        seed=2019, libraries={"lightgbm": lgb.__version__},
        split="by patient: 80 % development, 20 % test. Each of five members leaves out another fifth of the development "
        "patients; inputs and settings were chosen by cross-validation on them, calibration and limits are fitted to the "
        "margins that each patient has from the one member that did not see it. The test was looked at once, for this card.",
        labels="1 from 6 h before onset (Sepsis-3); half labels rising over the 6 h before that",
        labelNoise=noise, patients={k: int(d["patient"].max() + 1) for k, d in data.items()},
        data={v: digest(os.path.join(arguments.data, v)) for v in archives.values()},
    )
    manifest.write(
        arguments.package, files=files, conformal=conformal, rules=[rule for _, rule in table_of_groups], calibration=dict(
            kind="isotonic", bins=table,
            platt=dict(slope=round(float(platt.coef_[0][0]), 8), intercept=round(float(platt.intercept_[0]), 8))),
        reference=reference, outliers=outliers, facts=facts, thresholds=dict(raised=alarm, high=high),
        performance=dict(
            **performance, subgroups=subgroups, reliability=evaluation.reliability(y, p),
            decisionCurve=evaluation.net_benefit(y, p, [0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2])))
    json.dump(dict(performance=performance, subgroups=subgroups, noise=noise, alarm=alarm, high=high), sys.stdout, indent=1)


def recalibration(b, conformal_a, names):
    """The model of A alone at B: coverage by its own limits and by limits from the labels of B's development patients."""
    import numpy as np

    import evaluation

    own, rows = b["fold"] < HELD_OUT, b["fold"] >= HELD_OUT
    margin, group = b["A alone"], b["group"]
    local = evaluation.limits(b["y"][own], margin[own], group[own], names, LEVELS)
    everybody = evaluation.limits(b["y"][own], margin[own], np.zeros(own.sum()), ["all"], LEVELS)[0]
    # As `headwall models recalibrate`: a group with fewer than 50 patients who had the event takes the limits of all.
    for code, entry in enumerate(local):
        if len(np.unique(b["patient"][own & (group == code) & (b["y"] == 1)])) < 50:
            entry["limits"] = everybody["limits"]
    y = b["y"][rows]
    found = []
    for level in LEVELS:
        before = evaluation.inside(y, margin[rows], group[rows], conformal_a[:-1], level)
        after = evaluation.inside(y, margin[rows], group[rows], local, level)
        found.append(dict(
            level=level, before=round(float(before.mean()), 4), beforeEventHours=round(float(before[y == 1].mean()), 4),
            after=round(float(after.mean()), 4), afterEventHours=round(float(after[y == 1].mean()), 4)))
    return dict(of="the model trained on A alone, at B", coverage=found)


def distribution(rows):
    """What each input was in training: its share missing and seven quantiles."""
    import numpy as np

    import features

    found = []
    for position, definition in enumerate(features.DEFINITIONS):
        column = rows[:, position]
        known = column[~np.isnan(column)]
        points = np.quantile(known, [0.0005, 0.05, 0.25, 0.5, 0.75, 0.95, 0.9995]) if len(known) else []
        found.append(dict(
            input=definition["name"], missing=round(float(np.isnan(column).mean()), 4),
            quantiles=[float(f"{v:.5g}") for v in points]))
    return found


def outlier_reference(rows):
    """Means, deviations and correlations of the outlier inputs, the limits of their distance, and an isolation forest."""
    import numpy as np

    import features

    position = {d["name"]: k for k, d in enumerate(features.DEFINITIONS)}
    positions = [position[name] for name in OUTLIER_INPUTS]
    sub = rows[:, positions].astype(float)
    mean, deviation = np.nanmean(sub, axis=0), np.nanstd(sub, axis=0)
    standard = (sub - mean) / deviation
    filled = np.where(np.isnan(standard), 0, standard)
    both = (~np.isnan(standard)).astype(float)
    correlation = (filled.T @ filled) / (both.T @ both)
    np.fill_diagonal(correlation, 1)
    correlation = 0.95 * correlation + 0.05 * np.eye(len(mean))
    distances = outlier_scores(standard[::25], correlation)
    distances = distances[~np.isnan(distances)]
    forest, known = isolation(rows, positions)
    return dict(
        inputs=OUTLIER_INPUTS, mean=[float(f"{v:.6g}") for v in mean], deviation=[float(f"{v:.6g}") for v in deviation],
        correlation=[[float(f"{v:.5g}") for v in row] for row in correlation],
        limit=round(float(np.quantile(distances, 0.995)), 3), abstain=round(float(np.quantile(distances, 0.9999)) + 1, 3),
        isolation=dict(file="isolation.json", limit=known)), forest


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


def golden(models, curve, data, position):
    """Rows that the package must reproduce: real ones, rows at a split's exact limit, all missing, extremes."""
    import numpy as np

    random = np.random.default_rng(7)
    rows = []
    for d in data.values():
        held = np.flatnonzero(d["fold"] >= HELD_OUT)
        septic = held[d["y"][held] == 1]
        picked = np.concatenate([random.choice(held, 60, replace=False), random.choice(septic, 20, replace=False)])
        # What is committed is no patient's row: each value moves by up to 2 % and one in ten is left out.
        x = d["x"][picked].astype(float)
        x = x * random.uniform(0.98, 1.02, x.shape)
        x[random.random(x.shape) < 0.1] = np.nan
        # Nine significant digits are what is written and what the library is asked about; the limits of splits are exact.
        rows += [np.array([float(f"{v:.9g}") for v in row]) for row in x]
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
    x = np.array(rows)
    margin = margins(models, x)
    contributions = np.mean([m.predict(x, pred_contrib=True) for m in models], axis=0)
    probability = curve(margin)
    number = lambda v: None if np.isnan(v) else float(v)
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
