"""Runs in an Odoo shell on a copy of the suite's template: measures one benchmark and hands back every round.

`env` is the shell's. The benchmark is the function `run(bench)` of the file named in PSA_BENCH_CASE; what it may call
is in bench_measure.py. The rounds go to the file named in PSA_RESULT.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path

sys.path.append(os.environ["PSA_BENCH_LIBRARY"])
from bench_measure import Bench

spec = importlib.util.spec_from_file_location("psa_bench_case", os.environ["PSA_BENCH_CASE"])
case = importlib.util.module_from_spec(spec)
spec.loader.exec_module(case)
bench = Bench(env, int(os.environ["PSA_BENCH_ROUNDS"]))  # noqa: F821
case.run(bench)
Path(os.environ["PSA_RESULT"]).write_text(json.dumps(bench.result()))
