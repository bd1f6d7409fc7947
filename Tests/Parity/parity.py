"""Compares Headwall with the libraries that are installed now, not with those that the committed fixtures came from.

    python parity.py [swift test arguments, such as -c release]

Makes a virtual environment (HEADWALL_PARITY_VENV, otherwise .venv-parity beside this file), lets the libraries write fresh
fixtures into a temporary folder, and runs the parity tests on them. Ends with 0 and says so loudly where Python packages
cannot be installed; with the tests' status otherwise.
"""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
REQUIREMENTS = ["xgboost-cpu", "lightgbm", "shap", "venn-abers", "crepes", "lime", "onnx", "onnxruntime",
                "scikit-learn", "numpy"]


def main():
    folder = os.environ.get("HEADWALL_PARITY_VENV", os.path.join(HERE, ".venv-parity"))
    python = os.path.join(folder, "bin", "python")
    try:
        if not os.path.exists(python):
            subprocess.check_call([sys.executable, "-m", "venv", folder])
            subprocess.check_call([python, "-m", "pip", "install", "-q", *REQUIREMENTS])
        subprocess.check_call([python, "-c", "import xgboost, lightgbm, shap, venn_abers, crepes, lime, onnx, onnxruntime, sklearn"])
    except (OSError, subprocess.CalledProcessError):
        print("PARITY SKIPPED: the Python packages are not there and cannot be installed; nothing was compared", flush=True)
        return 0
    with tempfile.TemporaryDirectory() as fixtures:
        for script in ("make_fixtures.py", "other_fixtures.py", "network_fixtures.py"):
            subprocess.check_call([python, os.path.join(HERE, script), fixtures])
        versions = "import xgboost, lightgbm, shap; print(xgboost.__version__, lightgbm.__version__, shap.__version__)"
        print("xgboost, lightgbm, shap:", subprocess.check_output([python, "-c", versions], text=True).strip(), flush=True)
        return subprocess.call(
            ["swift", "test", *sys.argv[1:], "--filter", "ParityTests"], cwd=os.environ.get("HEADWALL_PACKAGE", REPOSITORY),
            env={**os.environ, "HEADWALL_PARITY": fixtures})


if __name__ == "__main__":
    sys.exit(main())
