"""Tables of text examples: TSV, CSV, JSON lines and pandas frames, with exact error places."""

from albert_zoo.tables.examples import Examples as Examples
from albert_zoo.tables.reader import Table as Table
from albert_zoo.tables.reader import open_table as open_table
from albert_zoo.tables.reader import read_rows as read_rows
from albert_zoo.tables.schema import Columns as Columns

__all__ = ["Columns", "Examples", "Table", "open_table", "read_rows"]
