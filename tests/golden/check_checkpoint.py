"""Opens checkpoint folders with Hugging Face transformers and compares logits and token ids.

Usage: check_checkpoint.py FOLDER
FOLDER holds pairs made by tests/core/checkpoint_golden_test.cc: NAME/ (a checkpoint) and
NAME.expected.safetensors with tokens [B, T], logits [B, T, V], and text_ids, the ids of TEXT below.
Fails on any warning, on missing or unexpected weights, and on a logit that differs by more than
1e-5. Needs torch, transformers, safetensors.
"""

import logging
import pathlib
import sys
import warnings

import torch
import transformers
from safetensors.torch import load_file

TEXT = "Once upon a time, naïve Ω said: “don't”\n\n\t<|endoftext|> 42  end"


class Collector(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def check(folder):
    expected = load_file(f"{folder}.expected.safetensors")
    collector = Collector()
    for name in ("", "transformers"):
        logging.getLogger(name).addHandler(collector)
    transformers.logging.set_verbosity_warning()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model, info = transformers.AutoModelForCausalLM.from_pretrained(
            folder, output_loading_info=True, dtype=torch.float32
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        model.eval()
        with torch.no_grad():
            logits = model(expected["tokens"]).logits
        ids = tokenizer(TEXT)["input_ids"]
        new = model.generate(
            expected["tokens"][:1, :4], max_new_tokens=3, do_sample=False, pad_token_id=0
        )
    problems = collector.lines + [str(w.message) for w in caught]
    problems += [f"{key}: {sorted(info[key])}" for key in info if info[key]]
    difference = (logits - expected["logits"]).abs().max().item()
    if difference > 1e-5:
        problems.append(f"logits differ by {difference:.3g}")
    if ids != expected["text_ids"].tolist():
        problems.append(f"ids differ: {ids} here, {expected['text_ids'].tolist()} expected")
    if tokenizer.decode(ids) != TEXT:
        problems.append(f"decoding gives {tokenizer.decode(ids)!r}")
    if model.generation_config.eos_token_id != tokenizer.eos_token_id:
        problems.append("the generation config's end-of-text is not the tokenizer's")
    if new.shape[1] > 7:
        problems.append("generate made too many tokens")
    print(f"{folder.name}: largest difference of a logit {difference:.2g}, {len(problems)} problems")
    for problem in problems:
        print(f"  {problem}")
    return not problems


def main():
    folders = sorted(p for p in pathlib.Path(sys.argv[1]).iterdir() if p.is_dir())
    results = [check(folder) for folder in folders]
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main()
