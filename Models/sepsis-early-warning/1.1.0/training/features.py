"""The inputs of the model, and their values on hourly data.

`DEFINITIONS` is what the manifest carries: the timeline computes the same numbers from observations with times. Here they
are computed on an hourly grid, where the row of hour t holds what was recorded in that hour.
"""

import numpy as np

# column: (concept, label, LOINC codes, UCUM unit, plausible range, factor from the column's unit)
VITALS = {
    "HR": ("heart-rate", "Heart rate", ["8867-4", "8889-8"], "/min", (10, 350), 1),
    "O2Sat": ("oxygen-saturation", "Oxygen saturation", ["59408-5", "2708-6", "20564-1"], "%", (20, 100), 1),
    "Temp": ("temperature", "Temperature", ["8310-5", "8331-1", "8332-9", "8333-7"], "Cel", (25, 45), 1),
    "SBP": ("systolic-pressure", "Systolic blood pressure", ["8480-6"], "mm[Hg]", (20, 350), 1),
    "MAP": ("mean-pressure", "Mean arterial pressure", ["8478-0"], "mm[Hg]", (10, 300), 1),
    "DBP": ("diastolic-pressure", "Diastolic blood pressure", ["8462-4"], "mm[Hg]", (5, 300), 1),
    "Resp": ("respiratory-rate", "Respiratory rate", ["9279-1"], "/min", (1, 120), 1),
}
LABS = {
    "BaseExcess": ("base-excess", "Base excess", ["11555-0", "1925-7"], "mmol/L", (-50, 50), 1),
    "HCO3": ("bicarbonate", "Bicarbonate", ["1963-8", "1959-6", "1960-4", "2028-9"], "mmol/L", (1, 80), 1),
    "FiO2": ("fio2", "Inspired oxygen", ["3150-6", "19994-3"], "%", (15, 100), 100),
    "pH": ("ph", "pH", ["2744-1", "11558-4"], "[pH]", (6, 8.5), 1),
    "PaCO2": ("paco2", "PaCO₂", ["2019-8", "11557-6"], "mm[Hg]", (5, 250), 1),
    "AST": ("ast", "AST", ["1920-8", "30239-8"], "U/L", (1, 50000), 1),
    "BUN": ("urea-nitrogen", "Urea nitrogen", ["3094-0", "6299-2"], "mg/dL", (0, 500), 1),
    "Alkalinephos": ("alkaline-phosphatase", "Alkaline phosphatase", ["6768-6"], "U/L", (1, 10000), 1),
    "Calcium": ("calcium", "Calcium", ["17861-6"], "mg/dL", (1, 30), 1),
    "Chloride": ("chloride", "Chloride", ["2075-0", "2069-3"], "mmol/L", (40, 200), 1),
    "Creatinine": ("creatinine", "Creatinine", ["2160-0", "38483-4"], "mg/dL", (0, 60), 1),
    "Bilirubin_direct": ("direct-bilirubin", "Direct bilirubin", ["1968-7"], "mg/dL", (0, 80), 1),
    "Glucose": ("glucose", "Glucose", ["2345-7", "2339-0", "41653-7"], "mg/dL", (5, 2000), 1),
    "Lactate": ("lactate", "Lactate", ["2524-7", "32693-4", "2518-9", "59032-3"], "mmol/L", (0, 50), 1),
    "Magnesium": ("magnesium", "Magnesium", ["19123-9", "2601-3"], "mg/dL", (0.1, 20), 1),
    "Phosphate": ("phosphate", "Phosphate", ["2777-1"], "mg/dL", (0.1, 30), 1),
    "Potassium": ("potassium", "Potassium", ["2823-3", "6298-4"], "mmol/L", (1, 15), 1),
    "Bilirubin_total": ("total-bilirubin", "Total bilirubin", ["1975-2", "42719-5"], "mg/dL", (0, 100), 1),
    "TroponinI": ("troponin-i", "Troponin I", ["10839-9", "42757-5", "49563-0", "89579-7"], "ng/mL", (0, 1000), 1),
    "Hct": ("hematocrit", "Hematocrit", ["4544-3", "20570-8"], "%", (5, 75), 1),
    "Hgb": ("hemoglobin", "Hemoglobin", ["718-7", "20509-6", "30350-3", "30313-1"], "g/dL", (1, 30), 1),
    "PTT": ("ptt", "Partial thromboplastin time", ["3173-2", "14979-9"], "s", (5, 400), 1),
    "WBC": ("white-cells", "White cell count", ["6690-2", "26464-8", "49498-9", "804-5"], "10*9/L", (0, 1000), 1),
    "Fibrinogen": ("fibrinogen", "Fibrinogen", ["3255-7"], "mg/dL", (10, 3000), 1),
    "Platelets": ("platelets", "Platelets", ["777-3", "26515-7", "778-1"], "10*9/L", (0, 3000), 1),
}
# What is made of each series; chosen by cross-validation on the patients that are not in the test.
WINDOWS = {
    "HR": "last age mean-6h mean-72h minimum-24h maximum-24h variability-12h slope-12h first",
    "O2Sat": "last age mean-6h minimum-24h minimum-72h variability-12h slope-12h",
    "Temp": "last age mean-6h mean-72h minimum-24h maximum-6h maximum-24h maximum-72h count-24h slope-12h first",
    "SBP": "last age mean-6h mean-72h minimum-6h minimum-24h maximum-24h maximum-72h variability-12h slope-12h first",
    "MAP": "last mean-24h minimum-24h maximum-24h variability-12h slope-12h",
    "DBP": "last mean-24h maximum-72h",
    "Resp": "last age mean-6h mean-24h mean-72h minimum-12h minimum-24h maximum-24h slope-12h",
    "FiO2": "last age count-24h maximum-24h",
    "Lactate": "last age count-24h minimum-72h maximum-72h slope-72h",
    "PaCO2": "last age minimum-72h maximum-72h",
    "pH": "last age mean-72h minimum-72h",
    "BaseExcess": "last age",
    "HCO3": "last mean-72h slope-72h ever",
    "WBC": "last age minimum-72h maximum-72h slope-72h",
    "Creatinine": "last age minimum-72h maximum-72h slope-72h",
    "BUN": "last mean-72h minimum-72h first",
    "Calcium": "last minimum-72h maximum-72h first",
    "Potassium": "last mean-72h maximum-72h count-24h first",
    "Magnesium": "last mean-72h first",
    "Phosphate": "last maximum-72h slope-72h",
    "Glucose": "last age mean-72h minimum-72h maximum-72h count-24h",
    "Platelets": "last minimum-72h maximum-72h slope-72h",
    "Bilirubin_total": "last minimum-72h maximum-72h first",
    "Hgb": "last minimum-72h slope-72h first",
    "Hct": "last maximum-72h",
    "PTT": "last minimum-72h slope-72h",
    "Chloride": "last mean-72h minimum-72h slope-72h",
    "AST": "last mean-72h",
    "Alkalinephos": "last mean-72h",
    "Bilirubin_direct": "last ever",
    "TroponinI": "last ever",
    "Fibrinogen": "last ever",
}
# Ratios and differences of inputs: name, concept, label, unit, aggregate, operands.
DERIVED = [
    ("shock-index", "shock-index", "Shock index", "1", "ratio", "heart-rate-last", "systolic-pressure-last"),
    ("shock-index-6h", "shock-index", "Shock index", "1", "ratio", "heart-rate-mean-6h", "systolic-pressure-mean-6h"),
    ("shock-index-mean-pressure", "shock-index", "Shock index", "1", "ratio", "heart-rate-last", "mean-pressure-last"),
    ("urea-to-creatinine", "urea-to-creatinine", "Urea nitrogen to creatinine", "1", "ratio", "urea-nitrogen-last",
     "creatinine-last"),
    ("platelets-to-white-cells", "platelets-to-white-cells", "Platelets to white cells", "1", "ratio", "platelets-last",
     "white-cells-last"),
    ("saturation-to-fio2", "saturation-to-fio2", "Oxygen saturation to inspired oxygen", "1", "ratio",
     "oxygen-saturation-last", "fio2-last"),
    ("rate-to-saturation", "rate-to-saturation", "Respiratory rate to oxygen saturation", "1", "ratio",
     "respiratory-rate-last", "oxygen-saturation-last"),
    ("white-cells-rise", "white-cells", "White cell count to its lowest in 72 h", "1", "ratio", "white-cells-last",
     "white-cells-minimum-72h"),
    ("creatinine-rise", "creatinine", "Creatinine to its lowest in 72 h", "1", "ratio", "creatinine-last",
     "creatinine-minimum-72h"),
    ("lactate-rise", "lactate", "Lactate to its lowest in 72 h", "1", "ratio", "lactate-last", "lactate-minimum-72h"),
    ("temperature-change", "temperature", "Temperature less its mean of 72 h", "K", "difference", "temperature-last",
     "temperature-mean-72h"),
    ("heart-rate-change", "heart-rate", "Heart rate less its mean of 72 h", "/min", "difference", "heart-rate-last",
     "heart-rate-mean-72h"),
    ("respiratory-rate-change", "respiratory-rate", "Respiratory rate less its mean of 72 h", "/min", "difference",
     "respiratory-rate-last", "respiratory-rate-mean-72h"),
    ("systolic-pressure-change", "systolic-pressure", "Systolic blood pressure less its mean of 72 h", "mm[Hg]",
     "difference", "systolic-pressure-last", "systolic-pressure-mean-72h"),
    ("glucose-change", "glucose", "Glucose less its mean of 72 h", "mg/dL", "difference", "glucose-last",
     "glucose-mean-72h"),
    ("pulse-pressure", "pulse-pressure", "Pulse pressure", "mm[Hg]", "difference", "systolic-pressure-last",
     "diastolic-pressure-last"),
    ("urea-nitrogen-rise", "urea-nitrogen", "Urea nitrogen less its lowest in 72 h", "mg/dL", "difference",
     "urea-nitrogen-last", "urea-nitrogen-minimum-72h"),
]
STAY = ["HR", "O2Sat", "Temp", "SBP", "MAP", "DBP", "Resp"]


