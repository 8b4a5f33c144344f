"""AscendBackend: trains on NPUs through Ascend's TF Adapter, under TensorFlow 2.6."""

from __future__ import annotations

import contextlib
from typing import Any, ContextManager, Dict, Optional, Tuple

import numpy as np

from albert_zoo.backends.ascend.adapter import NpuDevice
from albert_zoo.backends.ascend.cluster import check_timeout, read_cluster
from albert_zoo.backends.ascend.optimizer_hooks import transforming_always, with_dense_gradients
from albert_zoo.backends.ascend.options import AscendOptions
from albert_zoo.backends.base import Backend
from albert_zoo.errors import AscendError


class AscendBackend(Backend):
    """Trains on Ascend NPUs, a process for each, through the TF Adapter's module `npu_device`.

    Args:
        options: `AscendOptions`.
        npu_device: the module. `None` imports it in `prepare`.
    """

    name = "ascend"
    jit_compile = False
    fixed_shapes = True

    def __init__(self, options: Optional[AscendOptions] = None, npu_device: Any = None):
        self.options = AscendOptions() if options is None else options
        self._npu_device = npu_device
        self._device: Optional[NpuDevice] = None
        self._loss_scale: Any = None

    @property
    def device(self) -> NpuDevice:
        """The opened NPU.

        Raises:
            AscendError: `prepare` was not called.
        """
        if self._device is None:
            raise AscendError("The NPU must be opened first. Received: none. Call `prepare()`.")
        return self._device

    @property
    def workers(self) -> int:
        """How many processes train together."""
        return int(self.device.handle.workers_num)

    @property
    def worker(self) -> int:
        """Which of them this is, from 0."""
        return int(self.device.handle.worker_id)

    def prepare(self) -> None:
        """Checks the options and the environment, then opens the NPU.

        Raises:
            AscendError: an option, a file, a variable or the installation is not as it must be.
        """
        if self._device is None:
            check_timeout(self.options.stream_sync_timeout, read_cluster().workers)
            self._device = self.options.apply(self._npu_device)

    def wrap_optimizer(self, optimizer: Any, dtype_policy: Optional[str] = None) -> Any:
        """Returns the optimizer with loss scaling, and with gradients averaged over NPUs.

        Args:
            optimizer: tf.keras optimizer. A `LossScaleOptimizer` is replaced by the adapter's,
                which also finds overflows on NPUs that saturate instead of giving infinity.
            dtype_policy: str, name of the model's policy.
        """
        if self.options.graph_run_mode == 0:
            raise AscendError(
                "`graph_run_mode` must be 1 for training. Received: 0, online inference. "
                "Leave it out."
            )
        npu_device = self.device.npu_device
        optimizer = self._scale_loss(npu_device.train.optimizer, optimizer, dtype_policy)
        if self.workers > 1:
            # Around loss scaling: an overflow on one NPU must make all of them skip the step.
            wrap = npu_device.distribute.npu_distributed_keras_optimizer_wrapper
            optimizer = with_dense_gradients(wrap(optimizer))
        return optimizer

    def _scale_loss(self, adapter_optimizers: Any, optimizer: Any, policy: Optional[str]) -> Any:
        scale = self.options.loss_scale_for(policy)
        inner = getattr(optimizer, "inner_optimizer", None)
        arguments: Dict[str, Any] = {}
        if inner is not None:
            arguments = {
                "dynamic": bool(optimizer.dynamic),
                "initial_scale": optimizer.initial_scale,
                "dynamic_growth_steps": optimizer.dynamic_growth_steps,
            }
        elif scale == "dynamic":
            arguments = {"dynamic": True}
        elif scale is not None:
            arguments = {"dynamic": False, "initial_scale": scale}
        self._loss_scale = arguments or "none"
        if not arguments:
            return optimizer
        inner = transforming_always(optimizer if inner is None else inner)
        return adapter_optimizers.NpuLossScaleOptimizer(inner, **arguments)

    def start(self, model: Any) -> None:
        """Gives all NPUs the weights of the first one.

        The adapter's own callback for this never acts, so that its function is called here.

        Args:
            model: Keras model, built.
        """
        if self.workers > 1:
            self.device.npu_device.distribute.broadcast(list(model.weights), root_rank=0)

    def scope(self) -> ContextManager[Any]:
        """Returns the adapter's context with `recompute`, where that was asked for.

        Raises:
            AscendError: the adapter has no such context.
        """
        if self.options.recompute is None:
            return contextlib.nullcontext()
        npu_device = self.device.npu_device
        if not hasattr(npu_device, "npu_run_context"):
            raise AscendError(
                "`recompute` needs an adapter of r1.10.0 (2022-10) or later. "
                f"Received: {self.options.recompute!r} and an adapter without npu_run_context. "
                "Leave it out, or install another adapter."
            )
        context = npu_device.configs.run_context_options()
        context.experimental.graph_memory_optimize_config.recompute = self.options.recompute
        entered: ContextManager[Any] = npu_device.npu_run_context(context)
        return entered

    def shard(self, num_rows: int, batch_size: int) -> Tuple[np.ndarray, int]:
        """Says what this process trains on: every n-th row of the set.

        All processes get equally many rows and steps, or they would wait for each other for ever;
        where the rows do not divide, the first ones come twice.

        Args:
            num_rows: int, rows of the whole set, above 0.
            batch_size: int, rows of a step over all processes.

        Returns:
            the numbers of the rows, int64 `(rows,)`, and the rows of a step in this process.

        Raises:
            AscendError: the batch size is no multiple of the number of processes.
        """
        workers = self.workers
        if batch_size % workers:
            raise AscendError(
                f"`batch_size` must be a multiple of the {workers} NPUs that share it. "
                f"Received: {batch_size}. Take {max(1, batch_size // workers) * workers}, say."
            )
        per_worker = -(-num_rows // workers)
        rows = (self.worker + workers * np.arange(per_worker, dtype="int64")) % num_rows
        return rows, batch_size // workers

    def record(self) -> Dict[str, Any]:
        """Returns what a run's `config.json` is to hold of the backend."""
        found: Dict[str, Any] = {"name": self.name, "road": "npu_device", **self.device.record()}
        found["loss_scale"] = self._loss_scale
        if self.options.recompute is not None:
            found["recompute"] = self.options.recompute
        return found
