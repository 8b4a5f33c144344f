"""DivergenceGuard: watches a training, and acts when it goes wrong."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Optional

import numpy as np

from albert_zoo.errors import TrainAgainError
from albert_zoo.keras_api import keras
from albert_zoo.training.dense_clipping import GRADIENT_NORM, SKIPPED, SKIPPED_IN_A_ROW
from albert_zoo.training.guard_report import GuardReport
from albert_zoo.training.last_good_state import LastGoodState
from albert_zoo.training.probe import Probe
from albert_zoo.training.probe_result import ProbeResult
from albert_zoo.training.step_losses import StepLosses
from albert_zoo.training.update_ratio import UpdateRatio

_LOOK_EVERY = 10  # steps; on JAX a look at the optimizer costs time
_SPIKE_STEPS = 5
_STATE = (
    *("step", "_recent", "_collapsed_checks", "_rollbacks", "_skipped"),
    *("_is_spiking", "_lowest"),
)


class DivergenceGuard(keras.callbacks.Callback):
    """Watches loss, gradient, step size and predictions, and does what `GuardSettings` say.

    It must stand before callbacks that read the loss: after a step without a finite loss it makes
    Keras begin its mean anew. Between its interventions it changes nothing: a training with it and
    one without give the same weights.

    Args:
        report: `GuardReport`, which has the settings.
        probe: `Probe`, or `None` where the predictions cannot be watched.
        total_steps: int, of the run.
        warmup_steps: int, in which nothing is expected of it.
        retries_left: int, above 0 only with `on_divergence="retry"`.
        is_alone: bool. False where other processes train the same weights: all of them must decide
            alike, so that only the gradient counts, which they share.
    """

    def __init__(
        self,
        report: GuardReport,
        probe: Optional[Probe],
        total_steps: int,
        warmup_steps: int,
        retries_left: int = 0,
        is_alone: bool = True,
    ):
        super().__init__()
        self.report = report
        self.settings = report.settings
        self.probe = probe
        self.warmup_steps = warmup_steps
        self.retries_left = retries_left
        self.is_alone = is_alone
        share = math.ceil(total_steps * self.settings.check_share)
        self.check_every = max(share, self.settings.min_steps_between_checks)
        self.step = 0
        self._losses = StepLosses()
        self._recent: List[float] = []
        self._collapsed_checks = 0
        self._rollbacks = 0
        self._skipped = 0.0
        self._is_spiking = False
        self._lowest = math.inf  # mean loss of so many steps
        self._good = LastGoodState()
        self._ratio = UpdateRatio()

    # === What Keras calls ===
    def on_epoch_begin(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        self._losses.restart()

    def on_train_batch_begin(self, batch: int, logs: Optional[Dict[str, float]] = None) -> None:
        if not self._good.is_taken:
            self._good.take(self.model, self.step)
        if self._measures_ratio(self.step + 1):
            self._ratio.before(self.model)

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, float]] = None) -> None:
        self.step += 1
        own = self._losses.next(float((logs or {}).get("loss", math.nan)))
        is_bad = not math.isfinite(own)
        is_check = self.step % self.check_every == 0
        if (is_bad and self.is_alone) or is_check or self.step % _LOOK_EVERY == 0:
            self._look(own, is_bad)
        if not is_bad:
            self._watch_spikes(own)
        if self._measures_ratio(self.step):
            self.report.watched(None, self._ratio.after(self.model))
        if is_check and not is_bad and not self._has_ended:
            self._check()

    def _measures_ratio(self, step: int) -> bool:
        # At the end of the warm-up the learning rate is at its highest.
        return step % self.check_every == 0 or step == max(1, self.warmup_steps)

    @property
    def _has_ended(self) -> bool:
        return bool(self.model.stop_training)

    # === Steps without a finite loss or gradient ===
    def _look(self, loss: float, is_bad: bool) -> None:
        model = self.model
        state = self._good.step_state(model)
        if state is None:  # an optimizer that is not ours, and skips nothing
            if is_bad:
                self._note_skipped(1, loss)
                model.reset_metrics()
                self._roll_back(1)
            return
        self.report.watched(float(state[GRADIENT_NORM]), None)
        skipped = int(state[SKIPPED] - self._skipped)
        self._skipped = float(state[SKIPPED])
        if skipped:
            self._note_skipped(skipped, loss)
        if is_bad:
            model.reset_metrics()
        if state[SKIPPED_IN_A_ROW] >= self.settings.bad_steps:
            self._roll_back(int(state[SKIPPED_IN_A_ROW]))

    def _note_skipped(self, count: int, loss: float) -> None:
        self.report.skipped_steps += count
        what = f"the loss is {loss}" if not math.isfinite(loss) else "the gradient is not finite"
        steps = "the step is" if count == 1 else f"{count} steps were"
        self.report.add("skipped", self.step, f"{what}; {steps} skipped.", count=count)

    def _roll_back(self, in_a_row: int) -> None:
        what = f"{in_a_row} step{'s' if in_a_row > 1 else ''} in a row without a finite gradient"
        if self._rollbacks >= self.settings.max_rollbacks:
            self._give_up(f"{what}, after {self._rollbacks} returns to good weights")
            return
        self._rollbacks += 1
        if not self._good.put_back(self.model):
            self._give_up(f"{what}, and a learning rate that cannot be lowered")
            return
        self._losses.restart()
        self.report.add(
            "rollback",
            self.step,
            f"{what}: back to the weights of step {self._good.step}, with half the learning rate "
            f"({self._rollbacks} of at most {self.settings.max_rollbacks} times).",
            to_step=self._good.step,
        )

    def _give_up(self, why: str) -> None:
        if self.retries_left:
            raise TrainAgainError(why)
        self._good.put_back(self.model, lower_rate=False)
        self._stop(why)

    def _stop(self, why: str) -> None:
        self.report.stopped = True
        self.report.add("stopped", self.step, f"{why}. Training stops. {self.report.causes()}")
        self.model.stop_training = True

    # === A loss that rises, a model that learns nothing ===
    def _watch_spikes(self, loss: float) -> None:
        self._recent = [*self._recent[1 - _SPIKE_STEPS :], loss]
        if self.probe is None or len(self._recent) < _SPIKE_STEPS:
            return
        mean, guess = sum(self._recent) / _SPIKE_STEPS, self.probe.guess_loss
        is_spike = mean > max(self.settings.spike * guess, 2 * self._lowest)
        self._lowest = min(self._lowest, mean)
        if is_spike and not self._is_spiking:
            self.report.add(
                "spike",
                self.step,
                f"the loss rose to {mean:.3f} (mean of {_SPIKE_STEPS} steps); a guess that knows "
                f"how frequent each label is has {guess:.3f}.",
                loss=mean,
                guess_loss=guess,
            )
        self._is_spiking = is_spike

    def _check(self) -> None:
        model = self.model
        state = self._good.step_state(model)
        if state is None or not state[SKIPPED_IN_A_ROW]:
            self._good.take(model, self.step)
        if self.probe is None:
            return
        result = self.probe.measure(model)
        self.report.checked(self.step, result)
        if self.step < self.warmup_steps:
            return
        self._collapsed_checks = self._collapsed_checks + 1 if self._is_collapsed(result) else 0
        if self._collapsed_checks == self.settings.patience:
            self._act_on_collapse(result)

    def _is_collapsed(self, result: ProbeResult) -> bool:
        return (
            result.is_constant
            and abs(result.agreement) < self.settings.max_agreement
            and result.loss > self.settings.min_share_of_guess * result.guess_loss
        )

    def _act_on_collapse(self, result: ProbeResult) -> None:
        what = "the same score" if not result.shares else f"class {int(np.argmax(result.shares))}"
        why = (
            f"the model learns nothing: all of {len(self.probe.labels)} training rows get {what}, "  # type: ignore[union-attr]
            f"with a loss of {result.loss:.3f}; a guess has {result.guess_loss:.3f}"
        )
        self.report.add("collapsed", self.step, f"{why}. {self.report.causes()}")
        if self.retries_left and self.is_alone:
            raise TrainAgainError(why)
        if self.settings.on_divergence != "report" and self.is_alone:
            retried = " after all retries" if self.settings.on_divergence == "retry" else ""
            self._stop(f"The model learned nothing{retried}")

    # === What a checkpoint keeps ===
    def get_run_state(self) -> Dict[str, Any]:
        """Returns what a checkpoint is to hold."""
        state = {name: getattr(self, name) for name in _STATE}
        losses = dict(vars(self._losses))
        return {**state, "losses": losses, "report": self.report.get_state()}

    def set_run_state(self, state: Dict[str, Any]) -> None:
        """Takes up what `get_run_state` returned."""
        self.report.set_state(state["report"])
        for name in _STATE:
            setattr(self, name, state[name])
        for name, value in state["losses"].items():
            setattr(self._losses, name, value)
