"""What the user does wrong: one line that says what to do, and exit code 2."""

from __future__ import annotations

import json

import pytest

from albert_zoo.cli import console, guard
from albert_zoo.errors import OutputExistsError


@pytest.fixture
def finetune(fails, untrained, tmp_path):
    """Runs `finetune` on a table that must be refused; returns the line."""

    def invoke(content, *args):
        path = tmp_path / "data.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        args = args or ("--text", "review", "--label", "stars")
        line = fails(
            *("finetune", "--train", path, *args, "--preset", untrained),
            *("--output", tmp_path / "run"),
        )
        assert not (tmp_path / "run").exists()
        return line

    return invoke


GOOD = "review,stars\ngood,pos\nbad,neg\n"


def test_missing_file(fails, untrained, tmp_path):
    (tmp_path / "other.csv").write_text(GOOD)
    line = fails(
        *("finetune", "--train", tmp_path / "data.csv", "--text", "review", "--label", "stars"),
        *("--preset", untrained, "--output", tmp_path / "run"),
    )
    assert "data.csv: no such file" in line
    assert "other.csv" in line


def test_missing_glue_folder(fails, untrained, tmp_path):
    line = fails(
        *("finetune", "--task", "mrpc", "--data", tmp_path / "MRPC", "--preset", untrained),
        *("--output", tmp_path / "run"),
    )
    assert "MRPC: no such file or folder" in line


def test_wrong_column_count(finetune):
    assert "data.csv:3: expected 2 columns (review, stars), found 3" in finetune(
        "review,stars\ngood,pos\nbad,neg,what\n"
    )


def test_unknown_column(finetune):
    line = finetune(GOOD, "--text", "reveiw", "--label", "stars")
    assert "no column 'reveiw' for `--text`. Did you mean 'review'?" in line


def test_unknown_label(finetune):
    line = finetune(
        GOOD + "so so,neutral\n", *("--text", "review", "--label", "stars", "--labels", "neg,pos")
    )
    assert "data.csv:4: unknown label 'neutral'" in line
    assert "Known labels: neg, pos" in line


def test_unknown_label_in_the_development_set(fails, untrained, reviews, tmp_path):
    dev = tmp_path / "dev.csv"
    dev.write_text("review,stars\ngood,pos\nhm,unsure\n")
    line = fails(
        *("finetune", "--train", reviews, "--dev", dev, "--text", "review", "--label", "stars"),
        *("--preset", untrained, "--output", tmp_path / "run"),
    )
    assert "dev.csv:3: unknown label 'unsure'" in line


def test_empty_file(finetune):
    assert "data.csv: the file is empty" in finetune("")


def test_not_utf8(finetune):
    assert "data.csv:2: not UTF-8: byte 0xe9" in finetune(b"review,stars\ncaf\xe9,pos\n")


def test_nan_target(finetune):
    line = finetune(
        "review,stars\ngood,4.5\nbad,nan\n",
        *("--text", "review", "--label", "stars"),
        "--regression",
    )
    assert "data.csv:3: the score must be finite, found 'nan'" in line


def test_scores_taken_for_labels(finetune):
    line = finetune("review,stars\ngood,4.5\nbad,1.5\n")
    assert "Pass `--regression`, or list the classes in `--labels`" in line


def test_output_folder_with_something_in_it(fails, untrained, reviews, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    args = ("finetune", "--train", reviews, "--text", "review", "--label", "stars")
    args += ("--preset", untrained, "--output", folder)
    assert "`--output` must be a new or empty folder" in fails(*args)
    assert "holds thesis.txt" in fails(*args, "--overwrite")  # no run of ours wrote it
    assert (folder / "thesis.txt").read_text() == "mine"


def test_overwrite_replaces_an_earlier_run(run, fails, untrained, reviews, tmp_path):
    args = ("finetune", "--train", reviews, "--text", "review", "--label", "stars")
    args += ("--preset", untrained, "--output", tmp_path / "run", "--max-steps", "1")
    run(*args)
    assert "`--overwrite`" in fails(*args)
    run(*args, "--overwrite")


def test_unknown_task(fails, untrained, tmp_path):
    line = fails(
        *("finetune", "--task", "mrcp", "--data", tmp_path, "--preset", untrained),
        *("--output", tmp_path / "run"),
    )
    assert "Did you mean 'mrpc'" in line


def test_unknown_preset(fails, reviews, tmp_path):
    line = fails(
        *("finetune", "--train", reviews, "--text", "review", "--label", "stars"),
        *("--preset", "albert_bsae_v2", "--output", tmp_path / "run"),
    )
    assert "'albert_base_v2'" in line
    assert "`albert-zoo presets`" in line


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "Exactly one of `--task` and `--train`"),
        (["--task", "mrpc"], "albert-zoo download glue mrpc"),
        (["--task", "mrpc", "--data", ".", "--text", "x"], "`--text` goes with `--train`"),
        (["--train", "x.csv"], "`--text` must name a column of x.csv"),
        (
            ["--train", "x.csv", "--text", "a", "--label", "b", "--data", "."],
            "`--data` goes with `--task`",
        ),
        (
            [*("--train", "x.csv", "--text", "a", "--label", "b", "--dev", "y.csv")]
            + ["--dev-fraction", "0.1"],
            "`--dev-fraction` must be left out",
        ),
    ],
)
def test_options_that_do_not_fit(fails, untrained, tmp_path, args, words):
    line = fails("finetune", *args, "--preset", untrained, "--output", tmp_path / "run")
    assert words in line


