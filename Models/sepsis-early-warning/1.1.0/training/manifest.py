"""Writes manifest.json from what the training found."""

import hashlib
import json
import os

import features

SUMMARY = (
    "Probability that a patient in intensive care is in the window from 6 h before to the time of sepsis onset (Sepsis-3 by "
    "suspicion of infection and SOFA), from vital signs, laboratory results, how often they are taken, and age. The mean "
    "of five gradient-boosted tree ensembles, calibrated on patients that the member in question did not see."
)


def inputs():
    keys = ["name", "concept", "label", "loinc", "unit", "aggregate", "horizonHours", "plausible", "of"]
    return [{k: d[k] for k in keys if k in d and d[k] is not None} for d in features.DEFINITIONS]


def write(folder, files, conformal, rules, calibration, reference, outliers, facts, thresholds, performance):
    groups = [dict(entry, when=rule) for entry, rule in zip(conformal, rules)] + conformal[len(rules):]
    document = {
        "schema": 1,
        "kind": "ensemble",
        "name": "sepsis-early-warning",
        "version": "1.1.0",
        "title": "Sepsis early warning",
        "description": SUMMARY,
        "intendedUse": "Draws attention to adult intensive care patients who may be developing sepsis, hour by hour. It aids "
        "clinical judgement, does not rule sepsis out, and does not replace it. Not for use outside intensive care or "
        "without local validation: discrimination and coverage fall at a hospital it was not trained at.",
        "population": "Adults (14 years or older in the training data) in intensive care.",
        "citations": [
            "Reyna MA, Josef CS, Jeter R, et al. Early prediction of sepsis from clinical data: the PhysioNet/Computing in "
            "Cardiology Challenge 2019. Crit Care Med 2020;48(2):210-217.",
            "Ke G, Meng Q, Finley T, et al. LightGBM: a highly efficient gradient boosting decision tree. NIPS 2017.",
        ],
        "inputs": inputs(),
        "ensemble": {
            "members": [{"format": "lightgbm", "file": name} for name in sorted(files) if name.startswith("member-")],
            "combine": "mean-margin",
            "sufficient": {
                "inputs": ["heart-rate-last", "oxygen-saturation-last", "temperature-last", "systolic-pressure-last",
                           "mean-pressure-last", "respiratory-rate-last"],
                "minimum": 3,
            },
            "calibration": calibration,
            "conformal": {"levels": [0.8, 0.9, 0.95], "groups": groups},
            "outliers": outliers,
            "levels": [
                {"name": "low", "colour": "green", "shape": "circle", "action": "Below the alert threshold: routine monitoring."},
                {"name": "raised", "from": thresholds["raised"], "colour": "orange", "shape": "diamond",
                 "action": "At the threshold of the highest utility in the training data: look for infection and organ dysfunction."},
                {"name": "high", "from": thresholds["high"], "colour": "red", "shape": "octagon",
                 "action": "Above 99 of 100 hours without sepsis: urgent bedside review for sepsis."},
            ],
        },
        "digests": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        "golden": "golden.json",
        "reference": reference,
        "training": facts,
        "performance": performance,
        "lineage": {"script": "training/train.py", "parent": None},
    }
    with open(os.path.join(folder, "manifest.json"), "w") as out:
        json.dump(document, out, indent=1, ensure_ascii=False)
        out.write("\n")