def _definitions():
    found = []

    def add(column, suffix):
        name, label, loinc, unit, plausible, _ = {**VITALS, **LABS}[column]
        kind, _, hours = suffix.partition("-")
        aggregate = {"age": "time-since-last", "first": "time-since-first"}.get(kind, kind)
        default = dict(age=24 if column in VITALS else 168, first=336, ever=168, last=24 if column in VITALS else 72)
        found.append(
            dict(
                name=f"{name}-{suffix}", concept=name, label=label, loinc=loinc, unit=unit, aggregate=aggregate,
                horizonHours=int(hours[:-1]) if hours else default[kind], plausible=list(plausible), column=column,
            )
        )

    for column, suffixes in WINDOWS.items():
        for suffix in suffixes.split():
            add(column, suffix)
    found.append(
        dict(
            name="hours-observed", concept="stay", label="Time under observation", unit=None,
            loinc=[code for column in STAY for code in VITALS[column][2]], aggregate="time-since-first",
            horizonHours=336, column=None,
        )
    )
    found.append(
        dict(
            name="age", concept="age", label="Age", loinc=["30525-0"], unit="a", aggregate="last",
            horizonHours=8760, plausible=[14, 120], column="Age",
        )
    )
    for name, concept, label, unit, aggregate, first, second in DERIVED:
        found.append(dict(name=name, concept=concept, label=label, unit=unit, aggregate=aggregate, of=[first, second]))
    return found


