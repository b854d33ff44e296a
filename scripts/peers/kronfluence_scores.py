"""Scores every document of a task for every query with kronfluence's EK-FAC, default settings.

The model is the task's own checkpoint, rebuilt in PyTorch; the scores are judged by
`whence bench attribution --peer`, through the routine that judges ours.

Usage: kronfluence_scores.py TASK_FOLDER SCORES_FILE
"""

import sys
import tempfile

import torch
from byte_model import adapted, load, write
from kronfluence.analyzer import Analyzer, prepare_model
from kronfluence.arguments import FactorArguments
from kronfluence.task import Task
from torch.nn import functional as F


class NextByte(Task):
    def __init__(self, names):
        super().__init__()
        self.names = names

    def compute_train_loss(self, batch, model, sample=False):
        logits = model(batch[:, :-1]).flatten(0, 1)
        labels = batch[:, 1:].flatten()
        if sample:
            with torch.no_grad():
                labels = torch.multinomial(logits.softmax(-1), 1).flatten()
        return F.cross_entropy(logits, labels, reduction="sum")

    def compute_measurement(self, batch, model):
        return self.compute_train_loss(batch, model)

    def get_influence_tracked_modules(self):
        return self.names


def main(folder, output):
    torch.manual_seed(0)
    model, training, queries = load(folder)
    task = NextByte(adapted(model))
    with tempfile.TemporaryDirectory() as scratch:
        analyzer = Analyzer(
            "peer", prepare_model(model, task), task, cpu=True, output_dir=scratch,
            disable_tqdm=True)
        analyzer.fit_all_factors(
            "ekfac", training, per_device_batch_size=50,
            factor_args=FactorArguments(strategy="ekfac"))
        analyzer.compute_pairwise_scores(
            "scores", "ekfac", query_dataset=queries, train_dataset=training,
            per_device_query_batch_size=48, per_device_train_batch_size=50)
        scores = analyzer.load_pairwise_scores("scores")["all_modules"]
    write(output, "kronfluence", scores)


main(*sys.argv[1:])
