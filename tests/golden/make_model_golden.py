"""Makes gpt2_{tied,untied,no_qkv_bias}.safetensors: what PyTorch and transformers compute for a
2-layer GPT-2, to compare ours with. Run where torch, transformers and safetensors are installed:

    python tests/golden/make_model_golden.py

Each file holds random weights, a batch's logits, loss and gradients, and ten AdamW steps (losses,
gradient norms, final weights) with the decay groups of the lab: 2-D weights except embeddings.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from torch.nn import functional
from transformers import GPT2Config, GPT2LMHeadModel

VARIANTS = {
    "tied": dict(width=32, vocab=97, tie=True, qkv_bias=True),
    "untied": dict(width=16, vocab=61, tie=False, qkv_bias=True),
    "no_qkv_bias": dict(width=16, vocab=61, tie=True, qkv_bias=False),
}
LAYERS, HEADS, CONTEXT, BATCH, STEPS = 2, 4, 24, 3, 10
RATE, BETAS, EPSILON, DECAY, CLIP = 3e-3, (0.9, 0.95), 1e-8, 0.1, 1.0


def make_model(width, vocab, tie, qkv_bias):
    config = GPT2Config(
        vocab_size=vocab, n_positions=CONTEXT, n_embd=width, n_layer=LAYERS, n_head=HEADS,
        embd_pdrop=0.0, attn_pdrop=0.0, resid_pdrop=0.0, tie_word_embeddings=tie,
        attn_implementation="eager")
    model = GPT2LMHeadModel(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # Larger than at a real start, so that every path carries weight.
            noise = 0.15 * torch.randn_like(parameter)
            is_norm_weight = ".ln_" in name and name.endswith("weight")
            parameter.copy_(1 + noise if is_norm_weight else noise)
            if name.endswith("c_attn.bias") and not qkv_bias:
                parameter.zero_()
                parameter.requires_grad_(False)
    return model


def parameters(model):
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def loss_of(model, window):
    logits = model(window[:, :-1]).logits
    return logits, functional.cross_entropy(logits.flatten(0, 1), window[:, 1:].flatten())


def make(name, width, vocab, tie, qkv_bias):
    torch.manual_seed(20240607)
    model = make_model(width, vocab, tie, qkv_bias)
    windows = torch.randint(vocab, (STEPS, BATCH, CONTEXT + 1))
    out = {"windows": windows}
    out.update({f"weights/{k}": p.detach().clone() for k, p in parameters(model).items()})

    decayed = [p for k, p in parameters(model).items()
               if p.dim() == 2 and ".wte." not in k and ".wpe." not in k]
    others = [p for p in parameters(model).values() if not any(p is d for d in decayed)]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}],
        lr=RATE, betas=BETAS, eps=EPSILON)
    losses, norms = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        logits, loss = loss_of(model, windows[step])
        loss.backward()
        if step == 0:
            out["logits"] = logits.detach().clone()
            out.update({f"gradients/{k}": p.grad.clone() for k, p in parameters(model).items()})
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP).item())
        losses.append(loss.item())
        optimizer.step()
    out["losses"] = torch.tensor(losses)
    out["norms"] = torch.tensor(norms)
    out.update({f"final/{k}": p.detach().clone() for k, p in parameters(model).items()})

    config = json.loads(model.config.to_json_string())
    config["lab"] = {"qkv_bias": qkv_bias}
    path = pathlib.Path(__file__).parent / f"gpt2_{name}.safetensors"
    save_file({k: v.contiguous() for k, v in out.items()}, path,
              metadata={"config": json.dumps(config)})
    print(path.name, path.stat().st_size, "bytes; losses", [round(l, 4) for l in losses])


if __name__ == "__main__":
    torch.set_num_threads(1)
    for variant, options in VARIANTS.items():
        make(variant, **options)
