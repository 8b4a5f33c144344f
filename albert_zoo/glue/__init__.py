"""The GLUE benchmark as tables: tasks, recipes, and readers and writers of its files."""

from albert_zoo.glue.glue_task import GlueTask as GlueTask
from albert_zoo.glue.reader import read_split as read_split
from albert_zoo.glue.reader import read_split_parts as read_split_parts
from albert_zoo.glue.reader import split_path as split_path
from albert_zoo.glue.reader import splits as splits
from albert_zoo.glue.recipe import Recipe as Recipe
from albert_zoo.glue.recipes import RECIPES as RECIPES
from albert_zoo.glue.recipes import recipe_for as recipe_for
from albert_zoo.glue.submission import submission_name as submission_name
from albert_zoo.glue.submission import write_submission as write_submission
from albert_zoo.glue.tasks import TASKS as TASKS
from albert_zoo.glue.tasks import get_task as get_task

__all__ = [
    "GlueTask",
    "RECIPES",
    "Recipe",
    "TASKS",
    "get_task",
    "read_split",
    "read_split_parts",
    "recipe_for",
    "split_path",
    "splits",
    "submission_name",
    "write_submission",
]
