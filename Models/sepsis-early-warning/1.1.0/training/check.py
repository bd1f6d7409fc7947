"""Scores test patients with the program itself and says whether it does what the training found.

    python check.py --data ../../../../../shared/data/sepsis-2019 --headwall ../../../../.build/release/headwall [--patients 200]

Writes each patient as a line of observations with codes, units and times, lets `headwall score` answer hour by hour, and
compares each margin with that of LightGBM on the features of the training. Then AUROC and coverage of the prediction sets,
as the program gave them, by hospital, and the coverage at 90 and 95 % of every group of at least 500 patients by sex, age band
and hospital. It ends with 1 where a margin differs, or where the coverage is more than 1 % off over all hours or 3 % in a group.
`--patients 0` takes every test patient, so that all groups are large enough. `--labelled FILE` only writes such lines, with
labels, of the development patients of `--hospital`, for `headwall models recalibrate`.
"""

import argparse
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
ARCHIVES = {"A": "setA.tar.xz", "B": "setB-half.tar.xz"}


def moment(hour):
    import datetime

    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    return (start + datetime.timedelta(hours=int(hour))).strftime("%Y-%m-%dT%H:%M:%SZ")


def line(name, rows, columns, hour):
    """One patient: what was recorded in an hour is true and known at the end of it."""
    import numpy as np

    import features

    observations = []
    for column, (_, _, codes, unit, _, factor) in {**features.VITALS, **features.LABS}.items():
        values = columns[column][rows]
        for k in np.flatnonzero(~np.isnan(values)):
            observations.append(dict(
                loinc=codes[0], value=round(float(values[k]) * factor, 4), unit=unit, effective=moment(hour[rows][k])))
    observations.append(dict(loinc="30525-0", value=round(float(columns["Age"][rows][0]), 2), unit="a", effective=moment(0)))
    labels = [bool(v) for v in columns["SepsisLabel"][rows]]
    return dict(patient=name, asOf=[moment(h) for h in hour[rows]], labels=labels, observations=observations)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--headwall", default="headwall")
    parser.add_argument("--models", help="folder of model packages; the one that this package stands in")
    parser.add_argument("--model", default="sepsis-early-warning")
    parser.add_argument("--cache", default="/tmp/sepsis-training")
    parser.add_argument("--hospital", choices=["A", "B"])
    parser.add_argument("--patients", type=int, default=200, help="of each hospital; 0 for all of the test")
    parser.add_argument("--labelled", help="file to write labelled timelines of development patients to")
    arguments = parser.parse_args()
    import train

    os.makedirs(arguments.cache, exist_ok=True)
    train.environment(arguments.cache)
    import lightgbm as lgb
    import numpy as np

    import dataset
    import evaluation
    import features

    models = [lgb.Booster(model_file=os.path.join(train.PACKAGE, f"member-{k}.txt")) for k in range(train.MEMBERS)]
    folder = arguments.models or os.path.dirname(os.path.dirname(train.PACKAGE))
    worst, taken = 0.0, []
    for hospital in [arguments.hospital] if arguments.hospital else list(ARCHIVES):
        ids, patient, hour, columns = dataset.read(os.path.join(arguments.data, ARCHIVES[hospital]))
        wanted = [
            k for k, name in enumerate(ids) if (dataset.fold(name) >= train.HELD_OUT) == (arguments.labelled is None)]
        wanted = wanted[: arguments.patients or None]
        edges = np.searchsorted(patient, np.arange(len(ids) + 1))
        rows = {k: slice(edges[k], edges[k + 1]) for k in wanted}
        if arguments.labelled:
            with open(arguments.labelled, "w") as out:
                for k in wanted:
                    out.write(json.dumps(line(ids[k], rows[k], columns, hour)) + "\n")
            continue
        picked = np.concatenate([np.arange(rows[k].start, rows[k].stop) for k in wanted])
        # In double precision, as the program computes: a value rounded as for training may be on the other side of a split.
        x = features.compute({name: values[picked] for name, values in columns.items()}, hour[picked], np.float64)
        expected = train.margins(models, x)
        margins, sets = [], []
        command = [arguments.headwall, "score", "--models", folder, "--model", arguments.model, "--timelines", "-", "--explain"]
        for start in range(0, len(wanted), 50):
            text = "".join(json.dumps(line(ids[k], rows[k], columns, hour)) + "\n" for k in wanted[start:start + 50])
            out = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True).stdout
            for answer in out.splitlines():
                explanation = json.loads(answer)["explanation"]
                margins.append(explanation["margin"])
                sets.append({s["level"]: (s["positive"], s["negative"]) for s in explanation["predictionSets"]})
        margins = np.array(margins)
        difference = np.abs(margins - expected)
        worst = max(worst, float(difference.max()))
        y = columns["SepsisLabel"][picked]
        found = dict(
            hospital=hospital, patients=len(wanted), hours=len(y), auroc=round(float(evaluation.roc_auc_score(y, margins)), 4),
            aurocOfTraining=round(float(evaluation.roc_auc_score(y, expected)), 4),
            marginsThatDiffer=int((difference > 1e-6).sum()), largestDifference=float(difference.max()))
        for level in train.LEVELS:
            inside = np.array([s[level][0] if label else s[level][1] for s, label in zip(sets, y)])
            found[f"coverage{int(level * 100)}"] = round(float(inside.mean()), 4)
            found[f"coverage{int(level * 100)}SepticHours"] = round(float(inside[y == 1].mean()), 4)
        print(json.dumps(found), flush=True)
        taken.append(dict(
            patient=[f"{hospital} {owner}" for owner in patient[picked]], hospital=np.repeat(hospital, len(y)),
            sex=columns["Gender"][picked], age=columns["Age"][picked],
            **{str(level): np.array([s[level][0] if label else s[level][1] for s, label in zip(sets, y)])
               for level in train.LEVELS}))
    if arguments.labelled:
        return 0
    pooled = {name: np.concatenate([part[name] for part in taken]) for name in taken[0]}
    return 0 if covered(pooled, train.BANDS) and worst < 1e-6 else 1


def covered(hours, bands):
    """Prints the coverage of each group that is large enough; whether all are as near to what was promised as they should be."""
    import numpy as np

    groups = {"all": np.ones(len(hours["sex"]), bool), "female": hours["sex"] == 0, "male": hours["sex"] == 1}
    groups.update({f"hospital {name}": hours["hospital"] == name for name in ARCHIVES})
    groups.update({name: (hours["age"] >= low) & (hours["age"] < high) for name, low, high in bands})
    if len(np.unique(hours["patient"])) < 500:
        print("fewer than 500 patients: the coverage of groups is not judged", file=sys.stderr)
    holds = True
    for name, rows in groups.items():
        patients = len(np.unique(hours["patient"][rows]))
        if patients < 500:
            continue
        found = {level: float(hours[str(level)][rows].mean()) for level in (0.9, 0.95)}
        margin = 0.01 if name == "all" else 0.03
        holds &= all(abs(share - level) <= margin for level, share in found.items())
        print(json.dumps(dict(
            group=name, patients=patients, hours=int(rows.sum()),
            **{f"coverage{int(level * 100)}": round(share, 4) for level, share in found.items()})), flush=True)
    return holds


if __name__ == "__main__":
    sys.exit(main())
