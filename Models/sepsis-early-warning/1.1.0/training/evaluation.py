"""The challenge's utility, calibration and coverage, each by its published definition."""

import numpy as np
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score


def utility(labels, predictions, patient):
    """Normalised utility of PhysioNet/CinC 2019 (Reyna et al., Crit Care Med 2020;48:210-217, supplement).

    `labels` is 1 from six hours before onset on; `predictions` is 0 or 1 for each hour.
    """
    early, optimal, late = -12, -6, 3
    observed = best = inaction = 0.0
    edges = np.flatnonzero(np.diff(patient)) + 1
    for rows in np.split(np.arange(len(labels)), edges):
        y, p = labels[rows], predictions[rows].astype(bool)
        t = np.arange(len(y))
        if y.any():
            onset = np.argmax(y) - optimal
            d = t - onset
            tp = np.where(d <= optimal, (d - early) / (optimal - early), (late - d) / (late - optimal))
            tp = np.where(d < early, -0.05, tp)
            fn = np.where(d <= optimal, 0.0, -2.0 * (d - optimal) / (late - optimal))
            counted = d <= late
            ideal = (d >= early) & counted
        else:
            tp, fn = np.full(len(y), -0.05), np.zeros(len(y))
            counted = np.ones(len(y), bool)
            ideal = np.zeros(len(y), bool)
        observed += (np.where(p, tp, fn) * counted).sum()
        best += (np.where(ideal, tp, fn) * counted).sum()
        inaction += (fn * counted).sum()
    return (observed - inaction) / (best - inaction)


def discrimination(y, margin, probability):
    return dict(
        hours=int(len(y)), septicHours=int(y.sum()), auroc=round(float(roc_auc_score(y, margin)), 4),
        auprc=round(float(average_precision_score(y, margin)), 4),
        brier=round(float(brier_score_loss(y, probability)), 5),
        expectedOverObserved=round(float(probability.sum() / max(1, y.sum())), 3),
    )


def reliability(y, probability, bins=10):
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)))
    place = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, len(edges) - 2)
    return [
        dict(predicted=round(float(probability[place == k].mean()), 5), observed=round(float(y[place == k].mean()), 5),
             hours=int((place == k).sum()))
        for k in range(len(edges) - 1) if (place == k).any()
    ]


def net_benefit(y, probability, thresholds):
    """Vickers & Elkin 2006."""
    out = []
    for t in thresholds:
        alarm = probability >= t
        weight = t / (1 - t)
        out.append(dict(
            threshold=t, model=round(float(((alarm & (y == 1)).sum() - weight * (alarm & (y == 0)).sum()) / len(y)), 6),
            all=round(float(y.mean() - weight * (1 - y.mean())), 6),
        ))
    return out


def limits(y, margin, group, names, levels):
    """Label-conditional split conformal (Vovk 2012), by group: a label is in the set when its margin is on the right side
    of the limit. `septicFrom` limits septic hours from below, `otherTo` the others from above."""
    def limit(scores, level):
        # The k-th smallest nonconformity score, k = ceil((n + 1) level).
        k = int(np.ceil((len(scores) + 1) * level - 1e-9))
        return None if k > len(scores) else float(np.sort(scores)[k - 1])

    out = []
    for code, name in enumerate(names):
        rows = group == code
        entry = dict(group=name, hours=int(rows.sum()), septicHours=int(y[rows].sum()), limits=[])
        for level in levels:
            septic, other = limit(-margin[rows & (y == 1)], level), limit(margin[rows & (y == 0)], level)
            entry["limits"].append(dict(
                level=level, septicFrom=None if septic is None else -septic, otherTo=other))
        out.append(entry)
    return out


def inside(y, margin, group, table, level):
    """Whether the label of each hour is in its set."""
    found = np.zeros(len(y), bool)
    for code, entry in enumerate(table):
        limit = next(item for item in entry["limits"] if item["level"] == level)
        low = -np.inf if limit["septicFrom"] is None else limit["septicFrom"]
        high = np.inf if limit["otherTo"] is None else limit["otherTo"]
        found |= (group == code) & np.where(y == 1, margin >= low, margin <= high)
    return found


def bootstrap(y, margin, patient, statistic=roc_auc_score, repeats=200, seed=1):
    """95 % interval of a statistic over patients drawn with replacement: hours of one patient come and go together."""
    random = np.random.default_rng(seed)
    order = np.argsort(patient, kind="stable")
    edges = np.flatnonzero(np.diff(patient[order])) + 1
    rows = np.split(order, edges)
    found = []
    for _ in range(repeats):
        picked = np.concatenate([rows[k] for k in random.integers(0, len(rows), len(rows))])
        found.append(statistic(y[picked], margin[picked]))
    return [round(float(v), 4) for v in np.quantile(found, [0.025, 0.975])]


def label_noise(y, probability, patient):
    """Confident learning (Northcutt, Jiang & Chuang 2021): hours that look like the other label more than that label's own
    hours do on average, and how many patients they are of."""
    threshold = {k: probability[y == k].mean() for k in (0, 1)}
    septic_like_others = (y == 1) & (probability < threshold[0])
    others_like_septic = (y == 0) & (probability > threshold[1])
    return dict(
        septicHoursLikeOthers=round(float(septic_like_others.sum() / max(1, (y == 1).sum())), 4),
        otherHoursLikeSeptic=round(float(others_like_septic.sum() / (y == 0).sum()), 4),
        patientsOfTheFormer=int(len(np.unique(patient[septic_like_others]))),
        patientsOfTheLatter=int(len(np.unique(patient[others_like_septic]))),
    )
