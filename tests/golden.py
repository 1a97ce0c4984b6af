"""Write the golden scores anew after a new model: ``python tests/golden.py``."""

import json
from pathlib import Path

import misinfo

GOLDEN = Path(__file__).parent / "golden.json"

if __name__ == "__main__":
    texts = list(json.loads(GOLDEN.read_text(encoding="utf-8")))
    found = misinfo.load().predict_proba_sentences(texts)[:, 1].tolist()
    golden = {text: round(value, 6) for text, value in zip(texts, found, strict=True)}
    GOLDEN.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