DEFINITIONS = _definitions()


def clean(columns):
    """Values outside the plausible range are no values, as in the timeline."""
    out = {}
    for column, (_, _, _, _, (low, high), factor) in {**VITALS, **LABS}.items():
        values = columns[column] * factor if factor != 1 else columns[column].copy()
        values[~((values >= low) & (values <= high))] = np.nan
        out[column] = values
    return out


class Grid:
    """Rows of all patients one after another; `hour` counts from 0 within each."""

    def __init__(self, hour):
        self.hour = hour
        self.index = np.arange(len(hour))
        self.start = self.index - hour

    def shifted(self, values, lag):
        out = np.full(len(values), np.nan)
        if lag == 0:
            return values
        out[lag:] = values[:-lag]
        out[self.hour < lag] = np.nan
        return out

    def last_index(self, present):
        last = np.maximum.accumulate(np.where(present, self.index, -1))
        return np.where(last >= self.start, last, -1)

    def compute(self, aggregate, values, hours):
        present = ~np.isnan(values)
        if aggregate in ("time-since-last", "ever"):
            last = self.last_index(present)
            lag = self.index - last
            within = (last >= 0) & (lag <= hours)
            if aggregate == "ever":
                return within.astype(float)
            return np.where(within, lag, np.nan).astype(float)
        lags = range(0, hours + 1)
        if aggregate == "count":
            total = np.zeros(len(values))
            for lag in lags:
                total += ~np.isnan(self.shifted(values, lag))
            return total
        if aggregate in ("minimum", "maximum"):
            best = np.full(len(values), np.nan)
            pick = np.fmin if aggregate == "minimum" else np.fmax
            for lag in lags:
                best = pick(best, self.shifted(values, lag))
            return best
        # Mean, sample standard deviation and least-squares slope an hour, in two passes as the timeline does.
        n, sy, sx = (np.zeros(len(values)) for _ in range(3))
        for lag in reversed(lags):
            y = self.shifted(values, lag)
            ok = ~np.isnan(y)
            n += ok
            sy += np.where(ok, y, 0)
            sx += np.where(ok, -lag, 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = sy / n
            middle = sx / n
        if aggregate == "mean":
            return mean
        syy, sxy, sxx = (np.zeros(len(values)) for _ in range(3))
        for lag in reversed(lags):
            y = self.shifted(values, lag)
            ok = ~np.isnan(y)
            dy = np.where(ok, y - mean, 0)
            dx = np.where(ok, -lag - middle, 0)
            syy += dy * dy
            sxy += dx * dy
            sxx += dx * dx
        with np.errstate(invalid="ignore", divide="ignore"):
            if aggregate == "variability":
                return np.where(n >= 2, np.sqrt(syy / (n - 1)), np.nan)
            return np.where(sxx > 0, sxy / sxx, np.nan)


    def since_first(self, present):
        """Hours since the first value; no stay is longer than the horizon, so that the patient's first row is in it."""
        earlier = np.zeros(len(present), dtype=bool)
        earlier[1:] = (self.last_index(present)[:-1] >= 0) & (self.hour[1:] > 0)
        first = np.maximum.accumulate(np.where(present & ~earlier, self.index, -1))
        return np.where((first >= self.start) & (first >= 0), self.index - first, np.nan).astype(float)


def derived(aggregate, first, second):
    if aggregate == "difference":
        return first - second
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(second == 0, np.nan, first / second)


def compute(columns, hour, kept=np.float32):
    """Feature matrix, one column for each of `DEFINITIONS`, float64 computed; training keeps float32 of it."""
    grid = Grid(hour)
    cleaned = clean(columns)
    out = np.empty((len(hour), len(DEFINITIONS)), dtype=kept)
    found = {}
    for position, definition in enumerate(DEFINITIONS):
        aggregate, column = definition["aggregate"], definition.get("column")
        if definition["name"] == "age":
            values = np.where((columns["Age"] >= 14) & (columns["Age"] <= 120), columns["Age"], np.nan)
        elif "of" in definition:
            values = derived(aggregate, *(found[name] for name in definition["of"]))
        elif aggregate == "time-since-first":
            among = STAY if column is None else [column]
            values = grid.since_first(np.any([~np.isnan(cleaned[c]) for c in among], axis=0))
        elif aggregate == "last":
            # A value that cannot be used hides older ones: it is not known what it stands for.
            measured = ~np.isnan(columns[column])
            last = grid.last_index(measured)
            within = (last >= 0) & (grid.index - last <= definition["horizonHours"])
            values = np.where(within, cleaned[column][np.maximum(last, 0)], np.nan)
        else:
            values = grid.compute(aggregate, cleaned[column], definition["horizonHours"])
        found[definition["name"]] = values
        out[:, position] = values
    return out