def test_a_preset_that_was_never_fine_tuned(fails, untrained, samples):
    line = fails("evaluate", "--preset", untrained, "--data", samples / "CoLA")
    assert "`--preset` must be a fine-tuned model" in line


def test_predict_wants_one_source(fails, cola_run):
    preset = cola_run / "preset"
    assert "One of `--text`, `--input` and `--data`" in fails("predict", "--preset", preset)
    line = fails("predict", "--preset", preset, "--text", "a", "--text-pair", "b")
    assert "single texts" in line
    line = fails("predict", "--preset", preset, "--input", "-", input="")
    assert "standard input: the file is empty" in line


def test_diverged_training(fails, untrained, samples, tmp_path):
    line = fails(
        *("finetune", "--task", "stsb", "--data", samples, "--preset", untrained),
        *("--output", tmp_path / "run", "--learning-rate", "1e30", "--warmup-fraction", "0"),
    )
    assert "Training stops. Likely causes" in line
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["guard"]["stopped"]  # what there is of the run is kept, with the reason


def test_usage_errors_are_typers(run):
    assert "No such option" in run("finetune", "--no-such-option", code=2).stderr


# === The guard itself ===
@pytest.fixture
def breaks(monkeypatch, run):
    """Makes `presets` raise something, and runs it."""

    def invoke(error, code, *args):
        def raise_it():
            raise error

        monkeypatch.setattr("albert_zoo.cli.presets._print_all", raise_it)
        return run(*args, "presets", code=code)

    return invoke


def test_a_bug_says_so(breaks):
    result = breaks(KeyError("x"), 1)
    assert "bug: this should not happen (KeyError: 'x')" in result.stderr
    assert "--debug" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_name_of_ours_is_a_bug(breaks):
    assert breaks(ImportError("no name", name="albert_zoo.text"), 1).stderr.startswith("bug: ")


def test_debug_shows_the_traceback(breaks):
    result = breaks(ValueError("no"), 2, "--debug")
    assert "Traceback" in result.stderr
    assert result.stderr.splitlines()[-1] == "error: no"


def test_debug_after_the_command(run):
    assert "Traceback" in run("presets", "no_such_preset", "--debug", code=2).stderr


def test_ctrl_c(breaks):
    assert "stopped" in breaks(KeyboardInterrupt(), 130).stderr


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied", "/x"), "error: /x: permission denied."),
        (ImportError("Install `albert-zoo[text]`."), "error: Install `albert-zoo[text]`."),
        (OutputExistsError("two\nlines"), "error: two lines"),
        (MemoryError(), "error: not enough memory"),
        (TypeError(), "error: TypeError"),
    ],
)
def test_every_mendable_error_is_one_line(breaks, error, words):
    result = breaks(error, 2)
    assert result.stderr.startswith(words)
    assert len(result.stderr.splitlines()) == 1


def test_long_messages_are_cut(breaks):
    assert len(breaks(ValueError("x" * 5000), 2).stderr) < 1100


def test_messages_name_options():
    options = {"batch_size": "--batch-size", "overwrite": "--overwrite", "output": "--output"}
    put = guard.in_terms_of_options
    assert put("`batch_size` must be 1.", options) == "`--batch-size` must be 1."
    assert put("pass `overwrite=True`", options) == "pass `--overwrite`"
    assert (
        put("`folder` must be new, `other` too", options) == "`--output` must be new, `other` too"
    )


def test_silenced_stderr_comes_back(capfd):
    import os

    with console.silenced_stderr():
        os.write(2, b"hidden")
    os.write(2, b"seen")
    assert capfd.readouterr().err == "seen"
