"""Makes gpt2_bf16.safetensors: ten steps of PyTorch training a 2-layer GPT-2 the way the lab trains
in bf16, with weights and activations in bf16 and fp32 master copies that AdamW updates. Run where
torch, transformers and safetensors are installed:

    python tests/golden/make_bf16_golden.py

The file holds the starting weights (bf16), the batches, losses, gradient norms and the final master
copies, and as a yardstick the losses of the same ten steps in fp32.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from torch.nn import functional
from transformers import GPT2Config, GPT2LMHeadModel

LAYERS, HEADS, WIDTH, VOCAB, CONTEXT, BATCH, STEPS = 2, 4, 32, 97, 24, 3, 10
RATE, BETAS, EPSILON, DECAY, CLIP = 3e-3, (0.9, 0.95), 1e-8, 0.1, 1.0


def make_model():
    torch.manual_seed(20240607)
    config = GPT2Config(
        vocab_size=VOCAB, n_positions=CONTEXT, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS,
        embd_pdrop=0.0, attn_pdrop=0.0, resid_pdrop=0.0, attn_implementation="sdpa",
        activation_function="gelu_pytorch_tanh")
    model = GPT2LMHeadModel(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = 0.15 * torch.randn_like(parameter)
            is_norm_weight = ".ln_" in name and name.endswith("weight")
            parameter.copy_((1 + noise if is_norm_weight else noise).bfloat16())
    return model


def train(model, windows):
    """Losses, norms and the final master copies; in fp32 the masters are the weights' twins."""
    weights = dict(model.named_parameters())
    masters = {k: p.detach().float().clone().requires_grad_() for k, p in weights.items()}
    decayed = [p for k, p in masters.items()
               if p.dim() == 2 and ".wte." not in k and ".wpe." not in k]
    others = [p for p in masters.values() if not any(p is d for d in decayed)]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}],
        lr=RATE, betas=BETAS, eps=EPSILON)
    losses, norms = [], []
    for window in windows:
        model.zero_grad()
        logits = model(window[:, :-1]).logits.float()
        loss = functional.cross_entropy(logits.flatten(0, 1), window[:, 1:].flatten())
        loss.backward()
        for name, master in masters.items():
            master.grad = weights[name].grad.float()
        norms.append(torch.nn.utils.clip_grad_norm_(masters.values(), CLIP).item())
        losses.append(loss.item())
        optimizer.step()
        with torch.no_grad():
            for name, master in masters.items():
                weights[name].copy_(master)
    return losses, norms, masters


def main():
    torch.set_num_threads(1)
    model = make_model()
    windows = torch.randint(VOCAB, (STEPS, BATCH, CONTEXT + 1))
    out = {"windows": windows}
    out.update({f"weights/{k}": p.detach().bfloat16() for k, p in model.named_parameters()})
    plain = make_model()
    losses, norms, masters = train(model.bfloat16(), windows)
    out["losses"], out["norms"] = torch.tensor(losses), torch.tensor(norms)
    out["fp32_losses"] = torch.tensor(train(plain, windows)[0])
    out.update({f"final/{k}": p.detach().clone() for k, p in masters.items()})
    path = pathlib.Path(__file__).parent / "gpt2_bf16.safetensors"
    save_file({k: v.contiguous() for k, v in out.items()}, path,
              metadata={"config": json.dumps(json.loads(model.config.to_json_string()))})
    print(path.name, path.stat().st_size, "bytes; losses", [round(l, 4) for l in losses],
          "in fp32", [round(l, 4) for l in out["fp32_losses"].tolist()])


if __name__ == "__main__":
    main()
