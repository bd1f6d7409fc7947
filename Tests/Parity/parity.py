"""Compares Headwall with the libraries themselves, not with the committed fixtures that they once wrote.

    python parity.py [swift test arguments, such as -c release --skip-build]

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
REQUIREMENTS = [
    "xgboost-cpu==3.2.0", "lightgbm==4.6.0", "shap==0.51.0", "venn-abers==1.5.4", "crepes==0.9.1", "mapie==1.6.0",
    "lime==0.2.0.1", "onnx==1.23.2", "onnxruntime==1.32.0", "scikit-learn==1.9.1", "numpy==2.4.6",
]
MODULES = "xgboost, lightgbm, shap, venn_abers, crepes, mapie, lime, onnx, onnxruntime, sklearn"


def main():
    folder = os.environ.get("HEADWALL_PARITY_VENV", os.path.join(HERE, ".venv-parity"))
    python = os.path.join(folder, "bin", "python")
    try:
        if not os.path.exists(python):
            subprocess.check_call([sys.executable, "-m", "venv", folder])
            subprocess.check_call([python, "-m", "pip", "install", "-q", *REQUIREMENTS])
        subprocess.check_call([python, "-c", "import " + MODULES])
    except (OSError, subprocess.CalledProcessError):
        print("PARITY SKIPPED: the Python packages are not there and cannot be installed; nothing was compared", flush=True)
        return 0
    with tempfile.TemporaryDirectory() as fixtures:
        for script in ("make_fixtures.py", "other_fixtures.py", "network_fixtures.py", "recurrent_fixtures.py"):
            subprocess.check_call([python, os.path.join(HERE, script), fixtures])
        print("compared with", ", ".join(REQUIREMENTS), flush=True)
        return subprocess.call(
            ["swift", "test", *sys.argv[1:], "--filter", "ParityTests"], cwd=os.environ.get("HEADWALL_PACKAGE", REPOSITORY),
            env={**os.environ, "HEADWALL_PARITY": fixtures})


if __name__ == "__main__":
    sys.exit(main())
