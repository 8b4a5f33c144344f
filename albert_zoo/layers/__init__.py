"""The parts of an ALBERT. They know nothing of models, files or tasks."""

from albert_zoo.layers.backend_graphs import plain_gradients as plain_gradients
from albert_zoo.layers.factorized_embedding import FactorizedEmbedding as FactorizedEmbedding
from albert_zoo.layers.masked_lm_head import MaskedLMHead as MaskedLMHead
from albert_zoo.layers.shared_transformer_stack import (
    SharedTransformerStack as SharedTransformerStack,
)
from albert_zoo.layers.transformer_block import AlbertTransformerBlock as AlbertTransformerBlock

__all__ = [
    "AlbertTransformerBlock",
    "FactorizedEmbedding",
    "MaskedLMHead",
    "SharedTransformerStack",
    "plain_gradients",
]
