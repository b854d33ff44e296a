"""Scores every document of a task for every query with dattri's LoGra and TracIn and with TRAK.

The model is the task's own checkpoint, rebuilt in PyTorch; the scores are judged by
`whence bench attribution --peer`, through the routine that judges ours. All at one checkpoint.

Usage: gradient_scores.py TASK_FOLDER OUTPUT_FOLDER
"""

import sys
import tempfile
from types import SimpleNamespace

import torch
from byte_model import adapted, load, write
from dattri.algorithm.logra import LoGraAttributor
from dattri.algorithm.tracin import TracInAttributor
from dattri.task import AttributionTask
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset
from trak import TRAKer
from trak.modelout_functions import AbstractModelOutput
from trak.projectors import BasicProjector, ProjectionType


def loss_of(logits, tokens):
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), reduction="sum")


def tracin(model, training, queries):
    """One checkpoint, weight 1, no projection: sums over the adapter's parameters."""

    def loss(parameters, data):
        tokens = data[0].unsqueeze(0)
        return loss_of(torch.func.functional_call(model, parameters, tokens[:, :-1]), tokens)

    task = AttributionTask(loss_func=loss, model=model, checkpoints=model.state_dict())
    attributor = TracInAttributor(
        task=task, weight_list=torch.ones(1), normalized_grad=False,
        layer_name=[name for name, one in model.named_parameters() if one.requires_grad])
    attributor.projector_kwargs = None
    return attributor.attribute(training, queries).T


class Scored(nn.Module):
    """A model that says its loss, as dattri asks of one for text."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, tokens):
        return SimpleNamespace(loss=loss_of(self.model(tokens[:, :-1]), tokens))


def logra(model, training, queries):
    """Projected to 32 × 32 a map, eFIM, its own damping; its own 64 × 64 is more than these maps have."""
    scored = Scored(model)

    def loss(model, batch, device):
        return model(batch["tokens"]).loss

    task = AttributionTask(loss_func=loss, model=scored, checkpoints=scored.state_dict())
    with tempfile.TemporaryDirectory() as scratch:
        attributor = LoGraAttributor(
            task=task, layer_names=adapted(scored), proj_dim=1024, offload="none",
            cache_dir=scratch)
        attributor.cache(training)
        return attributor.attribute(training, queries).T


class NextBytes(AbstractModelOutput):
    """TRAK's output for text: the margins log p/(1 − p) of all bytes, summed."""

    def __init__(self):
        pass

    @staticmethod
    def get_output(model, weights, buffers, tokens):
        logits = torch.func.functional_call(model, (weights, buffers), tokens[None, :-1])[0]
        labels = tokens[1:]
        own = logits.gather(1, labels[:, None])[:, 0]
        others = logits.scatter(1, labels[:, None], -torch.inf).logsumexp(1)
        return (own - others).sum()

    def get_out_to_loss_grad(self, model, weights, buffers, batch):
        logits = torch.func.functional_call(model, (weights, buffers), batch[0][:, :-1])
        chances = logits.softmax(-1).gather(2, batch[0][:, 1:, None])[:, :, 0]
        return (1 - chances).mean(1).clone().detach().unsqueeze(-1)


def trak(model, training, queries):
    """Its own defaults but for the ridge: with more dimensions than documents none leaves noise, and
    of 0, 1, 10² and 10⁴ the last predicts best."""
    names = [name for name, one in model.named_parameters() if one.requires_grad]
    count = sum(one.numel() for one in model.parameters() if one.requires_grad)
    projector = BasicProjector(
        grad_dim=count, proj_dim=2048, seed=0, proj_type=ProjectionType.rademacher, device="cpu")
    with tempfile.TemporaryDirectory() as scratch:
        traker = TRAKer(
            model=model, task=NextBytes(), train_set_size=len(training.dataset), device="cpu",
            save_dir=scratch, projector=projector, proj_dim=2048, grad_wrt=names,
            use_half_precision=False, lambda_reg=1e4)
        traker.load_checkpoint(model.state_dict(), model_id=0)
        for (tokens,) in training:
            traker.featurize(batch=(tokens,), num_samples=len(tokens))
        traker.finalize_features()
        traker.start_scoring_checkpoint(
            exp_name="queries", checkpoint=model.state_dict(), model_id=0,
            num_targets=len(queries.dataset))
        for (tokens,) in queries:
            traker.score(batch=(tokens,), num_samples=len(tokens))
        return torch.tensor(traker.finalize_scores(exp_name="queries").copy()).T


def main(folder, output):
    torch.manual_seed(0)
    model, training, queries = load(folder)
    model.eval()

    def batches(rows):
        return DataLoader(TensorDataset(torch.stack(rows)), batch_size=50, shuffle=False)

    def named(rows):
        return DataLoader([{"tokens": row} for row in rows], batch_size=50, shuffle=False)

    data = batches(training), batches(queries)
    write(f"{output}/tracin.json", "tracin", tracin(model, *data))
    write(f"{output}/trak.json", "trak", trak(model, *data))
    write(f"{output}/logra.json", "logra", logra(model, named(training), named(queries)))


main(*sys.argv[1:])
