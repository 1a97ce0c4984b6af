"""The bundled model on the cases of the capability suite that guided no writing: the last 8 of each.

python benchmarks/fresh.py
"""

from __future__ import annotations

from blocks import ROOT

import misinfo
from misinfo import capabilities

LAST = 8

if __name__ == "__main__":
    suite = capabilities.read_capabilities(ROOT / "tests/capabilities")
    fresh = {name: cases[-LAST:] for name, cases in suite.items()}
    print(f"{sum(map(len, fresh.values()))} cases of {len(fresh)} capabilities")
    for name, figure in capabilities.suite_figures(misinfo.load(), fresh).items():
        print(f"{name.replace('_', ' ')} {figure}")
