"""Any text without tab, line end or NUL comes back from a TSV file unchanged."""

from __future__ import annotations

import pytest

from albert_zoo.tables import Columns, Examples

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

CELL = st.text(st.characters(exclude_characters="\t\n\r\0", exclude_categories=["Cs"]), max_size=20)


@hypothesis.given(
    rows=st.lists(st.tuples(CELL, CELL, st.sampled_from("012")), min_size=1, max_size=8)
)
def test_what_was_written_as_tsv_is_read_back(tmp_path_factory, rows):
    texts, text_pairs, labels = map(list, zip(*rows))
    written = Examples.from_lists(texts, text_pairs, labels=[int(label) for label in labels])
    path = tmp_path_factory.mktemp("rows") / "rows.tsv"
    lines = ["t\tp\tl"] + ["\t".join(row) for row in rows]
    path.write_bytes("\n".join(lines).encode("utf-8"))
    read = Columns("t", "l", "p", labels=[0, 1, 2]).read(path)
    assert read.texts == written.texts and read.text_pairs == written.text_pairs
    assert read.labels.tolist() == written.labels.tolist() and read.ids == written.ids
