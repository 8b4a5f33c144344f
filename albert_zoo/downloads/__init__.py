"""Files from elsewhere: fetched over an unsteady network, checked, and unpacked without trust.

Nothing here runs what it fetched. The package reads arrays, texts and JSON; it loads no pickles.
"""

from albert_zoo.downloads.archives import safe_extract as safe_extract
from albert_zoo.downloads.fetching import fetch as fetch
from albert_zoo.downloads.lock import locked as locked
from albert_zoo.downloads.offline import is_offline as is_offline
from albert_zoo.downloads.offline import offline_mode as offline_mode

__all__ = ["fetch", "is_offline", "locked", "offline_mode", "safe_extract"]
